#include "item/words.h"

#include "base/limits.h"
#include "base/mem.h"
#include "item/fold.h"
#include "item/words_block.h"
#include "item/words_hash.h"
#include "item/words_plain.h"

const char *const field_names[NA_N_FIELDS] = {"title",    "summary", "content", "author",
                                              "category", "url",     "language"};

/* Where the cutter stands in one text. */
struct cutter {
    const char *begin, *p, *end;
    struct arena *arena;
    bool query; /* * and ? are letters */
    struct na_word *words;
    size_t n, cap;
    uint32_t position;
    bool line_break; /* since the last word */
    unsigned before; /* class of the character before p, ignorable ones left out */
    uint32_t sign;   /* NA_WORD_HASH_SIGN or _AT_SIGN directly before p */
    const struct hash_secret *secret;
    char *room, *room_end; /* for folded texts of plain words */
};

/* One word while it is read. `exact` holds its characters as joined. */
struct run {
    const char *start, *end;
    char exact[LIMIT_WORD];
    size_t len;
    unsigned classes; /* of all its characters */
    unsigned first, last;
    bool joined;         /* something between start and end was left out */
    bool dotted;         /* single letters with full stops */
    bool single;         /* all parts between stops so far are single letters */
    size_t part_letters; /* letters since the last stop */
    uint32_t flags;
};

/* A character ahead, ignorable ones skipped; len 0: the end. */
struct ahead {
    const char *at, *next;
    uint32_t c;
    unsigned k;
};

static struct ahead look(const struct cutter *c, const char *p) {
    struct ahead a = {p, p, 0, 0};
    while (a.next < c->end) {
        a.at = a.next;
        a.next += char_read(a.at, c->end, &a.c);
        a.k = char_class(a.c);
        if (c->query && (a.c == '*' || a.c == '?')) a.k = CHAR_LETTER;
        if (!(a.k & CHAR_IGNORE)) return a;
    }
    return (struct ahead){c->end, c->end, 0, 0};
}

static bool joins(unsigned k) { /* a character that may stand in a longer word */
    return (k & CHAR_WORD) && !(k & CHAR_SOLO);
}

static bool joins_letter(unsigned k) {
    return (k & CHAR_LETTER) && !(k & CHAR_SOLO);
}

/* -- one word to the list -------------------------------------------------------------------------------- */

static inline struct na_word *add_word(struct cutter *c, const char *start, const char *end, uint32_t flags) {
    if (c->n >= c->cap) return NULL;
    struct na_word *w = &c->words[c->n++];
    if (c->line_break) {
        c->position++;
        flags |= NA_WORD_BREAK;
        c->line_break = false;
    }
    *w = (struct na_word){
        .start = (uint32_t)(start - c->begin),
        .len = (uint32_t)(end - start),
        .position = c->position++,
        .flags = flags,
    };
    return w;
}

/* At most LIMIT_WORD bytes, ending on a character. */
static struct text shortened(struct text t) {
    if (t.len <= LIMIT_WORD) return t;
    t.len = LIMIT_WORD;
    while (t.len && ((unsigned char)t.ptr[t.len] & 0xC0) == 0x80) t.len--;
    return t;
}

/* exact lives as long as the text or the arena. */
static void emit(struct cutter *c, const char *start, const char *end, struct text exact, unsigned classes,
                 unsigned first, uint32_t flags) {
    struct text folded = shortened(fold_text(exact, c->arena));
    uint32_t sign = c->sign;
    c->sign = 0;
    if (!folded.len) return; /* only points: no word */
    if ((classes & CHAR_UPPER) && !(classes & CHAR_LOWER)) flags |= NA_WORD_NO_SMALL | NA_WORD_ACRONYM;
    if (classes & CHAR_DIGIT) flags |= NA_WORD_DIGIT;
    if (first & CHAR_UPPER) flags |= NA_WORD_CAPITAL;
    struct na_word *w = add_word(c, start, end, flags | sign);
    if (!w) return;
    w->folded = na_of_text(folded);
    w->exact = na_of_text(fold_nfc(exact, c->arena));
    w->hash = words_hash(folded.ptr, folded.len);
}

/* -- addresses ------------------------------------------------------------------------------------------- */

static size_t starts_nocase(const char *p, const char *end, const char *what) {
    size_t len = strlen(what);
    return (size_t)(end - p) >= len && !strncasecmp(p, what, len) ? len : 0;
}

/* An address: to white space, < > or ". One position and no word. */
static bool cut_url(struct cutter *c) {
    const char *p = c->p;
    bool after_word = joins(c->before);
    if (!starts_nocase(p, c->end, "http://") && !starts_nocase(p, c->end, "https://") &&
        (after_word || !starts_nocase(p, c->end, "www.")))
        return false;
    while (p < c->end) {
        uint32_t ch;
        size_t len = char_read(p, c->end, &ch);
        if (ch == '<' || ch == '>' || ch == '"' || char_is_space(ch)) break;
        p += len;
    }
    add_word(c, c->p, p, NA_WORD_URL);
    c->p = p;
    c->before = 0;
    c->sign = 0;
    return true;
}

/* Whether an address begins at p, be it in the middle of a run ("seehttp://…"). */
static bool address_at(const struct cutter *c, const char *p) {
    return (*p | 0x20) == 'h' &&
           (starts_nocase(p, c->end, "http://") || starts_nocase(p, c->end, "https://"));
}

/* -- words of letters, marks and digits ------------------------------------------------------------------ */

static bool run_add(struct run *r, const struct ahead *a) {
    size_t len = (size_t)(a->next - a->at);
    if (r->len + len > LIMIT_WORD - 4) return false;
    if (r->len && a->at != r->end) r->joined = true;
    memcpy(r->exact + r->len, a->at, len);
    r->len += len;
    r->end = a->next;
    if (!r->classes) r->first = a->k;
    r->classes |= a->k;
    /* A mark belongs to the letter before it. */
    if (!(a->k & CHAR_MARK)) {
        r->last = a->k;
        if (a->k & CHAR_LETTER)
            r->part_letters++;
        else
            r->single = false;
        if (r->part_letters > 1) r->single = false;
    } else if (!r->last) {
        r->last = a->k;
        r->single = false;
    }
    return true;
}

/* Whether the word ends at p: no letter, mark or digit there, nor an apostrophe that joins one. */
static bool word_ends(const struct cutter *c, const char *p) {
    struct ahead a = look(c, p);
    if (joins(a.k)) return address_at(c, a.at);
    return !char_is_apostrophe(a.c) || !joins_letter(look(c, a.next).k);
}

/* A possessive at the apostrophe: where it ends, or NULL. */
static const char *possessive(const struct cutter *c, const struct ahead *apostrophe) {
    struct ahead s = look(c, apostrophe->next);
    return (s.c == 's' || s.c == 'S') && word_ends(c, s.next) ? s.next : NULL;
}

/* Articles and the like that an apostrophe parts from the next word: l'Ukraine, dell'acqua. */
static bool is_elision(const struct run *r) {
    static const char *const list[] = {"l", "d",  "j",    "m",   "n",    "s",    "t",
                                       "c", "qu", "dell", "all", "nell", "sull", "dall"};
    struct text t = {r->exact, r->len};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        if (text_eq_nocase(t, text_of(list[i]))) return true;
    return false;
}

enum join { JOIN_END, JOIN_GOES_ON };

static enum join join_apostrophe(struct cutter *c, struct run *r, const struct ahead *a) {
    struct ahead next = look(c, a->next);
    if (!joins_letter(r->last) || !joins_letter(next.k)) return JOIN_END;
    if (address_at(c, next.at) || starts_nocase(next.at, c->end, "www.")) return JOIN_END;
    const char *end = possessive(c, a);
    if (end) {
        r->flags |= NA_WORD_POSSESSIVE;
        c->p = end;
        return JOIN_END;
    }
    if (is_elision(r)) return JOIN_END;
    r->single = false;
    r->joined = true;
    c->p = a->next;
    return JOIN_GOES_ON;
}

static enum join join_stop(struct cutter *c, struct run *r, const struct ahead *a) {
    struct ahead next = look(c, a->next);
    if ((r->last & CHAR_DIGIT) && (next.k & CHAR_DIGIT) && joins(next.k)) {
        run_add(r, a); /* 3.5 */
        r->last = 0;
        c->p = a->next;
        return JOIN_GOES_ON;
    }
    if (!r->single || r->part_letters != 1) return JOIN_END;
    if (joins_letter(next.k)) {
        struct ahead after = look(c, next.next);
        while ((after.k & CHAR_MARK) && !(after.k & CHAR_SOLO)) after = look(c, after.next);
        if (!joins(after.k)) {
            r->dotted = r->joined = true;
            r->part_letters = 0;
            c->p = a->next;
            return JOIN_GOES_ON;
        }
    }
    if (r->dotted) { /* the last stop belongs to the word, and a possessive may follow it */
        c->p = r->end = a->next;
        r->joined = true;
        const char *end = char_is_apostrophe(next.c) ? possessive(c, &next) : NULL;
        if (end) {
            r->flags |= NA_WORD_POSSESSIVE;
            c->p = end;
        }
    }
    return JOIN_END;
}

/* 1,000,000: a comma before exactly three digits drops. */
static enum join join_comma(struct cutter *c, struct run *r, const struct ahead *a) {
    if (!(r->last & CHAR_DIGIT)) return JOIN_END;
    struct ahead d = {.next = a->next};
    for (int i = 0; i < 3; i++) {
        d = look(c, d.next);
        if (!(d.k & CHAR_DIGIT) || !joins(d.k)) return JOIN_END;
    }
    d = look(c, d.next);
    if ((d.k & CHAR_DIGIT) && joins(d.k)) return JOIN_END;
    r->joined = true;
    c->p = a->next;
    return JOIN_GOES_ON;
}

static void cut_run(struct cutter *c) {
    struct run r = {.start = c->p, .end = c->p, .single = true};
    for (;;) {
        struct ahead a = look(c, c->p);
        enum join join = JOIN_END;
        if (r.len && joins(a.k) && address_at(c, a.at)) break;
        if (joins(a.k)) {
            if (!run_add(&r, &a)) break; /* too long: the rest is a piece of its own */
            c->p = a.next;
            continue;
        }
        if (char_is_apostrophe(a.c))
            join = join_apostrophe(c, &r, &a);
        else if (a.c == '.')
            join = join_stop(c, &r, &a);
        else if (a.c == ',')
            join = join_comma(c, &r, &a);
        if (join == JOIN_END) break;
    }
    struct text exact = {r.start, r.len};
    if (r.joined) exact = arena_dup(c->arena, (struct text){r.exact, r.len});
    c->before = c->p[-1] == '.' ? 0 : r.last ? r.last : CHAR_LETTER; /* U.S.#x: a full stop stands before # */
    emit(c, r.start, r.end, exact, r.classes, r.first, r.flags);
}

static void plain_add(struct block_out *out, const struct cutter *c, const char *p,
                      const struct plain_word *found) {
    out->position += !!(out->flags & NA_WORD_BREAK);
    *out->w++ = (struct na_word){
        .start = (uint32_t)(p - c->begin),
        .len = (uint32_t)found->len,
        .position = out->position++,
        .flags = found->flags | out->flags,
        .hash = found->hash,
        .folded = na_of_text(found->folded),
        .exact = {p, found->len},
    };
    out->flags = 0;
    if (found->folded.ptr == out->room) out->room += found->folded.len;
}

static inline bool find_plain(const struct cutter *c, const char *p, char *room, struct plain_word *ret) {
    if ((signed char)*p >= 0) return plain_word(p, c->end, c->query, c->secret, room, ret);
    return plain_is_latin(*p) ? plain_latin_word(p, c->end, c->query, room, ret)
                              : plain_chinese(p, c->end, c->secret, ret);
}

/* The fast way, which most words go, with the ASCII characters between them. Ends before what it does not
 * know. */
static BLOCK_CLONES void cut_plain(struct cutter *c) {
    const char *p = c->p, *end = c->end;
    struct block_out out = {c->words + c->n, c->words + c->cap, c->position,
                            c->sign | (c->line_break ? NA_WORD_BREAK : 0), c->room};
    unsigned last_class = CHAR_LETTER;
    bool after_word = c->before & CHAR_WORD;
    struct word_block block;
    block.base = NULL; /* filled when it is wanted */
    while (p < end && out.w < out.last) {
        char ch = *p;
        if ((signed char)ch >= 0 && !plain_is_alnum(ch)) {
            if (c->query && (ch == '*' || ch == '?')) break;
            out.flags = ch == '\n' || ch == '\r' ? NA_WORD_BREAK : out.flags & NA_WORD_BREAK;
            if (!after_word) out.flags |= ch == '#' ? NA_WORD_HASH_SIGN : ch == '@' ? NA_WORD_AT_SIGN : 0;
            after_word = false;
            p++;
            continue;
        }
        /* Perhaps an address. */
        if (p + 1 < end &&
            (((ch | 0x20) == 'h' && (p[1] | 0x20) == 't') || ((ch | 0x20) == 'w' && (p[1] | 0x20) == 'w')))
            break;
        if (c->room_end - out.room < PLAIN_WORD_ROOM) break;
        if ((signed char)ch >= 0 && !c->query) {
            const char *from = p;
            p = block_words(&block, c->begin, p, end, c->secret, &out);
            if (p != from) {
                after_word = false;
                continue;
            }
        }
        struct plain_word found;
        if (!find_plain(c, p, out.room, &found)) break;
        plain_add(&out, c, p, &found);
        last_class = (unsigned char)ch >= 0xE4 ? CHAR_LETTER | CHAR_SOLO : CHAR_LETTER;
        p = found.next;
        after_word = true;
    }
    if (p == c->p) return;
    c->p = p;
    c->room = out.room;
    c->n = (size_t)(out.w - c->words);
    c->position = out.position;
    c->sign = out.flags & (NA_WORD_HASH_SIGN | NA_WORD_AT_SIGN);
    c->before = after_word ? last_class : 0;
    c->line_break = out.flags & NA_WORD_BREAK;
}

/* For the folded forms of plain words. */
static bool make_room(struct cutter *c) {
    if (c->room_end - c->room >= PLAIN_WORD_ROOM) return true;
    size_t size = (size_t)(c->end - c->p) + PLAIN_WORD_ROOM;
    c->room = arena_raw(c->arena, size);
    c->room_end = c->room ? c->room + size : NULL;
    return c->room;
}

/* A character of a script without spaces. What only completes it (jamo, a voicing mark) goes with it, so that
 * both normal forms of a text cut alike. */
static void cut_solo(struct cutter *c, const struct ahead *first) {
    struct text t = {first->at, (size_t)(first->next - first->at)};
    unsigned classes = first->k;
    for (int i = 0; i < 2; i++) {
        struct ahead a = look(c, t.ptr + t.len);
        bool completes = (a.c >= 0x1160 && a.c <= 0x11FF) || (a.c >= 0xD7B0 && a.c <= 0xD7FF) ||
                         a.c == 0x3099 || a.c == 0x309A || a.c == 0xFF9E || a.c == 0xFF9F;
        if (!completes || a.at != t.ptr + t.len) break;
        struct text more = {t.ptr, (size_t)(a.next - t.ptr)};
        struct text folded = fold_text(more, c->arena);
        uint32_t ch;
        if (!folded.len || char_read(folded.ptr, folded.ptr + folded.len, &ch) != folded.len) break;
        t = more;
    }
    c->p = t.ptr + t.len;
    c->before = classes;
    emit(c, t.ptr, c->p, t, classes, classes, 0);
}

static inline void cut_separator(struct cutter *c, const struct ahead *a) {
    if (a->c == '\n' || a->c == '\r') c->line_break = true;
    c->sign = 0;
    if (!(c->before & CHAR_WORD))
        c->sign = a->c == '#' ? NA_WORD_HASH_SIGN : a->c == '@' ? NA_WORD_AT_SIGN : 0;
    c->before = 0;
    c->p = a->next;
}

/* No word is shorter than one byte and something behind it, so there is always room for all. */
static size_t cutter_run(struct cutter *c, struct na_word **ret) {
    c->cap = (size_t)(c->end - c->p) / 2 + 1;
    if (c->cap > LIMIT_WORDS_A_FIELD) c->cap = LIMIT_WORDS_A_FIELD;
    c->words = arena_raw(c->arena, c->cap * sizeof *c->words);
    c->secret = hash_secret();
    *ret = NULL;
    if (!c->words) return 0;
    while (c->p < c->end && c->n < c->cap && !c->arena->failed && make_room(c)) {
        cut_plain(c);
        if (c->p == c->end || cut_url(c)) continue;
        struct ahead a = look(c, c->p);
        if (a.at == c->end) break;
        if (!(a.k & CHAR_WORD)) {
            cut_separator(c, &a);
        } else {
            c->p = a.at;
            if (a.k & CHAR_SOLO)
                cut_solo(c, &a);
            else
                cut_run(c);
        }
    }
    *ret = c->n ? c->words : NULL;
    return c->n;
}

size_t words_cut(struct text t, struct arena *a, struct na_word **ret) {
    struct cutter c = {.begin = t.ptr, .p = t.ptr, .end = t.ptr + t.len, .arena = a};
    return cutter_run(&c, ret);
}

size_t words_cut_query(struct text t, struct arena *a, struct na_word **ret) {
    struct cutter c = {.begin = t.ptr, .p = t.ptr, .end = t.ptr + t.len, .arena = a, .query = true};
    return cutter_run(&c, ret);
}

struct text words_fold(struct text t, struct arena *a) {
    return fold_text(t, a);
}

struct text words_folded_line(struct text t, struct arena *a) {
    struct na_word *w;
    size_t n = words_cut(t, a, &w), len = 0;
    for (size_t i = 0; i < n; i++) len += w[i].folded.len + 1;
    if (!len) return TEXT_NONE;
    char *line = arena_alloc(a, len + 1), *p = line;
    if (!line) return TEXT_NONE;
    for (size_t i = 0; i < n; i++) {
        if (!w[i].folded.len) continue; /* an address */
        if (p > line) *p++ = ' ';
        memcpy(p, w[i].folded.ptr, w[i].folded.len);
        p += w[i].folded.len;
    }
    return p == line ? TEXT_NONE : (struct text){line, (size_t)(p - line)};
}
