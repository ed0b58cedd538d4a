/* Stored rows → the facts to send: of one row, or of several that make one summary, because they are older
 * than max_age or waited too long for the rate. Pure. */
#ifndef NEWSALERTD_DELIVER_STALE_H
#define NEWSALERTD_DELIVER_STALE_H

#include "item/message.h"

/* 0, or -1 when what is stored cannot be read. Texts live in the arena. */
int stale_facts(const struct row *row, struct arena *a, struct facts *ret);
/* One summary of n rows, oldest first; what a summary among them carries is carried on. Its key is made of
 * theirs behind `begin`, so the same rows give the same key. At most LIMIT_SUMMARY_ROWS entries; more are
 * counted. */
int stale_summary(const struct row *const *rows, size_t n, const struct text *begin, size_t n_begin,
                  struct arena *a, struct facts *ret, char ret_key[KEY_SIZE]);

#endif
