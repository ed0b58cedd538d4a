/* Which document is being read: a number in the lock file, behind the pid. It is written without a sync: a
 * crash of the process, which is what it is for, leaves it in the page cache. */
#include "base/mem.h"
#include "store/sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define HAND_AT   32
#define HAND_SIZE 24

void store_hand_read(struct store *s) {
    char text[HAND_SIZE + 1] = "";
    if (pread(s->lock, text, HAND_SIZE, HAND_AT) > 0) s->crashed = strtoll(text, NULL, 10);
}

void store_in_hand(struct store *s, int64_t feed) {
    char text[HAND_SIZE + 1];
    int len = snprintf(text, sizeof text, "%-22lld\n", (long long)feed);
    /* Without room on the disk a crash is not counted, which hurts nobody. */
    if (s->lock >= 0 && pwrite(s->lock, text, (size_t)len, HAND_AT) < 0) return;
}

char *store_crashed(struct store *s) {
    int64_t feed = s->crashed;
    s->crashed = 0;
    return feed ? sql_string(s, "SELECT location FROM feed WHERE id = ?", "i", feed) : NULL;
}
