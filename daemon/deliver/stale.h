/* Stored rows → the facts to send: of one row, or of several that are older than max_age and make one
 * summary. Pure. */
#ifndef NEWSALERTD_DELIVER_STALE_H
#define NEWSALERTD_DELIVER_STALE_H

#include "item/message.h"

/* 0, or -1 when what is stored cannot be read. Texts live in the arena. */
int stale_facts(const struct row *row, struct arena *a, struct facts *ret);
/* One summary of n rows, oldest first; its key is made of theirs, so the same rows give the same key. */
int stale_summary(const struct row *const *rows, size_t n, struct arena *a, struct facts *ret,
                  char ret_key[KEY_SIZE]);

#endif
