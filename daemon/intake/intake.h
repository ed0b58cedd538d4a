/* Which items of a document are new, changed, known or passed over (DESIGN 2.2 to 2.4). Pure: what the store
 * knows and the time come as arguments. Any thread. */
#ifndef NEWSALERTD_INTAKE_INTAKE_H
#define NEWSALERTD_INTAKE_INTAKE_H

#include "item/item.h"

#include <stdbool.h>

/* What the store knows of one item of this document (looked up by its keys in this feed). */
struct known_item {
    int64_t row; /* 0: not known */
    int64_t first_seen;
    unsigned char content[ITEM_KEY_SIZE];
};

enum verdict {
    VERDICT_NEW,       /* matched, may alert */
    VERDICT_CHANGED,   /* known, other content */
    VERDICT_KNOWN,     /* known, the same */
    VERDICT_REPEAT,    /* stands above in the same document */
    VERDICT_FIRST_RUN, /* new, recorded, passed over: the feed's first document */
    VERDICT_OLD        /* new, recorded, passed over: max_item_age */
};

struct intake_rules {
    bool first;           /* no document of this feed was read to its end before this one */
    int64_t first_run;    /* FIRST_RUN_… or ms */
    int64_t max_item_age; /* AGE_NONE or ms */
    int64_t now;          /* wall ms */
};
struct intake_counts {
    size_t new_, changed, known, repeat, first_run, old;
};
/* verdicts: n_items of them, caller's. known: one an item, as looked up before. */
void intake(const struct document *d, const struct item_keys *keys, const struct known_item *known,
            const struct intake_rules *rules, enum verdict *verdicts, struct intake_counts *ret);

/* Past max_item_age? A change of such an item is recorded, not alerted. */
bool intake_too_old(const struct item *item, const struct intake_rules *rules);

/* "passed over 498 items older than 1h (first_run)": what the log and `feeds` say; "" when none. */
void intake_says(const struct intake_counts *c, const struct intake_rules *rules, char *out, size_t size);

#endif
