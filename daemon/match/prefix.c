#include "match/prefix.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/problem.h"
#include "item/fold.h"
#include "match/advice.h"

static const struct {
    const char *name;
    enum prefix_kind kind;
    uint64_t fields;
    enum filter_kind filter;
} own_prefixes[] = {
    {"title", PREFIX_FIELD, NA_FIELD(NA_TITLE), 0},
    {"summary", PREFIX_FIELD, NA_FIELD(NA_SUMMARY), 0},
    {"content", PREFIX_FIELD, NA_FIELD(NA_CONTENT), 0},
    {"author", PREFIX_FIELD, NA_FIELD(NA_AUTHOR), 0},
    {"category", PREFIX_FIELD, NA_FIELD(NA_CATEGORY), 0},
    {"feed", PREFIX_FILTER, 0, FILTER_FEED},
    {"tag", PREFIX_FILTER, 0, FILTER_TAG},
    {"url", PREFIX_FILTER, 0, FILTER_URL},
};
enum { N_OWN_PREFIXES = sizeof own_prefixes / sizeof *own_prefixes };

/* Of the language, but of plugins that a build may lack. */
static const char *const later_prefixes[] = {"lang", "regex"};

bool prefix_of_plugin(const struct parser *p, struct text name) {
    return p->prefixes && p->prefixes->known && name.len && p->prefixes->known(p->prefixes->ctx, name);
}

static bool later_prefix(struct text name) {
    for (size_t i = 0; i < sizeof later_prefixes / sizeof *later_prefixes; i++)
        if (text_eq_nocase(name, text_of(later_prefixes[i]))) return true;
    return false;
}

static struct prefix own_prefix(struct text name, size_t at) {
    for (size_t i = 0; i < N_OWN_PREFIXES; i++)
        if (text_eq_nocase(name, text_of(own_prefixes[i].name)))
            return (struct prefix){own_prefixes[i].kind, own_prefixes[i].fields, own_prefixes[i].filter,
                                   text_of(own_prefixes[i].name), at};
    return (struct prefix){.kind = PREFIX_NONE, .name = name, .at = at};
}

bool prefix_known(const struct parser *p, struct text name) {
    return own_prefix(name, 0).kind != PREFIX_NONE || prefix_of_plugin(p, name) || later_prefix(name);
}

struct text prefix_at(const struct parser *p, size_t at) {
    size_t end = at, len;
    uint32_t c;
    while ((len = parser_read(p, end, &c)) && (char_class(c) & (CHAR_LETTER | CHAR_MARK))) end += len;
    if (end == at || parser_char(p, end) != ':') return TEXT_NONE;
    return (struct text){p->text.ptr + at, end - at};
}

void prefix_unknown(struct parser *p, size_t at, struct text name) {
    const char *names[N_OWN_PREFIXES + LIMIT_PLUGINS];
    size_t n = 0;
    for (size_t i = 0; i < N_OWN_PREFIXES; i++) names[n++] = own_prefixes[i].name;
    for (size_t i = 0; p->prefixes && i < p->prefixes->n_names && n < sizeof names / sizeof *names; i++)
        if (*p->prefixes->names[i]) names[n++] = p->prefixes->names[i];
    const char *here = advice_for_prefix(name);
    struct text word = parser_word(p, at);
    if (here) {
        wrong(p, at, "\"%.*s:\" is another language's: write %s:", TEXT_ARGS(name), here);
    } else if (text_eq_nocase(name, TEXT("http")) || text_eq_nocase(name, TEXT("https"))) {
        wrong(p, at, "addresses in a text are not searched: write url: and a piece of the item's address");
    } else {
        AUTOFREE char *copy = xstrndup(name.ptr, name.len);
        const char *near = problem_nearest(copy, names, n);
        wrong(p, at, "there is no prefix \"%s:\"%s%s%s; to search for it, quote it: \"%.*s\"", copy,
              near ? " (did you mean " : "", near ? near : "", near ? ":?)" : "", TEXT_ARGS(word));
    }
}

struct prefix prefix_resolve(struct parser *p, size_t at, struct text name) {
    struct prefix px = own_prefix(name, at);
    if (px.kind != PREFIX_NONE) return px;
    px.kind = PREFIX_PLUGIN;
    if (prefix_of_plugin(p, name)) return px;
    px.kind = PREFIX_BROKEN;
    if (later_prefix(name))
        wrong(p, at,
              "%.*s: needs the plugin \"%.*s\", which is not there: it was left out of this build, or not "
              "installed",
              TEXT_ARGS(name), TEXT_ARGS(name));
    else
        prefix_unknown(p, at, name);
    return px;
}
