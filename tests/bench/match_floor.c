/* The floor that matching is measured against: vectorscan (Hyperscan's API) looking for all distinct literals
 * of the queries in the same texts, in any case of ASCII letters, without any rule for words; and the naive
 * loop of small feed readers, which looks for one literal after the other in the text made small.
 *
 *     match_floor LITERALS TEXTS PASSES     both files: records of a 32-bit length (little end first) and
 * bytes
 *
 * prints {"compile_s","scan_s","reports","naive_s"}: CPU seconds, scan of one pass (median of PASSES), naive
 * of the first NAIVE texts, scaled to all. */
#include <hs/hs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { NAIVE = 20 };

struct list {
    char **text;
    size_t *len, n;
};

static double cpu(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(const char *what) {
    fprintf(stderr, "match_floor: %s\n", what);
    exit(1);
}

static struct list read_list(const char *path) {
    struct list l = {0};
    size_t cap = 0;
    uint32_t len;
    FILE *f = fopen(path, "rbe");
    if (!f) fail(path);
    while (fread(&len, sizeof len, 1, f) == 1) {
        if (l.n == cap) {
            cap = cap ? cap * 2 : 1024;
            l.text = realloc(l.text, cap * sizeof *l.text);
            l.len = realloc(l.len, cap * sizeof *l.len);
            if (!l.text || !l.len) fail("memory");
        }
        l.text[l.n] = malloc(len + 1);
        if (!l.text[l.n] || fread(l.text[l.n], 1, len, f) != len) fail("a record is cut");
        l.text[l.n][len] = '\0';
        l.len[l.n++] = len;
    }
    fclose(f);
    return l;
}

static int on_report(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *ctx) {
    (void)from, (void)to, (void)flags;
    *(uint64_t *)ctx += id + 1u;
    return 0;
}

static int by_time(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double naive(const struct list *literals, const struct list *texts) {
    size_t n = texts->n < NAIVE ? texts->n : NAIVE, found = 0;
    double began = cpu();
    for (size_t i = 0; i < n; i++) {
        char *low = malloc(texts->len[i] + 1);
        if (!low) fail("memory");
        for (size_t k = 0; k <= texts->len[i]; k++) {
            char c = texts->text[i][k];
            low[k] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
        }
        for (size_t k = 0; k < literals->n; k++)
            found += memmem(low, texts->len[i], literals->text[k], literals->len[k]) != NULL;
        free(low);
    }
    double took = cpu() - began;
    if (found == SIZE_MAX) return 0;
    return n ? took * (double)texts->n / (double)n : 0;
}

int main(int argc, char **argv) {
    if (argc != 4) fail("LITERALS TEXTS PASSES");
    struct list literals = read_list(argv[1]), texts = read_list(argv[2]);
    long passes = strtol(argv[3], NULL, 10);
    unsigned *flags = calloc(literals.n, sizeof *flags), *ids = calloc(literals.n, sizeof *ids);
    double *times = calloc((size_t)passes, sizeof *times);
    if (!flags || !ids || !times || passes < 1) fail("memory");
    for (size_t i = 0; i < literals.n; i++) flags[i] = HS_FLAG_CASELESS, ids[i] = (unsigned)i;
    hs_database_t *db = NULL;
    hs_compile_error_t *error = NULL;
    hs_scratch_t *scratch = NULL;
    double began = cpu();
    if (hs_compile_lit_multi((const char *const *)literals.text, flags, ids, literals.len,
                             (unsigned)literals.n, HS_MODE_BLOCK, NULL, &db, &error) != HS_SUCCESS)
        fail(error->message);
    double compile = cpu() - began;
    if (hs_alloc_scratch(db, &scratch) != HS_SUCCESS) fail("scratch");
    uint64_t sum = 0, first = 0;
    for (long p = 0; p < passes; p++) {
        sum = 0;
        began = cpu();
        for (size_t i = 0; i < texts.n; i++)
            if (hs_scan(db, texts.text[i], (unsigned)texts.len[i], 0, scratch, on_report, &sum) != HS_SUCCESS)
                fail("scan");
        times[p] = cpu() - began;
        if (p && sum != first) fail("two passes differ");
        first = sum;
    }
    qsort(times, (size_t)passes, sizeof *times, by_time);
    printf("{\"compile_s\":%.4f,\"scan_s\":%.6f,\"reports\":%llu,\"naive_s\":%.4f}\n", compile,
           times[passes / 2], (unsigned long long)sum, naive(&literals, &texts));
    return 0;
}
