/* What one item costs the index of stories with 50,000 items in the window, in time and in memory. The stream
 * is invented: words by Zipf's law, most items of one or few outlets, some events with many; every third with
 * a lead. And how long it takes to fill the index at start with what is stored. */
#include "base/buf.h"
#include "base/limits.h"
#include "story/index.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ITEMS  50000u
#define MORE   5000u
#define WORDS  60000u
#define WINDOW (48 * 3600000LL)

static uint64_t state = 42;
static uint32_t numbers[ITEMS + MORE]; /* the story of each item */
static struct buf gists[ITEMS];

static uint64_t next_random(void) {
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

static double cpu(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Rank n with a share of about 1/n. */
static unsigned zipf(void) {
    double u = (double)(next_random() >> 11) / 9007199254740992.0;
    return (unsigned)pow((double)WORDS, u);
}

static void add_word(char *out, size_t size, unsigned rank, bool capital) {
    size_t n = strlen(out);
    static const char *const parts[] = {"ba", "ne", "ri", "so", "lu", "ka", "te", "mo", "gi", "du"};
    if (n && n + 1 < size) out[n++] = ' ';
    for (unsigned r = rank + 10; r && n + 3 < size; r /= 10) {
        memcpy(out + n, parts[r % 10], 2);
        if (capital) out[n] = (char)(out[n] - 32);
        capital = false;
        n += 2;
    }
    out[n] = '\0';
}

static void make_item(unsigned i, char title[256], char lead[512]) {
    title[0] = lead[0] = '\0';
    /* Nine words of the stream, of which three belong to one of many events of the day. */
    uint64_t event = next_random() % 4 ? next_random() : i / 40;
    for (unsigned w = 0; w < 9; w++) {
        bool own = w % 3 == 1;
        add_word(title, 256, own ? (unsigned)((event * 2654435761u + w) % WORDS) : zipf(), own || !w);
    }
    for (unsigned w = 0; i % 3 == 0 && w < 40; w++) add_word(lead, 512, zipf(), next_random() % 8 == 0);
}

/* What a start does: the counts of words from the snapshot, then all items' gists with their numbers. */
static double refill(const struct story_options *o, const struct story_index *full) {
    struct buf counts;
    buf_init(&counts, LIMIT_STORY_COUNTS);
    if (story_index_counts(full, &counts) < 0) return -1;
    struct story_index *x = story_index_new(o);
    double began = cpu();
    bool good = story_index_take_counts(x, buf_text(&counts)) == 0;
    for (unsigned i = 0; i < ITEMS && good; i++)
        good = story_index_put_gist(x, buf_text(&gists[i]), i + 1, (int64_t)i * (WINDOW / ITEMS),
                                    (int64_t)numbers[i], true) == 0;
    double took = cpu() - began;
    story_index_free(x);
    buf_clear(&counts);
    for (unsigned i = 0; i < ITEMS; i++) buf_clear(&gists[i]);
    return good ? took : -1;
}

static double feed(struct story_index *x, unsigned from, unsigned n, double *ret_worst) {
    double sum = 0, worst = 0;
    for (unsigned i = from; i < from + n; i++) {
        char title[256], lead[512], url[64];
        struct story_answer r;
        make_item(i, title, lead);
        snprintf(url, sizeof url, "https://o%u.example/%u", i % 300, i);
        const struct story_item item = {.id = i + 1,
                                        .title = {title, strlen(title)},
                                        .summary = {lead, strlen(lead)},
                                        .url = {url, strlen(url)},
                                        .publisher = {url, 16},
                                        .seen = (int64_t)i * (WINDOW / ITEMS)};
        if (i < ITEMS) buf_init(&gists[i], LIMIT_STORY_GIST);
        double began = cpu();
        story_of(x, &item, &r, i < ITEMS ? &gists[i] : NULL);
        double took = cpu() - began;
        numbers[i] = (uint32_t)r.story;
        sum += took;
        if (took > worst) worst = took;
    }
    *ret_worst = worst;
    return sum;
}

int main(void) {
    const struct story_options o = {.seed = 7, .window = WINDOW};
    struct story_index *x = story_index_new(&o);
    double worst, first = feed(x, 0, 1000, &worst);
    feed(x, 1000, ITEMS - 1000, &worst);
    double late = feed(x, ITEMS, MORE, &worst);
    struct story_index_status s;
    story_index_status(x, &s);
    printf("%-18s %10.3f %-5s %s\n", "story-1000", first, "ms", "an item, over the first 1,000");
    printf("%-18s %10.3f %-5s %s\n", "story-50000", late * 1000 / MORE, "ms",
           "an item with 50,000 in the window (goal 1)");
    printf("%-18s %10.3f %-5s %s\n", "story-worst", worst * 1000, "ms", "the slowest of those");
    printf("%-18s %10zu %-5s %s (%zu items in %zu stories, %zu words)\n", "story-memory", s.bytes / s.items,
           "bytes", "an item (goal 1024)", s.items, s.stories, s.words);
    double filled = refill(&o, x);
    printf("%-18s %10.3f %-5s %s\n", "story-refill", filled, "s", "for 50,000 items at start (goal 1)");
    story_index_free(x);
    return filled >= 0 && filled <= 1 && late * 1000 / MORE <= 1 && s.bytes / s.items <= 1024 ? 0 : 1;
}
