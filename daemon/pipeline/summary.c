#include "pipeline/inside.h"

#include "base/failpoint.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/time.h"
#include "deliver/stale.h"

#include <string.h>

#define SUMMARY_ARENA (16u << 20) /* the facts of LIMIT_SUMMARY_ROWS rows take about 6 MiB */

/* The alert of all rows, or NULL. */
static char *common_alert(struct row *const *rows, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!rows[i]->alert || strcmp(rows[i]->alert, rows[0]->alert) != 0) return NULL;
    return rows[0]->alert;
}

/* The summary stands where the oldest stood, so that it goes next. False: nothing was merged. */
static bool write_summary(struct pipeline *p, const char *notify, struct row *const *rows, size_t n,
                          int64_t now) {
    struct arena arena;
    struct facts f;
    struct row row = {.notify = (char *)notify,
                      .recipient = rows[0]->recipient,
                      .kind = KIND_SUMMARY,
                      .state = ROW_PENDING,
                      .created = rows[0]->created,
                      .next = now,
                      .alert = common_alert(rows, n)};
    const struct text begin[] = {text_of(store_installation(p->store)), text_of(notify), TEXT("summary")};
    arena_init(&arena, SUMMARY_ARENA);
    bool done = false;
    if (!stale_summary((const struct row *const *)rows, n, begin, 3, &arena, &f, row.key)) {
        json_t *j = facts_json(&f);
        AUTOFREE char *facts = json_dumps(j, JSON_COMPACT);
        json_decref(j);
        row.facts = facts;
        row.level = f.level;
        for (size_t i = 1; i < n; i++)
            if (rows[i]->created < row.created) row.created = rows[i]->created;
        if (facts && store_row_add(p->store, &row)) {
            FAILPOINT_HOLDS("rate-summary", NULL);
            store_rows_merged(p->store, rows, n, row.key, now);
            done = true;
        }
    }
    arena_clear(&arena);
    return done;
}

void pipeline_summary(struct pipeline *p, const struct message *m) {
    int64_t now = time_wall();
    size_t n;
    struct row **rows = store_rows_waiting(p->store, m->name, m->ids, m->n_ids, now - LIMIT_RATE_WAIT_MS, &n);
    bool merged = n > 1 && write_summary(p, m->name, rows, n, now);
    store_hand_return(p->store, m->ids, m->n_ids);
    if (merged)
        log_about(LOG_LEVEL_INFO, "NOTIFY", m->name,
                  "%s: %zu messages have waited over %d s for the rate, and go as one summary", m->name, n,
                  LIMIT_RATE_WAIT_MS / 1000);
    for (size_t i = 0; i < n; i++) row_free(rows[i]);
    free(rows);
    struct pipeline_event *e = pipeline_hold(p, EVENT_MERGED, m->name);
    e->ids = xcalloc(m->n_ids, sizeof *e->ids);
    memcpy(e->ids, m->ids, m->n_ids * sizeof *e->ids);
    e->n_ids = m->n_ids;
    e->merged = merged;
    pipeline_touch(p, m->name);
}
