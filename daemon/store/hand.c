/* Which documents are being read: their feeds' locations in the lock file, behind the pid. They are written
 * without a sync: a crash of the process, which is what they are for, leaves them in the page cache. */
#include "base/mem.h"
#include "store/sql.h"

#include <string.h>
#include <unistd.h>

#define HAND_SIZE     4096 /* an address is no longer, nor is a path */
#define HAND_AT(hand) (HAND_SIZE * (1 + (off_t)(hand)))

void store_hand_read(struct store *s) {
    char text[HAND_SIZE];
    for (int h = 0; h < HANDS; h++) {
        ssize_t n = pread(s->lock, text, sizeof text, HAND_AT(h));
        if (n > 0 && *text && memchr(text, '\0', (size_t)n)) s->crashed[h] = xstrdup(text);
    }
}

void store_in_hand(struct store *s, enum reading_hand hand, const char *location) {
    size_t size = location ? strlen(location) + 1 : 1;
    /* Without room for it a crash is not counted, which hurts nobody. */
    if (s->lock < 0 || size > HAND_SIZE) return;
    if (pwrite(s->lock, location ? location : "", size, HAND_AT(hand)) < 0) return;
}

char *store_crashed(struct store *s, enum reading_hand hand) {
    return steal(&s->crashed[hand]);
}
