#include "base/problem.h"

#include "base/limits.h"
#include "base/mem.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>

void problems_add(struct problems *p, enum severity severity, const char *file, unsigned line,
                  const char *format, ...) {
    if (severity == SEVERITY_ERROR)
        p->errors++;
    else
        p->warnings++;
    if (p->n >= LIMIT_PROBLEMS) return;
    GROW(p->list, p->n, p->cap);
    va_list args;
    char *what = NULL;
    va_start(args, format);
    if (vasprintf(&what, format, args) < 0) out_of_memory(0);
    va_end(args);
    p->list[p->n] = (struct problem){severity, line, xstrdup_or_null(file), what, p->n};
    p->n++;
}

/* The rank of a file is the order in which it was first named; a list of files is short. */
static size_t rank_of(const struct problems *p, const char *file) {
    for (size_t i = 0; i < p->n; i++)
        if (p->list[i].file == file || (file && p->list[i].file && !strcmp(p->list[i].file, file)))
            return p->list[i].order;
    return p->n;
}

struct ranked {
    struct problem problem;
    size_t rank;
};

static int ranked_cmp(const void *a, const void *b) {
    const struct ranked *x = a, *y = b;
    if (x->rank != y->rank) return x->rank < y->rank ? -1 : 1;
    if (x->problem.line != y->problem.line) return x->problem.line < y->problem.line ? -1 : 1;
    return x->problem.order < y->problem.order ? -1 : x->problem.order > y->problem.order;
}

void problems_sort(struct problems *p) {
    if (p->n < 2) return;
    struct ranked *r = xcalloc(p->n, sizeof *r);
    for (size_t i = 0; i < p->n; i++) r[i] = (struct ranked){p->list[i], rank_of(p, p->list[i].file)};
    qsort(r, p->n, sizeof *r, ranked_cmp);
    for (size_t i = 0; i < p->n; i++) p->list[i] = r[i].problem;
    free(r);
}

char *problem_format(const struct problem *p) {
    const char *kind = p->severity == SEVERITY_WARNING ? "warning: " : "";
    if (!p->file) return xasprintf("%s%s", kind, p->what);
    if (!p->line) return xasprintf("%s: %s%s", p->file, kind, p->what);
    return xasprintf("%s:%u: %s%s", p->file, p->line, kind, p->what);
}

void problems_print(const struct problems *p, FILE *out) {
    for (size_t i = 0; i < p->n; i++) {
        AUTOFREE char *line = problem_format(&p->list[i]);
        fprintf(out, "%s\n", line);
    }
    size_t more = p->errors + p->warnings - p->n;
    if (more) fprintf(out, "… and %zu more\n", more);
}

void problems_clear(struct problems *p) {
    for (size_t i = 0; i < p->n; i++) {
        free(p->list[i].file);
        free(p->list[i].what);
    }
    free(p->list);
    *p = PROBLEMS_INIT;
}

/* Damerau-Levenshtein distance of short names (case does not matter), at most 3. */
static unsigned edits(const char *a, const char *b) {
    size_t n = strlen(a), m = strlen(b);
    if (n > 63 || m > 63 || n > m + 2 || m > n + 2) return 3;
    unsigned char d[64][64];
    for (size_t i = 0; i <= n; i++) d[i][0] = (unsigned char)i;
    for (size_t j = 0; j <= m; j++) d[0][j] = (unsigned char)j;
#define LOW(c) tolower((unsigned char)(c))
    for (size_t i = 1; i <= n; i++)
        for (size_t j = 1; j <= m; j++) {
            unsigned best = d[i - 1][j - 1] + (LOW(a[i - 1]) != LOW(b[j - 1]));
            if (d[i - 1][j] + 1u < best) best = d[i - 1][j] + 1u;
            if (d[i][j - 1] + 1u < best) best = d[i][j - 1] + 1u;
            if (i > 1 && j > 1 && LOW(a[i - 1]) == LOW(b[j - 2]) && LOW(a[i - 2]) == LOW(b[j - 1]) &&
                d[i - 2][j - 2] + 1u < best)
                best = d[i - 2][j - 2] + 1u;
            d[i][j] = (unsigned char)best;
        }
#undef LOW
    return d[n][m];
}

const char *problem_nearest(const char *wrong, const char *const *names, size_t n) {
    const char *best = NULL;
    unsigned least = 3;
    for (size_t i = 0; i < n; i++) {
        unsigned e = edits(wrong, names[i]);
        /* In a name of three letters two edits are another name. */
        if (e < least && e < strlen(wrong)) {
            least = e;
            best = names[i];
        }
    }
    return best;
}
