#include "config/build.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"
#include "base/url.h"
#include "config/check.h"
#include "config/secret.h"
#include "config/value.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

/* ---- the working set ---- */

void build_init(struct build *b, struct config_whole *whole, struct raw *raw, enum config_use use,
                struct problems *problems) {
    *b = (struct build){.whole = whole, .raw = raw, .problems = problems, .use = use};
    b->rows = config_keys(&b->n_rows);
    b->seen = xcalloc(b->n_rows, sizeof *b->seen);
    for (size_t i = 0, s = 0; s <= N_KEY_SECTIONS; s++) {
        b->first_row[s] = i;
        while (s < N_KEY_SECTIONS && i < b->n_rows && b->rows[i].section == s) i++;
    }
}

void build_clear(struct build *b) {
    free(b->seen);
    free(b->lists);
    *b = (struct build){0};
}

static void *build_alloc(struct build *b, size_t size) {
    void *p = arena_alloc(&b->whole->arena, size);
    if (!p) out_of_memory(size);
    return p;
}

char *build_text(struct build *b, struct text t) {
    char *s = build_alloc(b, t.len + 1);
    if (t.len) memcpy(s, t.ptr, t.len);
    return s;
}

void build_problem(struct build *b, enum severity severity, const struct raw_section *s,
                   const struct raw_key *key, const char *format, ...) {
    AUTOFREE char *what = NULL;
    va_list args;
    va_start(args, format);
    if (vasprintf(&what, format, args) < 0) out_of_memory(0);
    va_end(args);
    const struct raw_file *file = key ? key->file : s ? s->file : b->raw->files[0];
    AUTOFREE char *of = s && s->name.len
                            ? xasprintf("%.*s \"%.*s\": ", TEXT_ARGS(s->kind), TEXT_ARGS(s->name))
                        : s ? xasprintf("%.*s: ", TEXT_ARGS(s->kind))
                            : xstrdup("");
    struct text name = key ? key->name : TEXT_NONE;
    problems_add(b->problems, severity, file->name,
                 key ? key->line
                 : s ? s->line
                     : 0,
                 "%s%.*s%s%s", of, TEXT_ARGS(name), key ? ": " : "", what);
}

const struct raw_key *build_key(const struct build *b, const struct raw_section *s, const char *name) {
    const struct raw_key *k = s ? b->raw->keys.list + s->first : b->raw->top.list;
    for (const struct raw_key *end = k + (s ? s->n : b->raw->top.n); k < end; k++)
        if (k->row && !strcmp(k->row->name, name)) return k;
    return NULL;
}

void build_file_check(struct build *b, const struct raw_section *s, const char *name, const char *path) {
    if (path && access(path, R_OK) < 0)
        build_problem(b, SEVERITY_WARNING, s, build_key(b, s, name), "cannot read %s: %s", path,
                      strerror(errno));
}

/* ---- storing ---- */

static void strings_add(struct build *b, struct strings *l, struct text t) {
    if (l->n == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : 4;
        char **list = build_alloc(b, cap * sizeof *list);
        if (l->n) memcpy(list, l->list, l->n * sizeof *list);
        l->list = list;
        l->cap = cap;
    }
    l->list[l->n++] = build_text(b, t);
}

static void store_list(struct build *b, const struct config_key *row, const char *folder, struct text value,
                       struct strings *into) {
    if (row->type == KEY_LINES) {
        strings_add(b, into, value);
        return;
    }
    for (struct text one; value_next(&value, row->type == KEY_ADDRESSES, &one);) {
        if (row->type == KEY_PATHS) {
            AUTOFREE char *name = xstrndup(one.ptr, one.len), *path = raw_path(folder, name);
            strings_add(b, into, text_of(path));
        } else {
            strings_add(b, into, one);
        }
    }
}

static void store_number(const struct config_key *row, const struct key_value *v, void *at) {
    switch (row->type) {
    case KEY_BOOL:
    case KEY_EITHER: *(bool *)at = v->n; break;
    case KEY_CHOICE: {
        int n = (int)v->n;
        memcpy(at, &n, sizeof n); /* enums differ in sign only */
        break;
    }
    case KEY_REAL: *(double *)at = v->real; break;
    case KEY_RATE: *(struct rate *)at = v->rate; break;
    case KEY_LEVELS: *(unsigned *)at = (unsigned)v->n; break;
    default: *(int64_t *)at = v->n;
    }
}

/* Puts a checked value into its member. folder: where relative paths start. */
static void store(struct build *b, const struct config_key *row, const char *folder, struct text value,
                  const struct key_value *v, void *into) {
    if (row->offset == KEY_NOWHERE) return;
    void *at = (char *)into + row->offset;
    if (key_type_is_list(row->type)) {
        store_list(b, row, folder, value, at);
    } else if (row->type == KEY_QUERY) {
        *(struct text *)at = (struct text){build_text(b, value), value.len};
    } else if (row->type == KEY_PATH) {
        AUTOFREE char *name = xstrndup(value.ptr, value.len), *path = raw_path(folder, name);
        *(char **)at = build_text(b, text_of(path));
    } else if (row->type < KEY_BOOL || row->type > KEY_LEVELS) {
        if (value.len) *(char **)at = build_text(b, v->word ? text_of(v->word) : value);
    } else {
        store_number(row, v, at);
    }
}

static void store_presets(struct build *b, enum key_section section, enum notify_kind kind, void *into) {
    for (size_t i = b->first_row[section]; i < b->first_row[section + 1]; i++) {
        const struct config_key *row = &b->rows[i];
        struct key_value v;
        char why[KEY_WHY];
        if (row->preset && key_fits(row, section, kind) && key_check(row, text_of(row->preset), &v, why) == 0)
            store(b, row, "/", text_of(row->preset), &v, into);
    }
}

/* ---- one key ---- */

/* The section at hand, and where its values go. */
struct target {
    const struct raw_section *raw; /* NULL: the top */
    enum key_section section;
    enum notify_kind kind;
    void *into;
    struct option_values *options; /* keys without a row go here; NULL: they are wrong */
    struct map option_names;
};

/* Where a key belongs that was written into another section; "": nowhere. */
static const char *home_of(const struct build *b, struct text name, char room[64]) {
    enum key_section home = N_KEY_SECTIONS;
    for (size_t i = 0; i < b->n_rows; i++)
        if (text_eqs(name, b->rows[i].name) && (home == N_KEY_SECTIONS || home == SECTION_TOP))
            home = b->rows[i].section;
    if (home == N_KEY_SECTIONS) return "";
    if (home == SECTION_TOP) return "before the first [section]";
    snprintf(room, 64, "into [%s%s]", key_sections[home].kind, key_sections[home].named ? " NAME" : "");
    return room;
}

static void unknown_key(struct build *b, const struct target *t, const struct raw_key *key) {
    const char *near = key_nearest(t->section, key->name, t->kind);
    char room[64];
    const char *home = home_of(b, key->name, room);
    if (text_eqs(key->name, "include")) {
        build_problem(b, SEVERITY_ERROR, t->raw, key, "must stand before the first [section]");
        return;
    }
    if (t->section == SECTION_NOTIFY)
        for (int k = 0; k < NOTIFY_PLUGIN; k++)
            if (key_find(SECTION_NOTIFY, key->name, (enum notify_kind)k)) {
                build_problem(b, SEVERITY_ERROR, t->raw, key, "a notifier of this kind has no such key");
                return;
            }
    if (*home)
        build_problem(b, SEVERITY_ERROR, t->raw, key, "unknown key here; it belongs %s", home);
    else if (near)
        build_problem(b, SEVERITY_ERROR, t->raw, key, "unknown key; did you mean %s?", near);
    else
        build_problem(b, SEVERITY_ERROR, t->raw, key,
                      "unknown key; newsalertctl config%s%s lists those there are",
                      t->section == SECTION_TOP ? "" : " ", key_sections[t->section].kind);
}

/* Of an address no more than its host: what follows may be a secret, and what comes before an @. */
static bool is_shown_address(struct text v, size_t *ret_len) {
    const char *host = memmem(v.ptr, v.len, "://", 3);
    if (!host || memchr(v.ptr, '@', v.len)) return false;
    size_t len = (size_t)(host + 3 - v.ptr);
    while (len < v.len && !memchr("/?#\\ ", v.ptr[len], 5)) len++;
    *ret_len = len + 1 == v.len && v.ptr[len] == '/' ? v.len : len;
    return true;
}

/* What other files know and this one does not: said where a value is wrong. */
static const char *habit(struct text v) {
    if (v.len && memmem(v.ptr, v.len, " #", 2)) return " (a comment needs a line of its own)";
    if (v.len > 1 && v.ptr[0] == '"' && v.ptr[v.len - 1] == '"')
        return " (a value stands without quotation marks)";
    return "";
}

/* Names a value as it was written, unless it may hold a secret. */
static void bad_value(struct build *b, const struct target *t, const struct raw_key *key, const char *why) {
    struct text v = key->value;
    const struct config_key *row = key->row;
    bool shown = v.ptr && v.len && row->type != KEY_LINES && !key_type_is_secret(row->type);
    bool address = row->check == check_url || row->check == check_proxy || row->check == check_server ||
                   (shown && memmem(v.ptr, v.len, "://", 3));
    if (shown && address) shown = is_shown_address(v, &v.len);
    const char *hint = habit(key->value);
    if (!shown) {
        build_problem(b, SEVERITY_ERROR, t->raw, key, "%s%s", why, hint);
        return;
    }
    size_t len = v.len > 80 ? 80 : v.len;
    while (len < v.len && len && ((unsigned char)v.ptr[len] & 0xC0) == 0x80) len--;
    char text[84];
    memcpy(text, v.ptr, len);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 127) text[i] = '?';
    build_problem(b, SEVERITY_ERROR, t->raw, key, "\"%.*s%s\"%s %s%s", (int)len, text,
                  len < key->value.len ? "…" : "", strncmp(why, "is ", 3) != 0 ? ":" : "", why, hint);
}

/* A second key where one may stand. True: it was one, and is named. */
static bool is_twice(struct build *b, const struct target *t, const struct raw_key *key, enum key_form form) {
    size_t row = (size_t)(key->row - b->rows);
    const struct raw_key *first = b->seen[row].stamp == b->stamp ? b->seen[row].key : NULL;
    if (!first) {
        b->seen[row].stamp = b->stamp;
        b->seen[row].key = key;
        return false;
    }
    bool list = key_type_is_list(key->row->type) && form == FORM_PLAIN && text_eq(first->name, key->name);
    if (list) return false;
    const char *what =
        text_eq(first->name, key->name) ? "stands twice" : "only one form of this secret may stand";
    build_problem(b, SEVERITY_ERROR, t->raw, key, "%s; the first is in %s:%u", what, first->file->name,
                  first->line);
    return true;
}

/* A secret that stands in a file which others may read; what comes from the environment does not stand there.
 */
static void warn_readable(struct build *b, const struct raw_key *key) {
    if (!key->file->readable_by_others || key->file->warned ||
        memmem(key->value.ptr, key->value.len, "${", 2))
        return;
    key->file->warned = true;
    problem_warning(b->problems, key->file->name, key->line,
                    "%.*s stands in a file that others may read: chmod 600 %s, or use %.*s_file",
                    TEXT_ARGS(key->name), key->file->name, TEXT_ARGS(key->name));
}

static bool holds_secret(const struct raw_key *key, enum key_form form, struct text value) {
    bool user = false;
    if (form != FORM_PLAIN) return false;
    if (key->row->type == KEY_LINES)
        return value.len > 14 && text_eq_nocase((struct text){value.ptr, 14}, TEXT("Authorization:"));
    if (key->row->check == check_url || key->row->check == check_proxy) value_host(value, &user);
    /* A webhook's address counts by its format: check.h. */
    return user || (key_type_is_secret(key->row->type) && key->row->check != check_url);
}

/* The value of a key with ${ENV} filled in, or read from where it points to. 0 and *ret (in the arena, or the
 * raw bytes), or -1: named, or a credential that cannot be checked here. */
static int value_of(struct build *b, const struct target *t, const struct raw_key *key, enum key_form form,
                    struct text *ret) {
    AUTOFREE char *expanded = NULL, *why = NULL, *secret = NULL, *path = NULL;
    struct text value = key->value;
    bool as_written = key->row && (key->row->type == KEY_QUERY || key->row->type == KEY_VERBATIM);
    if (!as_written && value.len && memchr(value.ptr, '$', value.len)) {
        if (raw_expand(value, &expanded, &why) < 0) {
            build_problem(b, SEVERITY_ERROR, t->raw, key, "%s", why);
            return -1;
        }
        value = text_trim(text_of(expanded));
        value.ptr = build_text(b, value);
    }
    if (form == FORM_PLAIN) {
        *ret = value;
        return 0;
    }
    char wrong[KEY_WHY] = "the value is empty";
    enum secret_result r = SECRET_WRONG;
    AUTOFREE char *name = xstrndup(value.ptr, value.len);
    path = form == FORM_FILE ? raw_path(key->file->folder, name) : xstrdup(name);
    if (value.len) r = secret_read(form, path, key->row->type == KEY_SECRETS, &secret, wrong);
    if (r == SECRET_READ) {
        ret->len = strlen(secret);
        ret->ptr = build_text(b, text_of(secret));
        explicit_bzero(secret, ret->len);
        return 0;
    }
    if (r == SECRET_UNCHECKED && b->use != CONFIG_START)
        build_problem(b, SEVERITY_WARNING, t->raw, key, "not checked outside the service: %s", wrong);
    else
        build_problem(b, SEVERITY_ERROR, t->raw, key, "%s", wrong);
    return -1;
}

static void add_option(struct build *b, struct target *t, struct raw_key *key) {
    struct option_values *o = t->options;
    const struct raw_key *first = map_add(&t->option_names, key->name, key);
    struct text value;
    if (first) {
        build_problem(b, SEVERITY_ERROR, t->raw, key, "stands twice; the first is in %s:%u",
                      first->file->name, first->line);
        return;
    }
    if (value_of(b, t, key, FORM_PLAIN, &value) < 0) return;
    GROW(o->list, o->n, o->cap);
    o->list[o->n++] =
        (struct option_value){build_text(b, key->name), build_text(b, value), {key->file->name, key->line}};
}

static void read_key(struct build *b, struct target *t, struct raw_key *key) {
    enum key_form form;
    struct text value;
    struct key_value v;
    char why[KEY_WHY];
    key->row = key_find_form(t->section, key->name, t->kind, &form);
    if (!key->row) {
        if (t->options)
            add_option(b, t, key);
        else
            unknown_key(b, t, key);
        return;
    }
    if (is_twice(b, t, key, form)) return;
    if (value_of(b, t, key, form, &value) < 0) {
        key->wrong = true;
        return;
    }
    if (key_check(key->row, value, &v, why) < 0) {
        key->wrong = true;
        bad_value(b, t, key, why);
        return;
    }
    if (holds_secret(key, form, value)) warn_readable(b, key);
    if (t->into) store(b, key->row, key->file->folder, value, &v, t->into);
}

static void read_section(struct build *b, struct target *t) {
    const struct raw_section *s = t->raw;
    struct raw_key *k = s ? b->raw->keys.list + s->first : b->raw->top.list;
    b->stamp++;
    for (struct raw_key *end = k + (s ? s->n : b->raw->top.n); k < end; k++) read_key(b, t, k);
    map_clear(&t->option_names);
    for (size_t i = b->first_row[t->section]; s && i < b->first_row[t->section + 1]; i++)
        if ((b->rows[i].flags & KEY_REQUIRED) && b->seen[i].stamp != b->stamp &&
            key_fits(&b->rows[i], t->section, t->kind))
            build_problem(b, SEVERITY_ERROR, s, NULL, "%s is missing. %s", b->rows[i].name, b->rows[i].help);
}

/* ---- sections ---- */

static void read_feed(struct build *b, struct raw_section *s, const struct config_feed *presets,
                      struct config_feed *f) {
    static const char *const sources[] = {
        [SOURCE_URL] = "url", [SOURCE_PATH] = "path", [SOURCE_COMMAND] = "command"};
    *f = *presets;
    f->name = build_text(b, s->name);
    f->at = (struct place){s->file->name, s->line};
    struct target t = {.raw = s, .section = SECTION_FEED, .into = f};
    read_section(b, &t);
    const struct raw_key *first = NULL;
    for (int i = 0; i < 3; i++) {
        const struct raw_key *k = build_key(b, s, sources[i]);
        if (k && first)
            build_problem(b, SEVERITY_ERROR, s, k,
                          "only one of url, path and command may stand; line %u has another", first->line);
        else if (k)
            first = k, f->source = (enum feed_source)i;
    }
    if (!first) build_problem(b, SEVERITY_ERROR, s, NULL, "url is missing (or path, or command)");
}

static void read_alert(struct build *b, struct raw_section *s, const struct config_alert *presets,
                       struct config_alert *a) {
    *a = *presets;
    a->name = build_text(b, s->name);
    a->at = a->query_at = (struct place){s->file->name, s->line};
    struct target t = {.raw = s, .section = SECTION_ALERT, .into = a};
    read_section(b, &t);
    const struct raw_key *query = build_key(b, s, "query");
    if (query) a->query_at.line = query->line;
}

/* The kind decides which keys there are, so it is looked at before them. */
static enum notify_kind kind_of(struct build *b, const struct raw_section *s) {
    const struct raw_key *k = b->raw->keys.list + s->first;
    for (const struct raw_key *end = k + s->n; k < end; k++) {
        if (!text_eqs(k->name, "kind")) continue;
        AUTOFREE char *value = NULL, *why = NULL;
        if (raw_expand(k->value, &value, &why) < 0) return NOTIFY_PLUGIN;
        for (int i = 0; i < NOTIFY_PLUGIN; i++)
            if (!strcasecmp(value, kind_names[i])) return (enum notify_kind)i;
    }
    return NOTIFY_PLUGIN;
}

static void read_notify(struct build *b, struct raw_section *s, struct config_notify *n) {
    *n = (struct config_notify){.kind = kind_of(b, s)};
    store_presets(b, SECTION_NOTIFY, n->kind, n);
    n->name = build_text(b, s->name);
    n->at = (struct place){s->file->name, s->line};
    struct target t = {.raw = s,
                       .section = SECTION_NOTIFY,
                       .kind = n->kind,
                       .into = n,
                       .options = n->kind == NOTIFY_PLUGIN ? &n->options : NULL};
    read_section(b, &t);
    if (n->kind != NOTIFY_PLUGIN) n->kind_name = build_text(b, text_of(kind_names[n->kind]));
    const struct raw_key *kind = build_key(b, s, "kind");
    n->kind_at = kind ? (struct place){kind->file->name, kind->line} : n->at;
    n->rate_set = build_key(b, s, "rate") != NULL;
    n->token_is_oauth = build_key(b, s, "oauth_token") != NULL;
    /* Of what popped up nowhere for an hour, one summary is enough. */
    if (n->kind_name && !strcmp(n->kind_name, "desktop") && !build_key(b, s, "max_age")) n->max_age = HOUR;
}

static void read_plugin(struct build *b, struct raw_section *s, struct config_plugin *p) {
    *p = (struct config_plugin){.name = build_text(b, s->name), .at = {s->file->name, s->line}};
    store_presets(b, SECTION_PLUGIN, 0, p);
    struct target t = {.raw = s, .section = SECTION_PLUGIN, .into = p, .options = &p->options};
    read_section(b, &t);
}

/* The file itself is read when all sections are. */
static void read_opml(struct build *b, struct raw_section *s, const struct config_feed *presets) {
    struct opml_section *l = &b->lists[b->n_lists++];
    *l = (struct opml_section){s, *presets};
    struct target t = {.raw = s, .section = SECTION_OPML, .into = &l->defaults};
    read_section(b, &t);
    s->built = l;
}

static void read_websub(struct build *b, struct raw_section *s, struct config_websub *w) {
    struct target t = {.raw = s, .section = SECTION_WEBSUB, .into = w};
    store_presets(b, SECTION_WEBSUB, 0, w);
    read_section(b, &t);
    w->on = w->callback != NULL;
    w->at = (struct place){s->file->name, s->line};
    if (!w->on || w->path) return;
    struct url parts;
    url_split(text_of(w->callback), &parts);
    w->path = build_text(b, parts.path.len ? parts.path : TEXT("/"));
}

static void unknown_section(struct build *b, const struct raw_section *s) {
    const char *names[N_KEY_SECTIONS];
    for (size_t i = 0; i + 1 < N_KEY_SECTIONS; i++) names[i] = key_sections[i + 1].kind;
    AUTOFREE char *kind = xstrndup(s->kind.ptr, s->kind.len);
    const char *near = problem_nearest(kind, names, N_KEY_SECTIONS - 1);
    for (size_t i = 0; i + 1 < N_KEY_SECTIONS && !near; i++) /* notifier, alerting */
        if (!strncmp(kind, names[i], 4)) near = names[i];
    if (near)
        problem_error(b->problems, s->file->name, s->line, "[%s]: unknown section; did you mean [%s]?", kind,
                      near);
    else
        problem_error(b->problems, s->file->name, s->line,
                      "[%s]: unknown section; there are feed, opml, alert, notify, plugin and websub", kind);
}

/* Kind, name, and whether it stands for the first time. -1: the section is to be left out (and is named). */
static int section_check(struct build *b, struct raw_section *s, struct map *names) {
    int kind = key_section_of(s->kind);
    if (kind < 0) {
        unknown_section(b, s);
        return -1;
    }
    const char *wrong = NULL;
    if (!key_sections[kind].named && s->name.len)
        problem_error(b->problems, s->file->name, s->line, "[%s] has no name", key_sections[kind].kind);
    else if (key_sections[kind].named && !s->name.len)
        problem_error(b->problems, s->file->name, s->line, "[%s] lacks a name: write [%s NAME]",
                      key_sections[kind].kind, key_sections[kind].kind);
    else if (s->name.len && (wrong = check_name(s->name)))
        build_problem(b, SEVERITY_ERROR, s, NULL, "%s", wrong);
    char *id = build_alloc(b, s->name.len + 1);
    id[0] = (char)('0' + kind);
    if (s->name.len) memcpy(id + 1, s->name.ptr, s->name.len);
    const struct raw_section *first = map_add(names, (struct text){id, s->name.len + 1}, s);
    if (first && first != s)
        build_problem(b, SEVERITY_ERROR, s, NULL, "stands twice; the first is in %s:%u", first->file->name,
                      first->line);
    return kind;
}

/* The places of sections in their arrays; counted first, so that pointers to them stay good. */
static void sections_count(struct build *b, int *kinds_of, struct config *c) {
    struct map names = {0};
    size_t n[N_KEY_SECTIONS] = {0};
    for (size_t i = 0; i < b->raw->n_sections; i++) {
        kinds_of[i] = section_check(b, &b->raw->sections[i], &names);
        if (kinds_of[i] >= 0) n[kinds_of[i]]++;
    }
    map_clear(&names);
    b->lists = xcalloc(n[SECTION_OPML], sizeof *b->lists);
    c->feeds = xcalloc(n[SECTION_FEED], sizeof *c->feeds);
    c->alerts = xcalloc(n[SECTION_ALERT], sizeof *c->alerts);
    c->notifiers = xcalloc(n[SECTION_NOTIFY], sizeof *c->notifiers);
    c->plugins = xcalloc(n[SECTION_PLUGIN], sizeof *c->plugins);
}

static void read_sections(struct build *b, struct config *c) {
    struct config_feed feed = {.every = c->every,
                               .min_every = c->min_every,
                               .max_every = c->max_every,
                               .timeout = c->timeout,
                               .allow_private = c->allow_private,
                               .first_run = c->first_run,
                               .max_item_age = c->max_item_age};
    struct config_alert alert = {0};
    AUTOFREE int *kinds_of = xcalloc(b->raw->n_sections, sizeof *kinds_of);
    store_presets(b, SECTION_FEED, 0, &feed);
    store_presets(b, SECTION_ALERT, 0, &alert);
    sections_count(b, kinds_of, c);
    for (size_t i = 0; i < b->raw->n_sections; i++) {
        struct raw_section *s = &b->raw->sections[i];
        switch (kinds_of[i]) {
        case SECTION_FEED: read_feed(b, s, &feed, s->built = &c->feeds[c->n_feeds++]); break;
        case SECTION_ALERT: read_alert(b, s, &alert, s->built = &c->alerts[c->n_alerts++]); break;
        case SECTION_NOTIFY: read_notify(b, s, s->built = &c->notifiers[c->n_notifiers++]); break;
        case SECTION_PLUGIN: read_plugin(b, s, s->built = &c->plugins[c->n_plugins++]); break;
        case SECTION_OPML: read_opml(b, s, &feed); break;
        case SECTION_WEBSUB: read_websub(b, s, &c->websub); break;
        default: break; /* named already */
        }
    }
}

static void index_names(struct config_whole *w) {
    struct config *c = &w->c;
    for (size_t i = 0; i < c->n_feeds; i++) map_add(&w->feeds, text_of(c->feeds[i].name), &c->feeds[i]);
    for (size_t i = 0; i < c->n_alerts; i++) map_add(&w->alerts, text_of(c->alerts[i].name), &c->alerts[i]);
    for (size_t i = 0; i < c->n_notifiers; i++)
        map_add(&w->notifiers, text_of(c->notifiers[i].name), &c->notifiers[i]);
}

void build_all(struct build *b) {
    struct config *c = &b->whole->c;
    store_presets(b, SECTION_TOP, 0, c);
    struct target top = {.section = SECTION_TOP, .into = c};
    read_section(b, &top);
    const struct raw_key *state = build_key(b, NULL, "state");
    if (state) c->state_at = (struct place){state->file->name, state->line};
    read_sections(b, c);
    build_opml(b);
    index_names(b->whole);
    check_all(b);
}

void build_state(struct build *b) {
    struct target top = {.section = SECTION_TOP, .into = &b->whole->c};
    b->stamp++;
    for (size_t i = 0; i < b->raw->top.n; i++)
        if (text_eqs(b->raw->top.list[i].name, "state")) read_key(b, &top, &b->raw->top.list[i]);
}
