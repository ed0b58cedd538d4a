#include "item/words.h"

#include "base/mem.h"
#include "base/time.h"
#include "item/fold.h"

/* What the index needs to know of a field beyond what plugins see. */
struct field_case {
    bool shouting; /* two or more words with letters, and no small letter: case says nothing there */
};

/* The words of the fields that are not all capitals, for one question: how is this word written there? */
struct calm_word {
    struct na_text folded;
    uint64_t hash;
    bool small, capitals;
};
struct calm_words {
    struct calm_word *slots;
    size_t cap;
};

static struct calm_word *calm_slot(const struct calm_words *c, const struct na_word *w) {
    for (size_t i = w->hash & (c->cap - 1);; i = (i + 1) & (c->cap - 1)) {
        struct calm_word *s = &c->slots[i];
        if (!s->folded.len || (s->hash == w->hash && text_eq(text_of_na(s->folded), text_of_na(w->folded))))
            return s;
    }
}

static bool has_capital(struct text t) {
    const char *end = t.ptr + t.len;
    for (const char *p = t.ptr; p < end;) {
        uint32_t c;
        if ((signed char)*p >= 0) { /* most are */
            if (*p >= 'A' && *p <= 'Z') return true;
            p++;
            continue;
        }
        p += char_read(p, end, &c);
        if (char_class(c) & CHAR_UPPER) return true;
    }
    return false;
}

static struct calm_words calm_words(const struct na_field *fields, const struct field_case *cases, size_t n) {
    size_t words = 0;
    struct calm_words c = {.cap = 16};
    for (size_t i = 0; i < n; i++) words += cases[i].shouting ? 0 : fields[i].n_words;
    while (c.cap < words * 2) c.cap *= 2;
    c.slots = xcalloc(c.cap, sizeof *c.slots);
    for (size_t i = 0; i < n; i++) {
        if (cases[i].shouting) continue;
        for (size_t k = 0; k < fields[i].n_words; k++) {
            const struct na_word *w = &fields[i].words[k];
            if (!w->folded.len) continue;
            struct calm_word *s = calm_slot(&c, w);
            s->folded = w->folded;
            s->hash = w->hash;
            if (w->flags & NA_WORD_NO_SMALL)
                s->capitals = true;
            else
                s->small |= !has_capital(text_of_na(w->exact));
        }
    }
    return c;
}

/* In an all-capitals field an acronym counts unless the calm fields have the word in small letters and never
 * in capitals. */
static void judge_shouting(struct na_word *words, size_t n, const struct calm_words *calm) {
    for (size_t i = 0; i < n; i++) {
        if (!(words[i].flags & NA_WORD_NO_SMALL)) continue;
        const struct calm_word *s = calm_slot(calm, &words[i]);
        if (s->folded.len && s->small && !s->capitals) words[i].flags &= ~(uint32_t)NA_WORD_ACRONYM;
    }
}

static bool is_shouting(const struct na_word *words, size_t n) {
    size_t lettered = 0;
    for (size_t i = 0; i < n; i++) {
        if (words[i].flags & NA_WORD_NO_SMALL) {
            lettered++;
            continue;
        }
        struct text t = text_of_na(words[i].exact);
        const char *end = t.ptr + t.len;
        bool letter = false;
        for (const char *p = t.ptr; p < end;) {
            uint32_t c;
            if (*p >= 'a' && *p <= 'z') return false;
            p += char_read(p, end, &c);
            unsigned k = char_class(c);
            if (k & CHAR_LOWER) return false; /* soon found in nearly every text */
            letter |= (k & CHAR_LETTER) != 0;
        }
        lettered += letter;
    }
    return lettered >= 2;
}

struct na_item words_index(const struct item *item, struct text feed_name, struct text language,
                           struct arena *a) {
    struct na_item na = {
        .size = sizeof na,
        .field_stride = sizeof(struct na_field),
        .word_stride = sizeof(struct na_word),
        .published = item->published == TIME_NONE ? INT64_MIN : item->published / 1000,
        .feed = na_of_text(feed_name),
    };
    struct text lang = item->language.len ? item->language : language;
    const struct {
        uint64_t kind;
        struct text text;
    } single[] = {{NA_TITLE, item->title},   {NA_SUMMARY, item->summary}, {NA_CONTENT, item->content},
                  {NA_AUTHOR, item->author}, {NA_URL, item->url},         {NA_LANGUAGE, lang}};
    size_t most = sizeof single / sizeof *single + item->n_categories, n = 0;
    struct na_field *fields = arena_alloc(a, most * sizeof *fields);
    struct field_case *cases = arena_alloc(a, most * sizeof *cases);
    struct na_word **words = arena_alloc(a, most * sizeof *words);
    if (!fields || !cases || !words) return na;
    for (size_t i = 0; i < sizeof single / sizeof *single; i++) {
        if (i == 4) /* categories stand before url */
            for (size_t k = 0; k < item->n_categories; k++)
                if (item->categories[k].len)
                    fields[n++] = (struct na_field){NA_CATEGORY, k, na_of_text(item->categories[k]), NULL, 0};
        if (single[i].text.len || single[i].kind == NA_LANGUAGE) /* which a plugin may tell */
            fields[n++] = (struct na_field){single[i].kind, 0, na_of_text(single[i].text), NULL, 0};
    }
    bool shouting = false;
    for (size_t i = 0; i < n; i++) {
        if (fields[i].kind == NA_URL || fields[i].kind == NA_LANGUAGE) continue;
        fields[i].n_words = words_cut(text_of_na(fields[i].text), a, &words[i]);
        fields[i].words = words[i];
        cases[i].shouting = is_shouting(words[i], fields[i].n_words);
        shouting |= cases[i].shouting;
    }
    if (shouting) {
        struct calm_words calm = calm_words(fields, cases, n);
        for (size_t i = 0; i < n; i++)
            if (cases[i].shouting) judge_shouting(words[i], fields[i].n_words, &calm);
        free(calm.slots);
    }
    na.fields = fields;
    na.n_fields = n;
    return na;
}
