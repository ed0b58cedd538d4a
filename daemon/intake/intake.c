#include "intake/intake.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/time.h"
#include "config/config.h"

#include <stdio.h>

/* A clock that runs a little ahead is honest; a date further in the future is a mistake or a trick. */
#define FUTURE_ALLOWED (10 * MINUTE)

static int64_t date_of(const struct item *item) {
    return item->published != TIME_NONE ? item->published : item->updated;
}

/* The feed's first document alerts only on what is surely young: undated items and dates far in the future
 * are passed over. */
static bool passes_first_run(const struct item *item, const struct intake_rules *r) {
    if (!r->first || r->first_run == FIRST_RUN_ALL) return true;
    int64_t date = date_of(item);
    if (r->first_run <= FIRST_RUN_NONE || date == TIME_NONE || date > r->now + FUTURE_ALLOWED) return false;
    return date > r->now - r->first_run;
}

bool intake_too_old(const struct item *item, const struct intake_rules *r) {
    int64_t date = date_of(item);
    return r->max_item_age != AGE_NONE && date != TIME_NONE && date < r->now - r->max_item_age;
}

/* Which identities stand above in this document: by key, and by the row they are known as. */
struct above {
    struct map keys, rows;
};

static bool above_has(const struct above *s, const struct item_keys *k, const struct known_item *known) {
    if (known->row && map_get(&s->rows, (struct text){(const char *)&known->row, sizeof known->row}))
        return true;
    if (k->has_id && map_get(&s->keys, (struct text){(const char *)k->id, ITEM_KEY_SIZE})) return true;
    if (k->has_pair && map_get(&s->keys, (struct text){(const char *)k->pair, ITEM_KEY_SIZE})) return true;
    return !k->has_id && !k->has_pair &&
           map_get(&s->keys, (struct text){(const char *)k->text, ITEM_KEY_SIZE});
}

static void above_add(struct above *s, const struct item_keys *k, const struct known_item *known) {
    void *mark = (void *)k;
    if (known->row) map_add(&s->rows, (struct text){(const char *)&known->row, sizeof known->row}, mark);
    if (k->has_id) map_add(&s->keys, (struct text){(const char *)k->id, ITEM_KEY_SIZE}, mark);
    if (k->has_pair) map_add(&s->keys, (struct text){(const char *)k->pair, ITEM_KEY_SIZE}, mark);
    if (!k->has_id && !k->has_pair)
        map_add(&s->keys, (struct text){(const char *)k->text, ITEM_KEY_SIZE}, mark);
}

static enum verdict verdict_of(const struct item *item, const struct item_keys *k,
                               const struct known_item *known, const struct intake_rules *rules) {
    if (known->row)
        return memcmp(known->content, k->content, ITEM_KEY_SIZE) ? VERDICT_CHANGED : VERDICT_KNOWN;
    if (!passes_first_run(item, rules)) return VERDICT_FIRST_RUN;
    return intake_too_old(item, rules) ? VERDICT_OLD : VERDICT_NEW;
}

void intake(const struct document *d, const struct item_keys *keys, const struct known_item *known,
            const struct intake_rules *rules, enum verdict *verdicts, struct intake_counts *ret) {
    struct above above = {0};
    struct intake_counts c = {0};
    size_t *const counter[] = {
        [VERDICT_NEW] = &c.new_,      [VERDICT_CHANGED] = &c.changed,     [VERDICT_KNOWN] = &c.known,
        [VERDICT_REPEAT] = &c.repeat, [VERDICT_FIRST_RUN] = &c.first_run, [VERDICT_OLD] = &c.old};
    for (size_t i = 0; i < d->n_items; i++) {
        verdicts[i] = above_has(&above, &keys[i], &known[i])
                          ? VERDICT_REPEAT
                          : verdict_of(&d->items[i], &keys[i], &known[i], rules);
        /* A repeat may carry one more key of the same item (a second id for the same address). */
        above_add(&above, &keys[i], &known[i]);
        ++*counter[verdicts[i]];
    }
    map_clear(&above.keys);
    map_clear(&above.rows);
    *ret = c;
}

void intake_says(const struct intake_counts *c, const struct intake_rules *rules, char *out, size_t size) {
    char age[TIME_TEXT];
    size_t at = 0;
    out[0] = '\0';
    if (c->first_run) {
        int n = rules->first_run > FIRST_RUN_NONE
                    ? snprintf(out, size, "passed over %zu item%s older than %s (first_run)", c->first_run,
                               c->first_run == 1 ? "" : "s", duration_format(rules->first_run, age))
                    : snprintf(out, size, "passed over %zu item%s (first_run = none)", c->first_run,
                               c->first_run == 1 ? "" : "s");
        at = n > 0 && (size_t)n < size ? (size_t)n : size - 1;
    }
    if (c->old)
        snprintf(out + at, size - at, "%s%zu item%s older than %s (max_item_age)",
                 c->first_run ? ", and " : "passed over ", c->old, c->old == 1 ? "" : "s",
                 duration_format(rules->max_item_age, age));
}
