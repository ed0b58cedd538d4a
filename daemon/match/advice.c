#include "match/advice.h"

#include "item/fold.h"

static size_t digits_at(struct text t, size_t from) {
    size_t i = from;
    while (i < t.len && t.ptr[i] >= '0' && t.ptr[i] <= '9') i++;
    return i - from;
}

/* Words that are an operator elsewhere, whole. Small letters would be searched for, and so never fire. */
static const struct {
    const char *word, *why;
    bool nocase;
} whole[] = {
    {"and", "operators are written in capitals: write AND, or \"and\" for the word", true},
    {"or", "operators are written in capitals: write OR, or \"or\" for the word", true},
    {"not", "operators are written in capitals: write NOT, or \"not\" for the word", true},
    {"&&", "\"&&\" is another language's: write AND", false},
    {"&", "\"&\" alone is no word: write AND, or nothing (words side by side are joined by AND)", false},
    {"||", "\"||\" is another language's: write OR", false},
    {"|", "\"|\" is another language's: write OR", false},
    {"!", "\"!\" is another language's: write NOT", false},
    {"+", "\"+\" alone is no word: all words are wanted anyway", false},
    {"NEAR", "NEAR lacks its distance: write NEAR/5", false},
    {"ONEAR", "ONEAR lacks its distance: write ONEAR/5", false},
};

/* An operator with a distance: name, slash, digits, perhaps one more letter. */
static const struct {
    const char *name, *here;
    bool ours;
} distance[] = {
    {"NEAR/", "NEAR/", true}, {"ONEAR/", "ONEAR/", true}, {"W/", "NEAR/", false},
    {"/", "NEAR/", false},    {"PRE/", "ONEAR/", false},
};

static const char *distance_advice(struct text w, struct arena *a) {
    for (size_t i = 0; i < sizeof distance / sizeof *distance; i++) {
        struct text name = text_of(distance[i].name);
        if (w.len <= name.len || !text_eq_nocase((struct text){w.ptr, name.len}, name)) continue;
        size_t n = digits_at(w, name.len), rest = w.len - name.len - n;
        if (!n || rest > 1 || (rest && (w.ptr[w.len - 1] | 0x20) != 'f')) continue;
        struct text number = {w.ptr + name.len, n};
        const char *here = rest ? "ONEAR/" : distance[i].here;
        if (!distance[i].ours || rest)
            return arena_printf(a, "\"%.*s\" is another language's: write %s%.*s", TEXT_ARGS(w), here,
                                TEXT_ARGS(number));
        if (!text_starts(w, name))
            return arena_printf(a,
                                "operators are written in capitals: write %s%.*s, or \"%.*s\" for the words",
                                here, TEXT_ARGS(number), TEXT_ARGS(w));
        return arena_printf(a,
                            "%.*s stands where a word should; to search for the words, quote them: \"%.*s\"",
                            TEXT_ARGS(w), TEXT_ARGS(w));
    }
    return NULL;
}

/* Where ~, ~2, ^2 begin at the end of a word; 0: not there. */
static size_t modifier_at(struct text w) {
    size_t i = w.len;
    while (i && ((w.ptr[i - 1] >= '0' && w.ptr[i - 1] <= '9') || w.ptr[i - 1] == '.')) i--;
    if (i < 2) return 0;
    char c = w.ptr[i - 1];
    return c == '~' || (c == '^' && i < w.len) ? i - 1 : 0;
}

static bool has(struct text w, const char *what) {
    return memmem(w.ptr, w.len, what, strlen(what)) != NULL;
}

const char *advice_for_word(struct text w, char next, struct arena *a) {
    if (text_eqs(w, "AND") || text_eqs(w, "OR") || text_eqs(w, "NOT")) /* behind a prefix */
        return arena_printf(a, "%.*s stands where a word should; to search for the word, quote it: \"%.*s\"",
                            TEXT_ARGS(w), TEXT_ARGS(w));
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        struct text name = text_of(whole[i].word);
        if (whole[i].nocase ? text_eq_nocase(w, name) : text_eq(w, name)) return whole[i].why;
    }
    if (next == '(' && text_eqs(w, "AROUND")) return "AROUND(5) is another language's: write NEAR/5";
    const char *why = distance_advice(w, a);
    if (why) return why;
    bool ordered = text_starts(w, TEXT("ONEAR/"));
    if (ordered || text_starts(w, TEXT("NEAR/")))
        return arena_printf(a,
                            "a distance is a number from 0 to 99: write %s/5; to search for the words, quote "
                            "them: \"%.*s\"",
                            ordered ? "ONEAR" : "NEAR", TEXT_ARGS(w));
    if (has(w, "&&")) return "\"&&\" is another language's: write AND, with white space around it";
    if (has(w, "|")) return "\"|\" is another language's: write OR, with white space around it";
    if (w.len > 1 && w.ptr[0] == '!')
        return arena_printf(a, "\"!\" is another language's: write NOT %.*s",
                            TEXT_ARGS(((struct text){w.ptr + 1, w.len - 1})));
    if (w.len > 1 && w.ptr[0] == '+')
        return arena_printf(a, "\"+\" is another language's: write %.*s (all words are wanted anyway)",
                            TEXT_ARGS(((struct text){w.ptr + 1, w.len - 1})));
    if (w.len == 1 && (next == '(' || next == '"') && *w.ptr == '!')
        return "\"!\" is another language's: write NOT";
    uint32_t c;
    size_t len = char_read(w.ptr, w.ptr + w.len, &c);
    bool dash = (c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == 0xFF0D;
    if (dash && (w.len > len || next == '(' || next == '"'))
        return arena_printf(a, "a dash that an editor made of -: write -%.*s",
                            TEXT_ARGS(((struct text){w.ptr + len, w.len - len})));
    size_t at = modifier_at(w);
    if (at)
        return arena_printf(a, "\"%.*s\" is another language's: write %.*s",
                            TEXT_ARGS(((struct text){w.ptr + at, w.len - at})), (int)at, w.ptr);
    return NULL;
}

const char *advice_after_quote(struct text w, struct arena *a) {
    size_t n = digits_at(w, 1);
    if (w.len && w.ptr[0] == '~')
        return arena_printf(a, "\"…\"~%.*s is another language's: write a NEAR/%.*s b", n ? (int)n : 1,
                            n ? w.ptr + 1 : "5", n ? (int)n : 1, n ? w.ptr + 1 : "5");
    if (w.len && w.ptr[0] == '^') return "\"…\"^2 is another language's: write the phrase without ^";
    return NULL;
}

const char *advice_for_prefix(struct text prefix) {
    static const struct {
        const char *there, *here;
    } list[] = {
        {"site", "url"},         {"inurl", "url"},     {"allinurl", "url"},
        {"link", "url"},         {"intitle", "title"}, {"headline", "title"},
        {"allintitle", "title"}, {"hd", "title"},      {"language", "lang"},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        if (text_eq_nocase(prefix, text_of(list[i].there))) return list[i].here;
    return NULL;
}
