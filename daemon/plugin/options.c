#include "plugin/options.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/time.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* ---- types ---------------------------------------------------------------------------------------------
 * A type is a word and what follows it: "int 1..500", "one-of a|b". One row each: `declared` checks the
 * rest of the declaration, `read` turns a written value into the one spelling that plugins see (NULL: it does
 * not fit), `wants` says what would fit, for people. */
struct type {
    const char *name;
    bool (*declared)(const char *rest);
    char *(*read)(const char *rest, const char *value, const char *file);
    char *(*wants)(const char *rest);
};

static bool no_rest(const char *rest) {
    return !*rest;
}

static char *text_read(const char *rest, const char *value, const char *file) {
    (void)rest, (void)file;
    return xstrdup(value);
}
static char *text_wants(const char *rest) {
    (void)rest;
    return xstrdup("a text");
}

static const struct {
    const char *name, *value;
} bools[] = {{"yes", "yes"}, {"no", "no"}, {"true", "yes"}, {"false", "no"}, {"on", "yes"}, {"off", "no"}};

static char *bool_read(const char *rest, const char *value, const char *file) {
    (void)rest, (void)file;
    for (size_t i = 0; i < sizeof bools / sizeof *bools; i++)
        if (!strcasecmp(value, bools[i].name)) return xstrdup(bools[i].value);
    return NULL;
}
static char *bool_wants(const char *rest) {
    (void)rest;
    return xstrdup("yes or no");
}

/* A whole number and nothing else. */
static int int_of(const char *s, const char *end, long long *ret) {
    char *stop;
    if (s == end || text_is_space(*s)) return -1;
    errno = 0;
    long long v = strtoll(s, &stop, 10);
    if (errno || stop != end) return -1;
    *ret = v;
    return 0;
}
/* By a copy, since strtod would read the first dot of "0..1" as well. */
static int real_of(const char *s, const char *end, double *ret) {
    AUTOFREE char *copy = xstrndup(s, (size_t)(end - s));
    char *stop;
    if (!*copy || copy[strspn(copy, "+-.0123456789eE")]) return -1;
    errno = 0;
    double v = strtod(copy, &stop);
    if (errno || *stop) return -1;
    *ret = v;
    return 0;
}

static bool int_range(const char *rest, long long *ret_min, long long *ret_max) {
    const char *dots = strstr(rest, "..");
    *ret_min = LLONG_MIN, *ret_max = LLONG_MAX;
    if (!*rest) return true;
    return dots && !int_of(rest, dots, ret_min) && !int_of(dots + 2, dots + strlen(dots), ret_max) &&
           *ret_min <= *ret_max;
}
static bool int_declared(const char *rest) {
    long long min, max;
    return int_range(rest, &min, &max);
}
static char *int_read(const char *rest, const char *value, const char *file) {
    (void)file;
    long long v, min, max;
    if (!int_range(rest, &min, &max) || int_of(value, value + strlen(value), &v) || v < min || v > max)
        return NULL;
    return xasprintf("%lld", v);
}
static char *range_wants(const char *what, const char *rest) {
    const char *dots = strstr(rest, "..");
    if (!dots) return xstrdup(what);
    return xasprintf("%s from %.*s to %s", what, (int)(dots - rest), rest, dots + 2);
}
static char *int_wants(const char *rest) {
    return range_wants("a whole number", rest);
}

static bool real_range(const char *rest, double *ret_min, double *ret_max) {
    const char *dots = strstr(rest, "..");
    *ret_min = -__DBL_MAX__, *ret_max = __DBL_MAX__;
    if (!*rest) return true;
    return dots && !real_of(rest, dots, ret_min) && !real_of(dots + 2, dots + strlen(dots), ret_max) &&
           *ret_min <= *ret_max;
}
static bool real_declared(const char *rest) {
    double min, max;
    return real_range(rest, &min, &max);
}
static char *real_read(const char *rest, const char *value, const char *file) {
    (void)file;
    double v, min, max;
    if (!real_range(rest, &min, &max) || real_of(value, value + strlen(value), &v) || v < min || v > max)
        return NULL;
    return xstrdup(value);
}
static char *real_wants(const char *rest) {
    return range_wants("a number", rest);
}

static char *duration_read(const char *rest, const char *value, const char *file) {
    (void)rest, (void)file;
    int64_t ms;
    return duration_parse(text_of(value), &ms) ? NULL : xasprintf("%lld", (long long)ms);
}
static char *duration_wants(const char *rest) {
    (void)rest;
    return xstrdup("a duration such as 90s, 5m or 1h30m");
}

static const struct {
    const char *name;
    int shift;
} size_units[] = {{"", 0}, {"B", 0}, {"KiB", 10}, {"MiB", 20}};

static char *size_read(const char *rest, const char *value, const char *file) {
    (void)rest, (void)file;
    long long n;
    size_t digits = strspn(value, "0123456789");
    if (int_of(value, value + digits, &n)) return NULL;
    const char *unit = value + digits;
    while (text_is_space(*unit)) unit++;
    for (size_t i = 0; i < sizeof size_units / sizeof *size_units; i++)
        if (!strcasecmp(unit, size_units[i].name) && n <= LLONG_MAX >> size_units[i].shift)
            return xasprintf("%lld", n << size_units[i].shift);
    return NULL;
}
static char *size_wants(const char *rest) {
    (void)rest;
    return xstrdup("a size such as 4096, 64 KiB or 2 MiB");
}

/* Relative to the file that says so, as all paths of a configuration. */
static char *path_read(const char *rest, const char *value, const char *file) {
    (void)rest;
    if (*value == '/') return xstrdup(value);
    if (value[0] == '~' && value[1] == '/' && getenv("HOME"))
        return xasprintf("%s%s", getenv("HOME"), value + 1);
    const char *slash = file ? strrchr(file, '/') : NULL;
    AUTOFREE char *folder = slash ? xstrndup(file, (size_t)(slash - file)) : xstrdup(".");
    if (*folder == '/') return xasprintf("%s/%s", folder, value);
    AUTOFREE char *real = realpath(*folder ? folder : "/", NULL);
    return real ? xasprintf("%s/%s", real[1] ? real : "", value) : NULL;
}
static char *path_wants(const char *rest) {
    (void)rest;
    return xstrdup("a path");
}

/* The i-th of "a|b|c", NULL behind the last; caller frees. */
static char *choice_at(const char *rest, size_t i) {
    for (; i && *rest; i--) {
        rest += strcspn(rest, "|");
        if (!*rest) return NULL;
        rest++;
    }
    return xstrndup(rest, strcspn(rest, "|"));
}
static bool one_of_declared(const char *rest) {
    bool all = *rest != '\0';
    for (size_t i = 0; all; i++) {
        AUTOFREE char *choice = choice_at(rest, i);
        if (!choice) break;
        all = *choice;
    }
    return all;
}
static char *one_of_read(const char *rest, const char *value, const char *file) {
    (void)file;
    for (size_t i = 0;; i++) {
        AUTOFREE char *choice = choice_at(rest, i);
        if (!choice) return NULL;
        if (!strcasecmp(choice, value)) return steal(&choice);
    }
}
static char *one_of_wants(const char *rest) {
    struct buf b;
    buf_init(&b, 4096);
    buf_adds(&b, "one of ");
    for (const char *c = rest; *c; c++) buf_adds(&b, *c == '|' ? ", " : (char[]){*c, '\0'});
    return buf_steal(&b);
}

static const struct type types[] = {
    {"text", no_rest, text_read, text_wants},
    {"bool", no_rest, bool_read, bool_wants},
    {"int", int_declared, int_read, int_wants},
    {"real", real_declared, real_read, real_wants},
    {"duration", no_rest, duration_read, duration_wants},
    {"size", no_rest, size_read, size_wants},
    {"path", no_rest, path_read, path_wants},
    {"one-of", one_of_declared, one_of_read, one_of_wants},
};

/* The row of a declared type, and what follows its word. NULL: there is no such type. */
static const struct type *type_of(const char *declared, const char **ret_rest) {
    size_t len = strcspn(declared, " ");
    const char *rest = declared + len;
    while (*rest == ' ') rest++;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strlen(types[i].name) == len && !memcmp(types[i].name, declared, len) &&
            types[i].declared(rest)) {
            *ret_rest = rest;
            return &types[i];
        }
    return NULL;
}

/* ---- declarations -------------------------------------------------------------------------------------- */

static const struct na_option *option_at(const struct na_option *options, size_t stride, size_t i) {
    return options ? NA_AT(const struct na_option, options, stride, i) : NULL;
}
/* The i-th, or NULL behind the last. */
static const struct na_option *option_next(const struct na_option *options, size_t stride, size_t i) {
    const struct na_option *o = option_at(options, stride, i);
    return o && o->name ? o : NULL;
}

static char *option_fault(const struct na_option *o) {
    const char *rest;
    size_t n = strspn(o->name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    if (!n || o->name[n] || n > 64)
        return xasprintf("its option \"%.64s\" is not named by small letters, digits and _", o->name);
    if (!o->type || !o->help) return xasprintf("its option %s lacks a type or a help text", o->name);
    const struct type *t = type_of(o->type, &rest);
    if (!t)
        return xasprintf("its option %s has a type that this newsalertd does not know: \"%.100s\"", o->name,
                         o->type);
    if (!o->preset || !*o->preset) return NULL;
    AUTOFREE char *value = t->read(rest, o->preset, "/");
    return value ? NULL
                 : xasprintf("the default of its option %s, \"%.100s\", is no %.100s", o->name, o->preset,
                             o->type);
}

char *options_fault(const struct na_option *options, size_t stride) {
    if (!options) return NULL;
    if (stride < sizeof *options || stride % _Alignof(struct na_option))
        return xasprintf("its option_stride is %zu, at least %zu is needed", stride, sizeof *options);
    const struct na_option *o;
    for (size_t i = 0; (o = option_next(options, stride, i)); i++) {
        char *fault = option_fault(o);
        if (fault) return fault;
        for (size_t k = 0; k < i; k++)
            if (!strcmp(option_at(options, stride, k)->name, o->name))
                return xasprintf("it declares the option %s twice", o->name);
    }
    return NULL;
}

/* ---- values -------------------------------------------------------------------------------------------- */

const char *option_set_get(const struct option_set *s, const char *name) {
    for (size_t i = 0; i < s->n; i++)
        if (!strcmp(s->list[i].name, name)) return s->list[i].value;
    return NULL;
}

void option_set_clear(struct option_set *s) {
    for (size_t i = 0; i < s->n; i++) free(s->list[i].value);
    free(s->list);
    *s = (struct option_set){0};
}

static void unknown_key(const struct option_value *v, const struct na_option *options, size_t stride,
                        const struct option_section *section, struct problems *problems) {
    const char **names = NULL;
    size_t n = 0, cap = 0;
    struct buf all;
    buf_init(&all, 4096);
    const struct na_option *o;
    for (size_t i = 0; (o = option_next(options, stride, i)); i++) {
        GROW(names, n, cap);
        names[n++] = o->name;
        buf_addf(&all, "%s%s", i ? ", " : "", o->name);
    }
    for (size_t i = 0; i < section->n_others; i++) {
        GROW(names, n, cap);
        names[n++] = section->others[i];
    }
    const char *near = problem_nearest(v->key, names, n);
    if (near)
        problem_error(problems, v->at.file, v->at.line, "%s has no option \"%s\"; did you mean %s?",
                      section->name, v->key, near);
    else if (all.len)
        problem_error(problems, v->at.file, v->at.line, "%s has no option \"%s\"; it has %s", section->name,
                      v->key, buf_str(&all));
    else
        problem_error(problems, v->at.file, v->at.line, "%s has no option \"%s\", nor any other",
                      section->name, v->key);
    buf_clear(&all);
    free(names);
}

/* The one value of an option; a second one is an error. NULL: none. */
static const struct option_value *value_of(const struct option_values *values, const char *name,
                                           struct problems *problems) {
    const struct option_value *found = NULL;
    for (size_t i = 0; values && i < values->n; i++) {
        const struct option_value *v = &values->list[i];
        if (strcasecmp(v->key, name) != 0) continue;
        if (found)
            problem_error(problems, v->at.file, v->at.line, "%s stands here and in line %u: say it once",
                          name, found->at.line);
        else
            found = v;
    }
    return found;
}

/* Of an option whose declaration is sound (option_fault), or its plugin would not be there. */
static const struct type *known_type_of(const struct na_option *o, const char **ret_rest) {
    const struct type *t = type_of(o->type, ret_rest);
    if (!t) abort();
    return t;
}

/* The checked value, or NULL with an error in the list. */
static char *read_value(const struct na_option *o, const struct option_value *v, struct problems *problems) {
    const char *rest = "";
    const struct type *t = known_type_of(o, &rest);
    char *value = *v->value || t->read == text_read ? t->read(rest, v->value, v->at.file) : NULL;
    if (value) return value;
    AUTOFREE char *wants = t->wants(rest);
    if (*v->value)
        problem_error(problems, v->at.file, v->at.line, "%s = %.200s: this must be %s", o->name, v->value,
                      wants);
    else
        problem_error(problems, v->at.file, v->at.line, "%s has no value: it must be %s", o->name, wants);
    return NULL;
}

/* A default reads as if it stood in the file. It was checked when the plugin was loaded. */
static char *preset_value(const struct na_option *o, const char *file) {
    const char *rest = "";
    const struct type *t = known_type_of(o, &rest);
    return t->read(rest, o->preset, file ? file : "/");
}

static char *read_preset(const struct na_option *o, const struct option_section *section,
                         struct problems *problems) {
    if (o->preset) return *o->preset ? preset_value(o, section->at.file) : xstrdup("");
    if (section->is_there)
        problem_error(problems, section->at.file, section->at.line, "%s needs %s: %s", section->name, o->name,
                      o->help);
    else
        problem_error(problems, section->at.file, section->at.line, "a section %s with %s = … is needed: %s",
                      section->name, o->name, o->help);
    return NULL;
}

static bool is_declared(const struct na_option *options, size_t stride, const char *key) {
    const struct na_option *o;
    for (size_t i = 0; (o = option_next(options, stride, i)); i++)
        if (!strcasecmp(o->name, key)) return true;
    return false;
}

int options_read(const struct na_option *options, size_t stride, const struct option_values *values,
                 const struct option_section *section, struct problems *problems, struct option_set *ret) {
    struct option_set set = {0};
    size_t cap = 0, before = problems->errors;
    const struct na_option *o;
    for (size_t i = 0; (o = option_next(options, stride, i)); i++) {
        const struct option_value *v = value_of(values, o->name, problems);
        char *value = v ? read_value(o, v, problems) : read_preset(o, section, problems);
        if (!value) continue;
        GROW(set.list, set.n, cap);
        set.list[set.n++] = (struct option_setting){o->name, value};
    }
    for (size_t i = 0; values && i < values->n; i++)
        if (!is_declared(options, stride, values->list[i].key))
            unknown_key(&values->list[i], options, stride, section, problems);
    if (problems->errors == before) {
        *ret = set;
        return 0;
    }
    option_set_clear(&set);
    return -1;
}
