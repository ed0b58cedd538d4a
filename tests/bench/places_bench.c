/* The place filter from inside: what an item costs beyond the word index, what the table costs at start and
 * in memory, and what a hostile item can cost. Argument: the table (the build's, if there is none). */
#include "../city/reading.h"

#include "places_items.h"

#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 41, REPEAT = 20, ITEM_BYTES = 400, HOSTILE_WORDS = 100000 };

static size_t allocations;
#ifdef __SANITIZE_ADDRESS__
#define COUNTED 0
#else
#define COUNTED 1
void *__libc_malloc(size_t n);
void *malloc(size_t n) {
    allocations++;
    return __libc_malloc(n);
}
#endif

static double cpu_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *v, size_t n) {
    qsort(v, n, sizeof *v, by_size);
    return v[n / 2];
}

static void say(const char *name, double value, const char *unit, const char *what) {
    printf("%-18s %10.2f %-5s %s\n", name, value, unit, what);
}

/* kB that only this process has. */
static double private_kb(void) {
    double sum = 0, kb;
    char line[200];
    FILE *f = fopen("/proc/self/smaps_rollup", "re");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "Private_Dirty: %lf", &kb) == 1) sum += kb;
    if (f) fclose(f);
    return sum;
}

/* Median over all items of the best time of each, in µs. */
static double item_us(struct reading *r, const struct city_data *d, const struct clue_index *words) {
    double best[sizeof texts / sizeof *texts];
    size_t n = sizeof texts / sizeof *texts;
    for (size_t i = 0; i < n; i++) {
        char body[ITEM_BYTES + 400];
        struct arena arena;
        struct item item;
        size_t len = 0;
        arena_init(&arena, (size_t)1 << 26);
        while (len < ITEM_BYTES)
            len += (size_t)snprintf(body + len, sizeof body - len, "%s ", len ? filler : texts[i]);
        len = ITEM_BYTES;
        while ((body[len] & 0xc0) == 0x80) len--;
        struct na_item index = reading_item(TEXT_NONE, (struct text){body, len}, &arena, &item);
        for (int round = 0; round < ROUNDS; round++) {
            double began = cpu_us();
            for (int k = 0; k < REPEAT; k++) reading_of(r, d, words, &index);
            double took = (cpu_us() - began) / REPEAT;
            if (!round || took < best[i]) best[i] = took;
        }
        arena_clear(&arena);
    }
    return median(best, n);
}

static double hostile_ms(struct reading *r, const struct city_data *d, const struct clue_index *words,
                         const char *kind) {
    double took[9];
    size_t len = strlen(kind), n = 0;
    for (const char *p = kind; *p; p++) n += *p == ' ';
    n = HOSTILE_WORDS / n;
    char *text = malloc(n * len + 1);
    struct arena arena;
    struct item item;
    arena_init(&arena, (size_t)1 << 28);
    for (size_t i = 0; i < n; i++) memcpy(text + i * len, kind, len + 1);
    struct na_item index = reading_item(TEXT_NONE, (struct text){text, n * len}, &arena, &item);
    for (size_t i = 0; i < 9; i++) {
        double began = cpu_us();
        reading_of(r, d, words, &index);
        took[i] = (cpu_us() - began) / 1e3;
    }
    arena_clear(&arena);
    free(text);
    return median(took, 9);
}

int main(int argc, char **argv) {
    struct city_data d;
    struct clue_index words;
    double open_ms[21], worst = 0, before = private_kb();
    const char *path = argc > 1 ? argv[1] : "build/plugins/city.bin";
    struct reading *r = malloc(sizeof *r);
    if (!r || access(path, R_OK)) {
        printf("places: left out, there is no table of cities (make deps)\n");
        return 0;
    }
    for (int i = 0; i < 21; i++) {
        double began = cpu_us();
        if (reading_table(&d, path)) return 1;
        open_ms[i] = (cpu_us() - began) / 1e3;
        if (i < 20) city_data_close(&d);
    }
    clue_index_fill(&words);
    say("places-open", median(open_ms, 21), "ms",
        "CPU to map and check the table (warm), median of 21; at most 20");
    say("places-mapped", (double)d.size / 1e6, "MB", "of the table, read-only and shared; at most 30");
    say("places-item", item_us(r, &d, &words), "us",
        "an item of 400 bytes beyond the word index, median of items; at most 10");
    say("places-private", private_kb() - before, "kB",
        "of this process for the table and an item; at most 2048");
    if (COUNTED) {
        size_t had = allocations;
        item_us(r, &d, &words);
        struct arena arena;
        struct item item;
        arena_init(&arena, (size_t)1 << 26);
        struct na_item index = reading_item(TEXT_NONE, text_of(texts[0]), &arena, &item);
        had = allocations;
        for (int i = 0; i < 100; i++) reading_of(r, &d, &words, &index);
        say("places-allocated", (double)(allocations - had), "",
            "allocations of 100 readings (the plugin takes one an item)");
        arena_clear(&arena);
    }
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        double ms = hostile_ms(r, &d, &words, hostile[i]);
        if (getenv("V")) say(hostile[i], ms, "ms", "");
        if (ms > worst) worst = ms;
    }
    say("places-hostile", worst, "ms",
        "an item of 100,000 capital words, the worst of several kinds; at most 5");
    free(r);
    city_data_close(&d);
    return 0;
}
