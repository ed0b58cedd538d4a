/* keyword - the matcher of words and phrases: the prefix "" of the query language.
 *
 * All terms of all queries are compiled into tables of hashes, so that an item costs one or two look-ups a
 * word, however many terms there are. A term is filed once, under what is rarest in it:
 *   a phrase      its rarest pair of neighbouring words (so "of the city" costs nothing but "the city")
 *   a word        its hash
 *   abc*          the hash of its first bytes, behind a bitmap of the first three
 *   *abc          the same from the end
 *   *abc*         three bytes of it, asked for at each place of a word
 *   a*b           nothing: tried on every word
 * A bitmap before each table says no for nearly every word of a text. What it lets through is looked up a
 * batch at a time, each step asking the memory for what the next one needs, since with many queries the
 * tables are larger than the caches. The hashes are keyed at random by the daemon, so equal ones are taken
 * for equal words; whatever else a term asks of its words is compared. No allocation while matching. */
#include "newsalert_plugin.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    SHORTEST_HEAD = 3, /* bytes of a wildcard word that are looked up */
    LONGEST_HEAD = 16,
    BATCH = 64,           /* words that are looked up together */
    BITS_A_KEY = 16,      /* of the bitmap before a table */
    PIECE_BITS = 1 << 15, /* of the bitmaps of three bytes */
};

/* What is left to be compared where a key is found. */
enum check { CHECK_WORD, CHECK_PAIR, CHECK_ALL };

/* A term under one key; the key's word is the `at`-th of its patterns. A term is filed once, so what is asked
 * of it first stands here. */
struct entry {
    uint64_t key;
    uint32_t term; /* number + 1; 0: a free place */
    uint8_t at, check;
    uint8_t need, need_next; /* WORD, PAIR: NA_WORD_… flags that the word and the next one must have */
    uint8_t fields, all;     /* NA_FIELD bits; every occurrence is asked for */
    uint16_t words;
    /* Which field value the term was last reported in, so that it is reported once. With the batch the one
     * thing that match writes; it is called by one thread at a time. */
    uint32_t reported;
};

/* Entries by key, at the first free place from it on; a power of two of them, half of which are free. While
 * terms are added they are just a list. */
struct table {
    struct entry *entries;
    size_t n, cap, mask;
    uint64_t *bits; /* two bits a key, in one element: if one is 0 no such key is there */
    size_t bit_mask;
};

/* Which three bytes begin (end, stand in) any wildcard word. */
struct pieces {
    uint64_t bits[PIECE_BITS / 64];
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
};

/* A key that the bitmap lets through. */
struct candidate {
    uint64_t key;
    struct table *table;
    size_t word;
};

struct set {
    struct term *terms;
    size_t n_terms;
    struct pattern *patterns;
    char *texts;
    struct table words, pairs, heads, tails, inner;
    struct table any; /* a list only */
    struct pieces head_pieces, tail_pieces, inner_pieces;
    uint32_t head_lengths, tail_lengths; /* bit n: a head of n bytes is filed */
    size_t longest_head, longest_tail;
    uint64_t fields; /* that any term wants */
    uint64_t secret; /* for bytes_key */
    uint32_t stamp;
    struct candidate batch[2 * BATCH]; /* while it is looked up */
};

/* ---- tables ---- */

static uint64_t mix(uint64_t h) {
    h ^= h >> 32;
    h *= UINT64_C(0x9E3779B97F4A7C15);
    return h ^ h >> 29;
}

/* Both are random enough; their order counts. */
static inline uint64_t pair_key(uint64_t a, uint64_t b) {
    return a ^ (b << 23 | b >> 41);
}

/* Of the first bytes of a word, or the last from the end on, one by one, so that each further one costs a
 * step; keyed as the daemon's hashes are. */
static inline uint64_t bytes_step(uint64_t secret, uint64_t h, char c) {
    return (h ^ (unsigned char)c) * (secret | 1);
}
static inline uint64_t bytes_key(uint64_t h, size_t len) {
    return mix(h + len);
}

/* Three bytes. */
static inline uint64_t piece_key(const char *p) {
    return (uint64_t)(unsigned char)p[0] | (uint64_t)(unsigned char)p[1] << 8 |
           (uint64_t)(unsigned char)p[2] << 16;
}

static inline size_t piece_bit(uint32_t three) {
    return three * 0x9E3779B1u >> 17;
}

/* The first and the last three bytes of a word that has them. */
static inline uint32_t head_piece(const struct na_text *t) {
    uint32_t x;
    if (t->len < 4) return (uint32_t)piece_key(t->ptr);
    memcpy(&x, t->ptr, 4);
    return le32toh(x) & 0xFFFFFF;
}
static inline uint32_t tail_piece(const struct na_text *t) {
    uint32_t x;
    if (t->len < 4) return (uint32_t)piece_key(t->ptr);
    memcpy(&x, t->ptr + t->len - 4, 4);
    return le32toh(x) >> 8;
}

static void pieces_add(struct pieces *s, const char *p) {
    size_t b = piece_bit((uint32_t)piece_key(p));
    s->bits[b / 64] |= UINT64_C(1) << b % 64;
}

static inline int pieces_has(const struct pieces *s, uint32_t three) {
    size_t b = piece_bit(three);
    return (int)(s->bits[b / 64] >> b % 64 & 1);
}

/* Zeroed; of large pages where that is much and the system has them, so that looking up here and there does
 * not walk through page tables. For free(). */
static void *large(size_t n, size_t size) {
    enum { PAGE = 2 << 20 };
    size_t bytes = n * size, whole = (bytes + PAGE - 1) / PAGE * PAGE;
    if (bytes < PAGE / 2) return calloc(n, size);
    void *p = aligned_alloc(PAGE, whole);
    if (!p) return NULL;
    madvise(p, whole, MADV_HUGEPAGE); /* a wish */
    return memset(p, 0, bytes);
}

static struct entry *table_add(struct table *t, uint64_t key, uint32_t term, size_t at) {
    if (t->n == t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 64;
        struct entry *e = realloc(t->entries, cap * sizeof *e);
        if (!e) return NULL;
        t->entries = e;
        t->cap = cap;
    }
    t->entries[t->n] = (struct entry){.key = key, .term = term + 1, .at = (uint8_t)at, .check = CHECK_ALL};
    return &t->entries[t->n++];
}

/* The element of the bitmap, and its two bits. */
static inline size_t bit_element(const struct table *t, uint64_t key) {
    return (size_t)(key >> 24) & t->bit_mask;
}
static inline uint64_t bit_pair(uint64_t key) {
    return UINT64_C(1) << (key >> 52 & 63) | UINT64_C(1) << (key >> 58 & 63);
}
static inline int may_have(const struct table *t, uint64_t key) {
    uint64_t pair = bit_pair(key);
    return (t->bits[bit_element(t, key)] & pair) == pair;
}

/* After all are added; those of one key keep their order. A table without entries has a bitmap all the same,
 * which says no. */
static int table_close(struct table *t) {
    size_t places = 16, elements = 1;
    while (places < t->n * 2) places *= 2;
    while (elements * 64 < t->n * BITS_A_KEY) elements *= 2;
    struct entry *entries = large(places, sizeof *entries);
    t->bits = calloc(elements, sizeof *t->bits);
    if (!entries || !t->bits) {
        free(entries);
        return NA_FAIL;
    }
    t->mask = places - 1;
    t->bit_mask = elements - 1;
    for (size_t i = 0; i < t->n; i++) {
        size_t s = t->entries[i].key & t->mask;
        while (entries[s].term) s = (s + 1) & t->mask;
        entries[s] = t->entries[i];
        t->bits[bit_element(t, entries[s].key)] |= bit_pair(entries[s].key);
    }
    free(t->entries);
    t->entries = entries;
    t->cap = places;
    return NA_OK;
}

static void table_clear(struct table *t) {
    free(t->entries);
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

/* Where the key does not say all but flags: a sign before the word is of the hit's span. */
#define SPECIAL (NA_PATTERN_EXACT | NA_PATTERN_HASH_SIGN | NA_PATTERN_AT_SIGN)

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

/* The longest run of letters of a wildcard word that has neither head nor tail. */
static const char *inner_run(const struct pattern *p, size_t *ret_len) {
    const char *best = NULL, *end = p->folded + p->folded_len;
    size_t most = 0;
    for (const char *at = p->folded; at < end;) {
        const char *from = at;
        while (at < end && *at != '*' && *at != '?') at++;
        if ((size_t)(at - from) > most) most = (size_t)(at - from), best = from;
        if (at < end) at++;
    }
    *ret_len = most;
    return best;
}

/* Files a term whose words are all wildcards under the one with the longest head or tail. */
static struct entry *file_wild(struct set *s, uint32_t term) {
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
    if (length < SHORTEST_HEAD) {
        size_t run;
        const char *inner = inner_run(p, &run);
        if (run < SHORTEST_HEAD) return table_add(&s->any, 0, term, best);
        pieces_add(&s->inner_pieces, inner);
        return table_add(&s->inner, mix(piece_key(inner) + 1), term, best);
    }
    struct entry *e;
    uint64_t h = s->secret;
    if (from_end) {
        for (size_t i = 0; i < length; i++) h = bytes_step(s->secret, h, p->folded[p->folded_len - 1 - i]);
        s->tail_lengths |= UINT32_C(1) << length;
        if (length > s->longest_tail) s->longest_tail = length;
        pieces_add(&s->tail_pieces, p->folded + p->folded_len - SHORTEST_HEAD);
        e = table_add(&s->tails, bytes_key(h, length), term, best);
    } else {
        for (size_t i = 0; i < length; i++) h = bytes_step(s->secret, h, p->folded[i]);
        s->head_lengths |= UINT32_C(1) << length;
        if (length > s->longest_head) s->longest_head = length;
        pieces_add(&s->head_pieces, p->folded);
        e = table_add(&s->heads, bytes_key(h, length), term, best);
    }
    /* abc* and *abc: the key says it all, since there is nothing else but the star. */
    int star = p->folded[from_end ? 0 : p->folded_len - 1] == '*';
    if (e && s->terms[term].n == 1 && star && length + 1 == p->folded_len && !(p->flags & SPECIAL))
        e->check = CHECK_WORD;
    return e;
}

/* Flags that a word must have for this pattern. */
static uint8_t need_of(const struct pattern *p) {
    return p->flags & NA_PATTERN_ACRONYM ? NA_WORD_ACRONYM : 0;
}

static int is_folded(const struct pattern *p) {
    return is_plain(p) && !(p->flags & SPECIAL);
}

/* Long words are rare ones, as far as one can tell without having read the texts. */
static struct entry *file_term(struct set *s, uint32_t term) {
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
    if (best_pair < n) {
        struct entry *e =
            table_add(&s->pairs, pair_key(p[best_pair].hash, p[best_pair + 1].hash), term, best_pair);
        if (!e || n > 2 || !is_folded(&p[0]) || !is_folded(&p[1])) return e;
        e->check = CHECK_PAIR;
        e->need = need_of(&p[0]);
        e->need_next = need_of(&p[1]);
        return e;
    }
    if (best_word == n) return file_wild(s, term);
    struct entry *e = table_add(&s->words, p[best_word].hash, term, best_word);
    if (!e || n > 1 || !is_folded(&p[0])) return e;
    e->check = CHECK_WORD;
    e->need = need_of(&p[0]);
    return e;
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
    table_clear(&s->inner);
    table_clear(&s->any);
    free(s->terms);
    free(s->patterns);
    free(s->texts);
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
    s->terms = large(c->n_terms + 1, sizeof *s->terms);
    s->patterns = large(patterns + 1, sizeof *s->patterns);
    s->texts = malloc(bytes + 1);
    return s->terms && s->patterns && s->texts ? NA_OK : NA_FAIL;
}

/* What nobody outside can know: where the set lies, and the daemon's hashes of words, which are keyed. */
static uint64_t make_secret(const struct set *s, const struct na_compile *c) {
    uint64_t secret = (uint64_t)(uintptr_t)s * UINT64_C(0x9E3779B97F4A7C15);
    size_t n = 0, stride;
    const struct na_word *w = c->cut ? c->cut(c->ctx, (struct na_text){"secret", 6}, &n, &stride) : NULL;
    return n ? secret ^ w->hash : secret;
}

static int keyword_compile(void *self, const struct na_compile *c, void **ret_set) {
    struct set *s = calloc(1, sizeof *s);
    if (!s) return NA_FAIL;
    if (set_allocate(s, c) < 0) goto fail;
    char *texts = s->texts;
    uint32_t n = 0;
    s->secret = make_secret(s, c);
    for (size_t i = 0; i < c->n_terms; i++) {
        const struct na_term *t = NA_AT(const struct na_term, c->terms, c->term_stride, i);
        if (t->id >= c->n_terms || !t->n_patterns) goto fail;
        s->terms[t->id] = (struct term){n, (uint32_t)t->n_patterns};
        s->fields |= t->fields;
        for (size_t k = 0; k < t->n_patterns; k++)
            take_pattern(&s->patterns[n++], NA_AT(const struct na_pattern, t->patterns, t->pattern_stride, k),
                         &texts);
        struct entry *filed = file_term(s, (uint32_t)t->id);
        if (!filed) goto fail;
        filed->fields = (uint8_t)t->fields;
        filed->all = (t->flags & NA_TERM_ALL) != 0;
        filed->words = (uint16_t)t->n_patterns;
    }
    if (table_close(&s->words) < 0 || table_close(&s->pairs) < 0 || table_close(&s->heads) < 0 ||
        table_close(&s->tails) < 0 || table_close(&s->inner) < 0)
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

/* start: of the hit, in the field's text. */
static void tell_hit(struct reader *r, struct entry *e, size_t start, const struct na_word *last) {
    e->reported = r->set->stamp;
    if (r->match->emit(r->match->ctx, e->term - 1, r->field->kind, r->field->value, start,
                       last->start + last->len - start, 1.0))
        r->stopped = 1;
}

/* The whole term, of which the at-th word is word i of the field. */
static void check_all(struct reader *r, struct entry *e, size_t i) {
    size_t n = e->words;
    if (i < e->at || i - e->at + n > r->field->n_words) return;
    const struct pattern *p = r->set->patterns + r->set->terms[e->term - 1].first;
    size_t from = i - e->at;
    const struct na_word *first = word_at(r, from), *last = word_at(r, from + n - 1);
    if (last->position - first->position != n - 1) return; /* a line break stands between */
    for (size_t k = 0; k < n; k++)
        if (!pattern_fits(&p[k], word_at(r, from + k))) return;
    tell_hit(r, e, hit_start(r, p, first), last);
}

static void try_entry(struct reader *r, struct entry *e, size_t i) {
    if (!(e->fields & NA_FIELD(r->field->kind)) || (!e->all && e->reported == r->set->stamp)) return;
    const struct na_word *w = word_at(r, i), *next;
    switch ((enum check)e->check) {
    case CHECK_WORD:
        if ((w->flags & e->need) == e->need) tell_hit(r, e, w->start, w);
        return;
    case CHECK_PAIR:
        next = word_at(r, i + 1);
        if ((w->flags & e->need) == e->need && (next->flags & e->need_next) == e->need_next &&
            next->position == w->position + 1)
            tell_hit(r, e, w->start, next);
        return;
    case CHECK_ALL: check_all(r, e, i); return;
    }
}

static void try_entries(struct reader *r, const struct table *t, uint64_t key, size_t i) {
    for (size_t s = key & t->mask; t->entries[s].term && !r->stopped; s = (s + 1) & t->mask)
        if (t->entries[s].key == key) try_entry(r, &t->entries[s], i);
}

static void try_key(struct reader *r, const struct table *t, uint64_t key, size_t i) {
    if (may_have(t, key)) try_entries(r, t, key, i);
}

/* Wildcard words by the first or last bytes of a word, or by some within. */
static void try_pieces(struct reader *r, const struct na_word *w, size_t i) {
    const struct set *s = r->set;
    const char *p = w->folded.ptr;
    size_t len = w->folded.len;
    uint64_t h = s->secret;
    if (pieces_has(&s->head_pieces, head_piece(&w->folded)))
        for (size_t n = 1; n <= len && n <= s->longest_head; n++) {
            h = bytes_step(s->secret, h, p[n - 1]);
            if (s->head_lengths >> n & 1) try_key(r, &s->heads, bytes_key(h, n), i);
        }
    h = s->secret;
    if (pieces_has(&s->tail_pieces, tail_piece(&w->folded)))
        for (size_t n = 1; n <= len && n <= s->longest_tail; n++) {
            h = bytes_step(s->secret, h, p[len - n]);
            if (s->tail_lengths >> n & 1) try_key(r, &s->tails, bytes_key(h, n), i);
        }
    for (size_t at = 0; s->inner.n && at + SHORTEST_HEAD <= len; at++)
        if (pieces_has(&s->inner_pieces, (uint32_t)piece_key(p + at)))
            try_key(r, &s->inner, mix(piece_key(p + at) + 1), i);
}

/* Those of a batch of words, in their order. Room for two a word. */
static size_t candidates_of(const struct reader *r, size_t from, size_t to, uint64_t before,
                            struct candidate *out) {
    struct set *s = r->set;
    const struct na_word *w = word_at(r, from);
    size_t n = 0, stride = r->stride;
    for (size_t i = from; i < to; i++) {
        uint64_t hash = w->hash; /* of an address 0, which is filed nowhere */
        uint64_t pair = pair_key(before, hash);
        if (may_have(&s->words, hash)) out[n++] = (struct candidate){hash, &s->words, i};
        if (may_have(&s->pairs, pair) && i) /* filed under its first word */
            out[n++] = (struct candidate){pair, &s->pairs, i - 1};
        before = hash;
        w = NA_AT(const struct na_word, w, stride, 1);
    }
    return n;
}

static void match_batch(struct reader *r, size_t from, size_t to) {
    struct candidate *c = r->set->batch;
    size_t n = candidates_of(r, from, to, from ? word_at(r, from - 1)->hash : 0, c);
    for (size_t i = 0; i < n; i++) __builtin_prefetch(&c[i].table->entries[c[i].key & c[i].table->mask], 1);
    for (size_t i = 0; i < n && !r->stopped; i++) try_entries(r, c[i].table, c[i].key, c[i].word);
}

/* Does any of the word's ends, or anything in it, say that a wildcard word may be there? A bitmap that
 * nothing was added to says no. */
static inline int may_have_pieces(const struct set *s, const struct na_text *t) {
    return pieces_has(&s->head_pieces, head_piece(t)) || pieces_has(&s->tail_pieces, tail_piece(t)) ||
           s->inner.n;
}

static void match_field(struct reader *r) {
    const struct set *s = r->set;
    size_t n = r->field->n_words;
    for (size_t i = 0; i < n && !r->stopped; i += BATCH) match_batch(r, i, n - i < BATCH ? n : i + BATCH);
    if (!s->head_lengths && !s->tail_lengths && !s->inner.n && !s->any.n) return;
    const struct na_word *w = r->field->words;
    for (size_t i = 0; i < n && !r->stopped; i++, w = NA_AT(const struct na_word, w, r->stride, 1)) {
        if (w->folded.len >= SHORTEST_HEAD && may_have_pieces(s, &w->folded)) try_pieces(r, w, i);
        for (size_t k = 0; k < s->any.n && !r->stopped; k++) try_entry(r, &s->any.entries[k], i);
    }
}

static void forget(struct table *t) {
    for (size_t i = 0; i <= t->mask; i++) t->entries[i].reported = 0;
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
            forget(&s->words), forget(&s->pairs), forget(&s->heads);
            forget(&s->tails), forget(&s->inner);
            for (size_t k = 0; k < s->any.n; k++) s->any.entries[k].reported = 0;
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
