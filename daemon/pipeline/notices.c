#include "pipeline/inside.h"

#include "base/failpoint.h"
#include "base/mem.h"
#include "base/time.h"
#include "base/url.h"
#include "poll/schedule_notice.h"

#include <stdio.h>
#include <string.h>

static void add_row(struct pipeline *p, const struct facts *f, const struct config_notify *n,
                    const char *recipient, const char *identity, char *facts) {
    struct row row = {.notify = n->name,
                      .recipient = (char *)recipient,
                      .kind = f->kind,
                      .level = f->level,
                      .state = ROW_PENDING,
                      .created = f->fired,
                      .next = f->fired,
                      .facts = facts};
    struct text parts[] = {text_of(store_installation(p->store)), TEXT("notice"), text_of(n->name), f->type,
                           text_of(identity)};
    idempotency_key(parts, sizeof parts / sizeof *parts, row.key);
    store_row_add(p->store, &row);
    pipeline_touch(p, n->name);
}

/* Somebody who is named twice gets one mail: the row's key and recipient are the same. */
static void add_rows(struct pipeline *p, const struct facts *f, const struct config_notify *n,
                     const char *identity, char *facts) {
    const struct strings *const lists[] = {&n->to, &n->cc, &n->bcc};
    if (n->kind != NOTIFY_EMAIL) {
        add_row(p, f, n, NULL, identity, facts);
        return;
    }
    for (size_t l = 0; l < 3; l++)
        for (size_t i = 0; i < lists[l]->n; i++) add_row(p, f, n, lists[l]->list[i], identity, facts);
}

/* A destination is not told of its own troubles: what it has to say of them cannot come through. */
void pipeline_notice(struct pipeline *p, const struct facts *f, const char *subject, const char *identity) {
    const struct strings *names = &p->setup->config->notices;
    bool destination = text_starts(f->type, TEXT("destination"));
    FAILPOINT_HOLDS("notice", destination ? "destination" : "feed");
    json_t *j = facts_json(f);
    AUTOFREE char *facts = json_dumps(j, JSON_COMPACT);
    json_decref(j);
    for (size_t i = 0; facts && i < names->n; i++) {
        const struct config_notify *n = config_notify(p->setup->config, names->list[i]);
        if (destination && !strcmp(names->list[i], subject)) continue;
        if (n && n->enabled) add_rows(p, f, n, identity, facts);
    }
    struct pipeline_event *e = pipeline_hold(p, EVENT_NOTICE, subject);
    e->says = xstrndup(f->problem.ptr, f->problem.len);
    e->well = f->kind == KIND_RECOVERED;
    e->destination = destination;
}

static void feed_notice(struct pipeline *p, const struct config_feed *feed, const struct feed_status *status,
                        const struct notice *n, int64_t now) {
    AUTOFREE char *url = feed->source == SOURCE_URL ? url_masked(feed->location) : NULL;
    AUTOFREE char *identity =
        xasprintf("%s\n%s\n%lld", feed->location, notice_names[n->kind], (long long)now);
    struct facts f = {.kind = n->recovered ? KIND_RECOVERED : KIND_PROBLEM,
                      .type = n->recovered ? TEXT("feed.recovered") : TEXT("feed.problem"),
                      .level = n->recovered ? LEVEL_ROUTINE : LEVEL_URGENT,
                      .fired = now,
                      .problem = text_of(n->text),
                      .problem_since = n->since == TIME_NONE ? 0 : n->since,
                      .problem_last_ok = n->last_ok == TIME_NONE ? 0 : n->last_ok};
    f.feed = (struct fact_feed){.name = text_of(feed->name),
                                .title = text_of(status->title),
                                .publisher = text_of(feed->publisher),
                                .url = text_of(url)};
    pipeline_notice(p, &f, feed->name, identity);
}

void pipeline_feed_notices(struct pipeline *p, const struct config_feed *feed, struct feed_status *status,
                           const struct answer *answer, enum moved moved, bool missed, int64_t now) {
    AUTOFREE char *to = moved == MOVED_ADOPTED ? url_masked(status->move.to) : NULL;
    const struct notice_facts facts = {.feed = feed,
                                       .schedule = &status->schedule,
                                       .answer = answer,
                                       .moved = moved,
                                       .moved_to = to,
                                       .missed = missed};
    struct notice list[NOTICES];
    size_t n = schedule_notices(&status->told, &facts, now, list);
    for (size_t i = 0; i < n; i++) feed_notice(p, feed, status, &list[i], now);
}

/* what: tells this trouble from the others of the destination, in the key. */
static void destination_notice(struct pipeline *p, const char *notify, bool recovered, const char *what,
                               const char *says, int64_t since, int64_t now) {
    AUTOFREE char *identity = xasprintf("destination\n%s\n%s\n%lld", notify, what, (long long)now);
    struct facts f = {.kind = recovered ? KIND_RECOVERED : KIND_PROBLEM,
                      .type = recovered ? TEXT("destination.recovered") : TEXT("destination.problem"),
                      .level = recovered ? LEVEL_ROUTINE : LEVEL_URGENT,
                      .fired = now,
                      .problem = text_of(says),
                      .problem_since = since,
                      .problem_last_ok = recovered ? 0 : store_last_sent(p->store, notify)};
    f.feed.name = text_of(notify);
    pipeline_notice(p, &f, notify, identity);
}

void pipeline_destination_notice(struct pipeline *p, const struct trouble_report *r) {
    AUTOFREE char *says = NULL;
    struct destination_told told;
    store_told(p->store, r->notify, &told);
    bool well = r->trouble == TROUBLE_NONE;
    if (well ? !told.trouble : (int)r->trouble <= told.trouble) return;
    int64_t since = told.trouble ? told.since : r->since;
    if (well)
        says = xstrdup("it takes messages again");
    else if (r->trouble == TROUBLE_SUSPENDED)
        says = xasprintf("it is suspended, and its messages wait: %s", r->error);
    else
        says = xasprintf("it has failed %d times in a row: %s", r->failures, r->error);
    told.trouble = (int)r->trouble;
    told.since = since;
    store_told_set(p->store, r->notify, &told);
    destination_notice(p, r->notify, well, "trouble", says, since, r->at);
}

void pipeline_full_notices(struct pipeline *p, const json_t *given_up, int64_t now) {
    const char *notify;
    json_t *n;
    json_object_foreach((json_t *)given_up, notify, n) {
        struct destination_told told;
        store_told(p->store, notify, &told);
        if (told.full) continue;
        told.full = true;
        store_told_set(p->store, notify, &told);
        AUTOFREE char *says =
            xasprintf("more than %lld messages wait (outbox_max), and the oldest routine ones are given up, "
                      "%lld for it "
                      "so far; newsalertctl retry revives them",
                      (long long)p->setup->config->outbox_max, (long long)json_integer_value(n));
        destination_notice(p, notify, false, "full", says, now, now);
    }
}

void pipeline_room_notices(struct pipeline *p, int64_t now) {
    json_t *names = store_told_full(p->store), *name;
    size_t i;
    json_array_foreach(names, i, name) {
        struct destination_told told;
        const char *notify = json_string_value(name);
        store_told(p->store, notify, &told);
        told.full = false;
        store_told_set(p->store, notify, &told);
        destination_notice(p, notify, true, "full", "there is room for its messages again", 0, now);
    }
    json_decref(names);
}
