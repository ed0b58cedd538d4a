/* Items in, stories out. Each line is an item: hours since the one before (a letter), its feed (a letter),
 * then title, lead and address parted by |. What an answer promises holds, and an index that was built again
 * from gists half-way says the same of all that follows. */
#include "base/limits.h"
#include "base/time.h"
#include "story/index.h"

#include <stdlib.h>
#include <string.h>

#define ITEMS 64u

static struct text next_part(struct text *rest, char end) {
    const char *at = rest->len ? memchr(rest->ptr, end, rest->len) : NULL;
    struct text part = {rest->ptr, at ? (size_t)(at - rest->ptr) : rest->len};
    size_t taken = part.len + (at != NULL);
    rest->ptr += taken;
    rest->len -= taken;
    return part;
}

static size_t read_items(struct text all, struct story_item items[ITEMS]) {
    size_t n = 0;
    int64_t seen = 0;
    while (all.len && n < ITEMS) {
        struct text line = next_part(&all, '\n');
        if (line.len < 2) continue;
        seen += (line.ptr[0] & 31) * HOUR;
        struct story_item item = {.id = (int64_t)n + 1, .publisher = {line.ptr + 1, 1}, .seen = seen};
        line.ptr += 2, line.len -= 2;
        item.title = next_part(&line, '|');
        item.summary = next_part(&line, '|');
        item.url = next_part(&line, '|');
        item.content = line;
        items[n++] = item;
    }
    return n;
}

static void check(const struct story_answer *a, size_t i, int64_t highest) {
    bool sure = a->why == STORY_WHY_URL || a->why == STORY_WHY_COPY;
    if (a->first != (a->why == STORY_WHY_FIRST)) abort();
    if (a->first ? a->with || a->story != highest + 1 : a->with < 1 || a->with > (int64_t)i) abort();
    if (a->story < 1 || !(a->score >= 0 && a->score <= 1) || (sure && a->score < 1)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *ptr, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *ptr, size_t len) {
    static struct story_item items[ITEMS];
    const struct story_options o = {.seed = 11};
    struct story_index *x = story_index_new(&o), *y = story_index_new(&o);
    size_t n = read_items((struct text){(const char *)ptr, len}, items);
    int64_t highest = 0;
    for (size_t i = 0; i < n; i++) {
        struct story_answer a, b;
        struct buf gist;
        buf_init(&gist, LIMIT_STORY_GIST);
        story_of(x, &items[i], &a, &gist);
        check(&a, i, highest);
        if (a.story > highest) highest = a.story;
        if (i < n / 2) {
            if (story_index_put_gist(y, buf_text(&gist), items[i].id, items[i].seen, a.story, false) < 0)
                abort();
        } else {
            story_of(y, &items[i], &b, NULL);
            if (a.story != b.story || a.why != b.why || a.with != b.with || a.score != b.score) abort();
        }
        buf_clear(&gist);
    }
    /* Any bytes as gist or counts are refused or harmless. */
    (void)story_index_put_gist(y, (struct text){(const char *)ptr, len}, 1, 0, 1, false);
    (void)story_index_take_counts(y, (struct text){(const char *)ptr, len});
    story_index_free(x);
    story_index_free(y);
    return 0;
}
