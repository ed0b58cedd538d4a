/* keyword - the matcher of words and phrases: the prefix "" of the query language.
 *
 * All terms of all queries are compiled into tables of hashes, so that an item costs one or two look-ups a
 * word, however many terms there are. A term is filed once, under what is rarest in it: a phrase      its
 * rarest pair of neighbouring words (so "of the city" costs nothing but "the city") a word        its hash
 *   abc*          the hash of its first bytes, behind a bitmap of the first three
 *   *abc          the same from the end
 *   a*b           nothing: tried on every word
 * A bitmap before each table says no for nearly every word of a text. What is found is compared in full:
 * folded text, flags, neighbours. No allocation while matching. */
#include "newsalert_plugin.h"

#include <stdlib.h>
#include <string.h>

enum { SHORTEST_HEAD = 3, LONGEST_HEAD = 16 }; /* bytes of a wildcard word that are looked up */

/* A term under one key; the key's word is the `at`-th of its patterns. */
struct entry {
    uint64_t key;
    uint32_t term, at;
};

/* Entries by key: sorted, so that equal keys are neighbours; slots say where each key's begin. */
struct table {
    struct entry *entries;
    size_t n, cap;
    uint32_t *slots; /* number of a first entry + 1; 0: free. A power of two of them */
    size_t mask;
    uint64_t *bits; /* one bit a hash of a key: 0 means that no such key is there */
    size_t bit_mask;
};

struct pattern {
    const char *folded, *exact;
    uint32_t folded_len, exact_len;
    uint64_t hash;
    uint32_t flags;
    uint32_t possessive; /* EXACT: the word must have had its 's */
};

struct term {
    uint32_t first, n; /* into patterns */
    uint64_t fields;
};

struct set {
    struct term *terms;
    size_t n_terms;
    struct pattern *patterns;
    char *texts;
    struct table words, pairs, heads, tails, any;
    uint32_t head_lengths, tail_lengths; /* bit n: a head of n bytes is filed */
    uint64_t fields;                     /* that any term wants */
    /* Which field value a term was last reported in, so that it is reported once. The one thing that match
     * writes; it is called by one thread at a time. */
    uint32_t *reported;
    uint32_t stamp;
};

/* ---- tables ---- */

static uint64_t mix(uint64_t h) {
    h ^= h >> 32;
    h *= UINT64_C(0x9E3779B97F4A7C15);
    return h ^ h >> 29;
}

static uint64_t pair_key(uint64_t a, uint64_t b) {
    return mix(a * 3 + b) ^ b << 1;
}

static uint64_t bytes_key(const char *p, size_t len) {
    uint64_t h = len;
    for (size_t i = 0; i < len; i++) h = (h ^ (unsigned char)p[i]) * UINT64_C(0x100000001B3);
    return mix(h);
}

static int table_add(struct table *t, uint64_t key, uint32_t term, uint32_t at) {
    if (t->n == t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 64;
        struct entry *e = realloc(t->entries, cap * sizeof *e);
        if (!e) return NA_FAIL;
        t->entries = e;
        t->cap = cap;
    }
    t->entries[t->n++] = (struct entry){key, term, at};
    return NA_OK;
}

static int by_key(const void *a, const void *b) {
    const struct entry *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return x->term < y->term ? -1 : x->term > y->term;
}

/* After all are added. */
static int table_close(struct table *t) {
    size_t slots = 16, bits = 64;
    if (!t->n) return NA_OK;
    while (slots < t->n * 2) slots *= 2;
    while (bits < t->n * 12) bits *= 2;
    qsort(t->entries, t->n, sizeof *t->entries, by_key);
    t->slots = calloc(slots, sizeof *t->slots);
    t->bits = calloc(bits / 64, sizeof *t->bits);
    if (!t->slots || !t->bits) return NA_FAIL;
    t->mask = slots - 1;
    t->bit_mask = bits - 1;
    for (size_t i = 0; i < t->n; i++) {
        uint64_t key = t->entries[i].key;
        if (i && t->entries[i - 1].key == key) continue;
        size_t s = key & t->mask;
        while (t->slots[s]) s = (s + 1) & t->mask;
        t->slots[s] = (uint32_t)i + 1;
        size_t b = (key >> 20) & t->bit_mask;
        t->bits[b / 64] |= UINT64_C(1) << b % 64;
    }
    return NA_OK;
}

/* The first entry with this key; NULL: none. Walk on while the key stays the same. */
static const struct entry *table_find(const struct table *t, uint64_t key) {
    if (!t->bits) return NULL;
    size_t b = (key >> 20) & t->bit_mask;
    if (!(t->bits[b / 64] >> b % 64 & 1)) return NULL;
    for (size_t s = key & t->mask; t->slots[s]; s = (s + 1) & t->mask) {
        const struct entry *e = &t->entries[t->slots[s] - 1];
        if (e->key == key) return e;
    }
    return NULL;
}

static void table_clear(struct table *t) {
    free(t->entries);
    free(t->slots);
    free(t->bits);
}

/* ---- compile ---- */

static const char *keep(char **texts, struct na_text t) {
    char *copy = *texts;
    if (t.len) memcpy(copy, t.ptr, t.len);
    *texts += t.len;
    return copy;
}

static int is_plain(const struct pattern *p) {
    return !(p->flags & (NA_PATTERN_WILD | NA_PATTERN_ANY));
}

/* The letters before the first wildcard, and behind the last. */
static size_t head_len(const struct pattern *p) {
    size_t i = 0;
    while (i < p->folded_len && p->folded[i] != '*' && p->folded[i] != '?') i++;
    return i;
}

static size_t tail_len(const struct pattern *p) {
    size_t i = p->folded_len;
    while (i && p->folded[i - 1] != '*' && p->folded[i - 1] != '?') i--;
    return p->folded_len - i;
}

/* Files a term whose words are all wildcards under the one with the longest head or tail. */
static int file_wild(struct set *s, uint32_t term) {
    const struct pattern *patterns = s->patterns + s->terms[term].first;
    size_t best = 0, length = 0;
    int from_end = 0;
    for (size_t i = 0; i < s->terms[term].n; i++) {
        if (patterns[i].flags & NA_PATTERN_ANY) continue;
        size_t head = head_len(&patterns[i]), tail = tail_len(&patterns[i]);
        if (head > length || tail > length || !length) {
            best = i;
            from_end = tail > head;
            length = from_end ? tail : head;
        }
        if (!length) length = 1; /* the first that is not ANY will do */
    }
    const struct pattern *p = &patterns[best];
    if (length > LONGEST_HEAD) length = LONGEST_HEAD;
    if (length < SHORTEST_HEAD) return table_add(&s->any, 0, term, (uint32_t)best);
    if (from_end) {
        s->tail_lengths |= UINT32_C(1) << length;
        return table_add(&s->tails, bytes_key(p->folded + p->folded_len - length, length), term,
                         (uint32_t)best);
    }
    s->head_lengths |= UINT32_C(1) << length;
    return table_add(&s->heads, bytes_key(p->folded, length), term, (uint32_t)best);
}

/* Long words are rare ones, as far as one can tell without having read the texts. */
static int file_term(struct set *s, uint32_t term) {
    const struct pattern *p = s->patterns + s->terms[term].first;
    size_t n = s->terms[term].n, best_pair = n, best_word = n, pair_score = 0, word_score = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_plain(&p[i])) continue;
        if (p[i].folded_len + 1 > word_score) {
            word_score = p[i].folded_len + 1;
            best_word = i;
        }
        if (i + 1 == n || !is_plain(&p[i + 1])) continue;
        size_t score = p[i].folded_len + p[i + 1].folded_len + 1;
        if (score > pair_score) {
            pair_score = score;
            best_pair = i;
        }
    }
    if (best_pair < n)
        return table_add(&s->pairs, pair_key(p[best_pair].hash, p[best_pair + 1].hash), term,
                         (uint32_t)best_pair);
    if (best_word < n) return table_add(&s->words, p[best_word].hash, term, (uint32_t)best_word);
    return file_wild(s, term);
}

static void take_pattern(struct pattern *to, const struct na_pattern *from, char **texts) {
    to->folded = keep(texts, from->folded);
    to->folded_len = (uint32_t)from->folded.len;
    to->hash = from->hash;
    to->flags = (uint32_t)from->flags;
    if (!(from->flags & NA_PATTERN_EXACT)) return;
    struct na_text exact = from->exact;
    /* The daemon's exact texts hold no apostrophe but this one. */
    if (exact.len > 2 && !memcmp(exact.ptr + exact.len - 2, "'s", 2)) {
        exact.len -= 2;
        to->possessive = 1;
    }
    to->exact = keep(texts, exact);
    to->exact_len = (uint32_t)exact.len;
}

static void keyword_release(void *self, void *set) {
    struct set *s = set;
    (void)self;
    if (!s) return;
    table_clear(&s->words);
    table_clear(&s->pairs);
    table_clear(&s->heads);
    table_clear(&s->tails);
    table_clear(&s->any);
    free(s->terms);
    free(s->patterns);
    free(s->texts);
    free(s->reported);
    free(s);
}

static int set_allocate(struct set *s, const struct na_compile *c) {
    size_t patterns = 0, bytes = 0;
    for (size_t i = 0; i < c->n_terms; i++) {
        const struct na_term *t = NA_AT(const struct na_term, c->terms, c->term_stride, i);
        patterns += t->n_patterns;
        for (size_t k = 0; k < t->n_patterns; k++) {
            const struct na_pattern *p = NA_AT(const struct na_pattern, t->patterns, t->pattern_stride, k);
            bytes += p->folded.len + p->exact.len;
        }
    }
    s->n_terms = c->n_terms;
    s->terms = calloc(c->n_terms + 1, sizeof *s->terms);
    s->reported = calloc(c->n_terms + 1, sizeof *s->reported);
    s->patterns = calloc(patterns + 1, sizeof *s->patterns);
    s->texts = malloc(bytes + 1);
    return s->terms && s->reported && s->patterns && s->texts ? NA_OK : NA_FAIL;
}

static int keyword_compile(void *self, const struct na_compile *c, void **ret_set) {
    struct set *s = calloc(1, sizeof *s);
    if (!s) return NA_FAIL;
    if (set_allocate(s, c) < 0) goto fail;
    char *texts = s->texts;
    uint32_t n = 0;
    for (size_t i = 0; i < c->n_terms; i++) {
        const struct na_term *t = NA_AT(const struct na_term, c->terms, c->term_stride, i);
        if (t->id >= c->n_terms || !t->n_patterns) goto fail;
        s->terms[t->id] = (struct term){n, (uint32_t)t->n_patterns, t->fields};
        s->fields |= t->fields;
        for (size_t k = 0; k < t->n_patterns; k++)
            take_pattern(&s->patterns[n++], NA_AT(const struct na_pattern, t->patterns, t->pattern_stride, k),
                         &texts);
        if (t->flags & NA_TERM_ALL) s->terms[t->id].fields |= NA_FIELD(63);
        if (file_term(s, (uint32_t)t->id) < 0) goto fail;
    }
    if (table_close(&s->words) < 0 || table_close(&s->pairs) < 0 || table_close(&s->heads) < 0 ||
        table_close(&s->tails) < 0 || table_close(&s->any) < 0)
        goto fail;
    *ret_set = s;
    return NA_OK;
fail:
    keyword_release(self, s);
    return NA_FAIL;
}

/* ---- match ---- */

/* One field value while it is read. */
struct reader {
    struct set *set;
    const struct na_match *match;
    const struct na_field *field;
    size_t stride;
    int stopped; /* the daemon wants no more hits of this item */
};

static const struct na_word *word_at(const struct reader *r, size_t i) {
    return NA_AT(const struct na_word, r->field->words, r->stride, i);
}

/* The next character of UTF-8 text. */
static const char *next_char(const char *p, const char *end) {
    p++;
    while (p < end && ((unsigned char)*p & 0xC0) == 0x80) p++;
    return p;
}

/* Does the pattern, with * and ?, fit all of the text? Goes back to the last star only, which is enough. */
static int wild_fits(const char *p, size_t p_len, const char *t, size_t t_len) {
    const char *p_end = p + p_len, *t_end = t + t_len, *star = NULL, *again = NULL;
    while (t < t_end) {
        if (p < p_end && *p == '*') {
            star = ++p;
            again = t;
        } else if (p < p_end && *p == '?') {
            p++;
            t = next_char(t, t_end);
        } else if (p < p_end && *p == *t) {
            p++, t++;
        } else if (star) {
            p = star;
            t = again = next_char(again, t_end);
        } else {
            return 0;
        }
    }
    while (p < p_end && *p == '*') p++;
    return p == p_end;
}

static int pattern_fits(const struct pattern *p, const struct na_word *w) {
    if (w->flags & NA_WORD_URL) return 0;
    if (p->flags & NA_PATTERN_ANY) return 1;
    if ((p->flags & NA_PATTERN_ACRONYM) && !(w->flags & NA_WORD_ACRONYM)) return 0;
    if ((p->flags & NA_PATTERN_HASH_SIGN) && !(w->flags & NA_WORD_HASH_SIGN)) return 0;
    if ((p->flags & NA_PATTERN_AT_SIGN) && !(w->flags & NA_WORD_AT_SIGN)) return 0;
    if (p->flags & NA_PATTERN_EXACT) {
        if (p->possessive && !(w->flags & NA_WORD_POSSESSIVE)) return 0;
        if (p->flags & NA_PATTERN_WILD) return wild_fits(p->exact, p->exact_len, w->exact.ptr, w->exact.len);
        return p->exact_len == w->exact.len && !memcmp(p->exact, w->exact.ptr, p->exact_len);
    }
    if (p->flags & NA_PATTERN_WILD) return wild_fits(p->folded, p->folded_len, w->folded.ptr, w->folded.len);
    return p->hash == w->hash && p->folded_len == w->folded.len &&
           !memcmp(p->folded, w->folded.ptr, p->folded_len);
}

/* With the sign that was asked for, which stands before the word. */
static size_t hit_start(const struct reader *r, const struct pattern *p, const struct na_word *w) {
    size_t at = w->start;
    if (!(p->flags & (NA_PATTERN_HASH_SIGN | NA_PATTERN_AT_SIGN))) return at;
    char sign = p->flags & NA_PATTERN_HASH_SIGN ? '#' : '@';
    while (at && r->field->text.ptr[at - 1] != sign && (unsigned char)r->field->text.ptr[at - 1] >= 0x80)
        at--;
    return at ? at - 1 : 0;
}

/* The whole term, of which the at-th word is word i of the field. */
static void try_term(struct reader *r, const struct entry *e, size_t i) {
    struct set *s = r->set;
    const struct term *t = &s->terms[e->term];
    int all = (t->fields & NA_FIELD(63)) != 0;
    if (!(t->fields & NA_FIELD(r->field->kind)) || (!all && s->reported[e->term] == s->stamp)) return;
    if (i < e->at || i - e->at + t->n > r->field->n_words) return;
    const struct pattern *p = s->patterns + t->first;
    size_t from = i - e->at;
    const struct na_word *first = word_at(r, from), *last = word_at(r, from + t->n - 1);
    if (last->position - first->position != t->n - 1) return; /* a line break stands between */
    for (size_t k = 0; k < t->n; k++)
        if (!pattern_fits(&p[k], word_at(r, from + k))) return;
    s->reported[e->term] = s->stamp;
    size_t start = hit_start(r, p, first);
    if (r->match->emit(r->match->ctx, e->term, r->field->kind, r->field->value, start,
                       last->start + last->len - start, 1.0))
        r->stopped = 1;
}

static void try_key(struct reader *r, const struct table *t, uint64_t key, size_t i) {
    const struct entry *e = table_find(t, key);
    if (!e) return;
    for (const struct entry *end = t->entries + t->n; e < end && e->key == key && !r->stopped; e++)
        try_term(r, e, i);
}

/* Wildcard words by the first or last bytes of a word. */
static void try_pieces(struct reader *r, const struct na_word *w, size_t i) {
    const struct set *s = r->set;
    for (size_t n = SHORTEST_HEAD; n <= LONGEST_HEAD && n <= w->folded.len; n++) {
        if (s->head_lengths >> n & 1) try_key(r, &s->heads, bytes_key(w->folded.ptr, n), i);
        if (s->tail_lengths >> n & 1)
            try_key(r, &s->tails, bytes_key(w->folded.ptr + w->folded.len - n, n), i);
    }
}

static void match_field(struct reader *r) {
    struct set *s = r->set;
    const struct na_word *before = NULL;
    int pieces = s->head_lengths || s->tail_lengths;
    for (size_t i = 0; i < r->field->n_words && !r->stopped; i++) {
        const struct na_word *w = word_at(r, i);
        if (w->flags & NA_WORD_URL) {
            before = NULL;
            continue;
        }
        try_key(r, &s->words, w->hash, i);
        /* A pair is filed under its first word. */
        if (before) try_key(r, &s->pairs, pair_key(before->hash, w->hash), i - 1);
        if (pieces) try_pieces(r, w, i);
        for (size_t k = 0; k < s->any.n && !r->stopped; k++) try_term(r, &s->any.entries[k], i);
        before = w;
    }
}

static int keyword_match(void *self, const void *set, const struct na_item *item,
                         const struct na_match *match) {
    (void)self;
    if (!set) return NA_OK;
    struct set *s = (struct set *)(uintptr_t)set; /* for the stamps only */
    struct reader r = {s, match, NULL, item->word_stride, 0};
    for (size_t i = 0; i < item->n_fields && !r.stopped; i++) {
        r.field = NA_AT(const struct na_field, item->fields, item->field_stride, i);
        if (!(s->fields & NA_FIELD(r.field->kind)) || !r.field->n_words) continue;
        if (!++s->stamp) { /* after four thousand million field values */
            memset(s->reported, 0, s->n_terms * sizeof *s->reported);
            s->stamp = 1;
        }
        match_field(&r);
    }
    return NA_OK;
}

static const char *const prefixes[] = {"", NULL};
static const struct na_matcher matcher = {sizeof matcher, prefixes, keyword_compile, keyword_match,
                                          keyword_release};
static const struct na_plugin plugin = {
    .size = sizeof plugin,
    .name = "keyword",
    .version = "0.1.0",
    .license = "Apache-2.0",
    .summary = "words, phrases, acronyms and wildcards",
    .matcher = &matcher,
};

const struct na_plugin *newsalert_plugin_1(void) {
    return &plugin;
}
