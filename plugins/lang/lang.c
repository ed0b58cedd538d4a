/* lang - the language of an item: lang:en, lang:pt-*, of the query language.
 *
 * The item's own tag counts, else its feed's; where neither says anything of use, title and summary are asked
 * (detect.h). Below the confidence of the option the language is unknown, and with it every lang: of that
 * item: neither lang:en nor NOT lang:en is then true. */
#include "newsalert_plugin.h"

#include "detect.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LONGEST_TAG = 40, /* RFC 5646 needs 35 */
    ASKED = 2000,     /* bytes of an item that are asked for its language: more makes it no surer */
    SHORT = 60        /* where title and summary have fewer, the content is asked, too */
};

struct self {
    const struct na_host *host;
    double confidence;
};
struct term {
    char pattern[LONGEST_TAG + 1]; /* plain form, with * */
};
struct set {
    struct term *terms;
    size_t n;
};

/* ---- tags ---- */

/* Codes that stand for one language: those that were replaced, and Norwegian's two. */
static const char *const aliases[][2] = {{"iw", "he"}, {"in", "id"}, {"ji", "yi"},
                                         {"jw", "jv"}, {"mo", "ro"}, {"nb", "no"}};

/* What people write, for the advice. */
static const char *const names[][2] = {
    {"arabic", "ar"},     {"bulgarian", "bg"}, {"chinese", "zh"},    {"croatian", "hr"}, {"czech", "cs"},
    {"danish", "da"},     {"dutch", "nl"},     {"english", "en"},    {"finnish", "fi"},  {"french", "fr"},
    {"german", "de"},     {"greek", "el"},     {"hebrew", "he"},     {"hindi", "hi"},    {"hungarian", "hu"},
    {"indonesian", "id"}, {"italian", "it"},   {"japanese", "ja"},   {"korean", "ko"},   {"norwegian", "no"},
    {"persian", "fa"},    {"polish", "pl"},    {"portuguese", "pt"}, {"romanian", "ro"}, {"russian", "ru"},
    {"serbian", "sr"},    {"spanish", "es"},   {"swedish", "sv"},    {"thai", "th"},     {"turkish", "tr"},
    {"ukrainian", "uk"},  {"vietnamese", "vi"}};

static bool is_letter(char c) {
    return c >= 'a' && c <= 'z';
}

/* In small letters, with - between the parts, old codes replaced. False: it is too long, or has other
 * characters (* goes with `star`). */
static bool plain_form(struct na_text t, bool star, char out[LONGEST_TAG + 1]) {
    size_t n = 0;
    while (t.len && (*t.ptr == ' ' || *t.ptr == '\n')) t.ptr++, t.len--;
    while (t.len && (t.ptr[t.len - 1] == ' ' || t.ptr[t.len - 1] == '\n')) t.len--;
    if (!t.len || t.len > LONGEST_TAG) return false;
    for (size_t i = 0; i < t.len; i++) {
        char c = t.ptr[i];
        if (c >= 'A' && c <= 'Z') c |= 0x20;
        if (c == '_') c = '-';
        if (!is_letter(c) && !(c >= '0' && c <= '9') && c != '-' && !(star && c == '*')) return false;
        out[n++] = c;
    }
    out[n] = '\0';
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (!strncmp(out, aliases[i][0], 2) && (!out[2] || out[2] == '-')) memcpy(out, aliases[i][1], 2);
    return true;
}

/* Does it begin with a code of two or three letters that names a language? */
static bool names_language(const char *tag) {
    size_t n = 0;
    while (is_letter(tag[n])) n++;
    if (n < 2 || n > 3 || (tag[n] && tag[n] != '-')) return false;
    return n == 2 || (strncmp(tag, "und", 3) && strncmp(tag, "mul", 3) && strncmp(tag, "zxx", 3) &&
                      strncmp(tag, "mis", 3));
}

/* Does the pattern fit the first len bytes of the tag? Goes back to the last star only, which is enough. */
static bool fits(const char *p, const char *tag, size_t len) {
    const char *end = tag + len, *star = NULL, *again = NULL;
    while (tag < end) {
        if (*p == '*') {
            star = ++p;
            again = tag;
        } else if (*p == *tag) {
            p++, tag++;
        } else if (star) {
            p = star;
            tag = ++again;
        } else {
            return false;
        }
    }
    while (*p == '*') p++;
    return !*p;
}

/* en is true of en-GB, too: the pattern fits the tag, or what stands before one of its hyphens. */
static bool is_of(const char *pattern, const char *tag) {
    for (size_t i = 0;; i++) {
        if ((!tag[i] || tag[i] == '-') && fits(pattern, tag, i)) return true;
        if (!tag[i]) return false;
    }
}

/* ---- life ---- */

static int lang_open(const struct na_host *host, void **ret_self) {
    struct self *s = calloc(1, sizeof *s);
    if (!s) return NA_FAIL;
    s->host = host;
    s->confidence = strtod(host->option(host->ctx, "confidence"), NULL);
    *ret_self = s;
    return NA_OK;
}

static void lang_close(void *self) {
    free(self);
}

static void lang_release(void *self, void *set) {
    struct set *s = set;
    (void)self;
    if (!s) return;
    free(s->terms);
    free(s);
}

static void refuse(const struct na_compile *c, const struct na_term *t, const char *plain) {
    char why[160];
    for (size_t i = 0; plain && i < sizeof names / sizeof *names; i++)
        if (!strcmp(names[i][0], plain)) {
            snprintf(why, sizeof why, "languages go by their codes: write lang:%s", names[i][1]);
            c->bad_term(c->ctx, t->id, 0, t->value.len, why);
            return;
        }
    c->bad_term(c->ctx, t->id, 0, t->value.len,
                "a language is a code such as en or pt-BR; * stands for the rest");
}

static int lang_compile(void *self, const struct na_compile *c, void **ret_set) {
    struct set *s = calloc(1, sizeof *s);
    (void)self;
    if (!s) return NA_FAIL;
    s->n = c->n_terms;
    s->terms = calloc(s->n + 1, sizeof *s->terms);
    for (size_t i = 0; s->terms && i < c->n_terms; i++) {
        const struct na_term *t = NA_AT(const struct na_term, c->terms, c->term_stride, i);
        char *pattern = t->id < s->n ? s->terms[t->id].pattern : NULL;
        if (!pattern) continue;
        bool plain = plain_form(t->value, true, pattern);
        if (t->suffix.len)
            c->bad_term(c->ctx, t->id, 0, t->value.len,
                        "a language has no part behind a slash: write lang:pt-BR");
        else if (!plain || (!strchr(pattern, '*') && !names_language(pattern)))
            refuse(c, t, plain ? pattern : NULL);
    }
    if (!s->terms) {
        lang_release(self, s);
        return NA_FAIL;
    }
    *ret_set = s;
    return NA_OK;
}

/* ---- match ---- */

/* Text to ask: title and summary, and the content where they are short. Returns its bytes. */
static size_t text_to_ask(const struct na_item *item, char out[ASKED]) {
    static const uint64_t kinds[] = {NA_TITLE, NA_SUMMARY, NA_CONTENT};
    size_t n = 0;
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < item->n_fields; i++) {
            const struct na_field *f = NA_AT(const struct na_field, item->fields, item->field_stride, i);
            if (f->kind != kinds[k] || (k == 2 && n >= SHORT)) continue;
            size_t len = f->text.len < ASKED - n ? f->text.len : ASKED - n;
            while (len && len < f->text.len && ((unsigned char)f->text.ptr[len] & 0xC0) == 0x80) len--;
            memcpy(out + n, f->text.ptr, len);
            n += len;
            if (len && n < ASKED) out[n++] = '\n';
        }
    return n;
}

/* The item's language in plain form; false: unknown. */
static bool language_of(const struct self *self, const struct na_item *item, char out[LONGEST_TAG + 1],
                        double *ret_confidence, bool *ret_detected) {
    char text[ASKED];
    *ret_detected = false;
    *ret_confidence = 1;
    for (size_t i = 0; i < item->n_fields; i++) {
        const struct na_field *f = NA_AT(const struct na_field, item->fields, item->field_stride, i);
        if (f->kind == NA_LANGUAGE && plain_form(f->text, false, out) && names_language(out)) return true;
    }
    *ret_detected = true;
    const char *tag = detect_language(text, (int)text_to_ask(item, text), ret_confidence);
    if (!tag || *ret_confidence < self->confidence) return false;
    return plain_form((struct na_text){tag, strlen(tag)}, false, out);
}

static int lang_match(void *self, const void *set, const struct na_item *item, const struct na_match *match) {
    const struct set *s = set;
    char tag[LONGEST_TAG + 1], note[LONGEST_TAG + 40];
    double confidence;
    bool detected;
    if (!s) return NA_OK;
    if (!language_of(self, item, tag, &confidence, &detected)) {
        for (size_t i = 0; i < s->n; i++)
            match->unknown(match->ctx, i, "the item names no language, and its text does not tell it surely");
        return NA_OK;
    }
    int len = detected ? snprintf(note, sizeof note, "%s, told from the text (%.2f)", tag, confidence)
                       : snprintf(note, sizeof note, "%s", tag);
    if (match->flags & NA_MATCH_EXPLAIN)
        match->note(match->ctx, NA_NONE, NA_LANGUAGE, 0, 0, 0, "language",
                    (struct na_text){note, (size_t)len});
    for (size_t i = 0; i < s->n; i++)
        if (is_of(s->terms[i].pattern, tag) && match->emit(match->ctx, i, NA_LANGUAGE, 0, 0, 0, confidence))
            break;
    return NA_OK;
}

static const struct na_option options[] = {
    {"confidence", "real 0..1", "0.7",
     "below this share of certainty a language told from the text is unknown"},
    {NULL, NULL, NULL, NULL},
};
static const char *const prefixes[] = {"lang", NULL};
static const struct na_matcher matcher = {sizeof matcher, prefixes, lang_compile, lang_match, lang_release};
static const struct na_plugin plugin = {
    .size = sizeof plugin,
    .name = "lang",
    .version = "0.1.0",
    .license = "Apache-2.0",
    .summary = "the language of an item, also told from its text",
    .options = options,
    .option_stride = sizeof *options,
    .open = lang_open,
    .close = lang_close,
    .matcher = &matcher,
};

const struct na_plugin *newsalert_plugin_1(void) {
    return &plugin;
}
