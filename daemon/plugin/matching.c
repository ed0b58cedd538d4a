#include "plugin/instance.h"

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "item/words.h"

#include <string.h>

#define WHY_MAX 300u /* bytes kept of a reason that a plugin gives */

struct term_set {
    struct plugin *plugin;
    void *set; /* the plugin's */
    size_t n;
};

/* ---- compile ------------------------------------------------------------------------------------------- */

struct compiling {
    struct plugin *plugin;
    const struct na_term *terms;
    size_t n;
    term_remark_fn *remark;
    void *ctx;
    bool bad;
    struct arena arena; /* words cut for the plugin */
};

static void pass_remark(struct compiling *c, enum term_remark what, uint64_t id, size_t at, size_t len,
                        const char *why) {
    char text[WHY_MAX + 1];
    if (id >= c->n) {
        health_breach(&c->plugin->health, BREACH_TERM, "term %llu of %zu at compile", (unsigned long long)id,
                      c->n);
        return;
    }
    /* A caret behind the value's end would stand in another part of the query. */
    size_t end = c->terms[id].value.len;
    if (at > end) at = end;
    if (len > end - at) len = end - at;
    instance_clean(why ? why : "", why ? strnlen(why, WHY_MAX) : 0, WHY_MAX, text);
    c->remark(c->ctx, what, id, at, len, text);
    if (what == TERM_BAD) c->bad = true;
}

static void on_bad_term(void *ctx, uint64_t id, size_t at, size_t len, const char *why) {
    pass_remark(ctx, TERM_BAD, id, at, len, why);
}
static void on_warn_term(void *ctx, uint64_t id, size_t at, size_t len, const char *why) {
    pass_remark(ctx, TERM_WARNING, id, at, len, why);
}
static void on_understood(void *ctx, uint64_t id, const char *text) {
    pass_remark(ctx, TERM_UNDERSTOOD, id, 0, 0, text);
}

static const struct na_word *on_cut(void *ctx, struct na_text text, size_t *ret_n, size_t *ret_stride) {
    struct compiling *c = ctx;
    struct na_word *words = NULL;
    bool fits = text.len <= LIMIT_FIELD && instance_is_utf8(text.ptr, text.len);
    *ret_n = fits ? words_cut(text_of_na(text), &c->arena, &words) : 0;
    *ret_stride = sizeof *words;
    return words;
}

int plugin_compile(struct plugin *p, const struct na_term *terms, size_t n, term_remark_fn *remark, void *ctx,
                   struct term_set **ret) {
    const struct na_matcher *m = p->description->matcher;
    struct compiling c = {.plugin = p, .terms = terms, .n = n, .remark = remark, .ctx = ctx};
    void *set = NULL;
    if (!n) {
        *ret = NULL;
        return 0;
    }
    arena_init(&c.arena, LIMIT_COMPILE_ARENA);
    const struct na_compile compile = {.size = sizeof compile,
                                       .ctx = &c,
                                       .terms = terms,
                                       .n_terms = n,
                                       .term_stride = sizeof *terms,
                                       .bad_term = on_bad_term,
                                       .warn_term = on_warn_term,
                                       .understood = on_understood,
                                       .cut = on_cut};
    int r = m ? m->compile(p->self, &compile, &set) : NA_FAIL;
    arena_clear(&c.arena);
    if (r == NA_OK && !c.bad) {
        *ret = xmalloc(sizeof **ret);
        **ret = (struct term_set){p, set, n};
        return 0;
    }
    if (r == NA_OK && m) m->release(p->self, set);
    if (!c.bad) {
        /* So that there is an error with a place: nobody must go on without these terms. */
        AUTOFREE char *why = xasprintf("the plugin %s could not compile its terms; its log line says why",
                                       p->description->name);
        remark(ctx, TERM_BAD, 0, 0, 0, why);
    }
    return -1;
}

struct term_set *term_set_free(struct term_set *s) {
    if (!s) return NULL;
    s->plugin->description->matcher->release(s->plugin->self, s->set);
    free(s);
    return NULL;
}

/* ---- match --------------------------------------------------------------------------------------------- */

void plugin_hits_init(struct plugin_hits *h) {
    *h = (struct plugin_hits){0};
    arena_init(&h->arena, LIMIT_HITS_ARENA);
}

void plugin_hits_reset(struct plugin_hits *h) {
    h->n_hits = h->n_unknown = h->n_notes = 0;
    h->memory = TEXT_NONE;
    h->remember = h->failed = h->full = false;
    if (h->arena.used || h->arena.failed) arena_clear(&h->arena);
}

void plugin_hits_clear(struct plugin_hits *h) {
    free(h->hits);
    free(h->unknown);
    free(h->notes);
    arena_clear(&h->arena);
    plugin_hits_init(h);
}

struct matching {
    struct plugin *plugin;
    size_t n_terms;
    const struct na_item *item;
    struct plugin_hits *hits;
    const struct na_field *last; /* most hits come from one field after the other */
};

static bool term_is_real(struct matching *m, uint64_t term) {
    if (term < m->n_terms) return true;
    health_breach(&m->plugin->health, BREACH_TERM, "term %llu of %zu", (unsigned long long)term, m->n_terms);
    return false;
}

/* The field value of that name, or NULL, and the breach is noted. */
static const struct na_field *field_of(struct matching *m, uint64_t kind, uint64_t value) {
    if (m->last && m->last->kind == kind && m->last->value == value) return m->last;
    for (size_t i = 0; i < m->item->n_fields; i++) {
        const struct na_field *f = NA_AT(const struct na_field, m->item->fields, m->item->field_stride, i);
        if (f->kind == kind && f->value == value) return m->last = f;
    }
    health_breach(&m->plugin->health, BREACH_FIELD, "kind %llu, value %llu", (unsigned long long)kind,
                  (unsigned long long)value);
    return NULL;
}

static bool is_boundary(struct na_text t, size_t at) {
    return at == t.len || (at < t.len && ((unsigned char)t.ptr[at] & 0xc0) != 0x80);
}

/* len 0 is no span, wherever it starts. */
static bool span_is_real(struct matching *m, struct na_text t, size_t start, size_t len) {
    if (!len ||
        (start < t.len && len <= t.len - start && is_boundary(t, start) && is_boundary(t, start + len)))
        return true;
    health_breach(&m->plugin->health, BREACH_SPAN, "start %zu, length %zu, text of %zu bytes", start, len,
                  t.len);
    return false;
}

/* Is there still room for one more of what there are n of? */
static bool has_room(struct matching *m, size_t n, const char *what) {
    if (n < LIMIT_HITS_A_ITEM) return true;
    m->hits->full = true;
    health_breach(&m->plugin->health, BREACH_HITS, "more than %u %s", LIMIT_HITS_A_ITEM, what);
    return false;
}

static int on_emit(void *ctx, uint64_t term, uint64_t field, uint64_t value, size_t start, size_t len,
                   double confidence) {
    struct matching *m = ctx;
    struct plugin_hits *h = m->hits;
    if (!has_room(m, h->n_hits, "hits")) return 1;
    if (!term_is_real(m, term)) return 0;
    const struct na_field *f = field_of(m, field, value);
    if (!f || !span_is_real(m, f->text, start, len)) return 0;
    if (!(confidence >= 0 && confidence <= 1)) { /* which NaN is not, either */
        health_breach(&m->plugin->health, BREACH_CONFIDENCE, "%g", confidence);
        return 0;
    }
    GROW(h->hits, h->n_hits, h->cap_hits);
    h->hits[h->n_hits++] = (struct plugin_hit){.term = (uint32_t)term,
                                               .field = (uint32_t)field,
                                               .value = (uint32_t)value,
                                               .start = len ? (uint32_t)start : 0,
                                               .len = (uint32_t)len,
                                               .confidence = (float)confidence};
    return 0;
}

static void on_unknown(void *ctx, uint64_t term, const char *why) {
    struct matching *m = ctx;
    struct plugin_hits *h = m->hits;
    char text[WHY_MAX + 1];
    if (!has_room(m, h->n_unknown, "unknown terms") || !term_is_real(m, term)) return;
    instance_clean(why ? why : "", why ? strnlen(why, WHY_MAX) : 0, WHY_MAX, text);
    const char *kept = arena_strdup(&h->arena, text);
    GROW(h->unknown, h->n_unknown, h->cap_unknown);
    /* A reason that finds no room is left out; that the term is unknown is not. */
    h->unknown[h->n_unknown].term = (uint32_t)term;
    h->unknown[h->n_unknown++].why = kept ? kept : "";
}

static void on_note(void *ctx, uint64_t term, uint64_t field, uint64_t field_value, size_t start, size_t len,
                    const char *key, struct na_text value) {
    struct matching *m = ctx;
    struct plugin_hits *h = m->hits;
    size_t key_len = key ? strnlen(key, 65) : 0;
    if (!has_room(m, h->n_notes, "notes")) return;
    if (term != NA_NONE && !term_is_real(m, term)) return;
    if (field != NA_NONE) {
        const struct na_field *f = field_of(m, field, field_value);
        if (!f || !span_is_real(m, f->text, start, len)) return;
    } else {
        field_value = start = len = 0;
    }
    if (!key_len || key_len > 64 || value.len > LIMIT_NOTE || !instance_is_utf8(key, key_len) ||
        !instance_is_utf8(value.ptr, value.len)) {
        health_breach(&m->plugin->health, BREACH_NOTE, "key of %zu, value of %zu bytes", key_len, value.len);
        return;
    }
    struct text kept_key = arena_dup(&h->arena, (struct text){key, key_len});
    struct text kept = arena_dup(&h->arena, text_of_na(value));
    if (h->arena.failed) {
        health_breach(&m->plugin->health, BREACH_HITS, "notes of more than %u bytes", LIMIT_HITS_ARENA);
        h->arena.failed = false;
        return;
    }
    GROW(h->notes, h->n_notes, h->cap_notes);
    h->notes[h->n_notes++] = (struct plugin_note){.term = term,
                                                  .field = field == NA_NONE ? UINT32_MAX : (uint32_t)field,
                                                  .value = (uint32_t)field_value,
                                                  .start = len ? (uint32_t)start : 0,
                                                  .len = (uint32_t)len,
                                                  .key = kept_key,
                                                  .text = kept};
}

static void on_remember(void *ctx, struct na_text memory) {
    struct matching *m = ctx;
    struct plugin_hits *h = m->hits;
    struct text kept = TEXT_NONE;
    if (memory.len > LIMIT_PLUGIN_MEMORY) {
        health_breach(&m->plugin->health, BREACH_MEMORY, "%zu bytes; %u fit", memory.len,
                      LIMIT_PLUGIN_MEMORY);
        return;
    }
    if (memory.len) {
        kept = arena_dup(&h->arena, text_of_na(memory));
        if (!kept.ptr) {
            health_breach(&m->plugin->health, BREACH_HITS, "no room for its memory");
            h->arena.failed = false;
            return;
        }
    }
    h->memory = kept;
    h->remember = true;
}

void plugin_match(struct plugin *p, const struct term_set *set, const struct na_item *item, uint64_t flags,
                  struct plugin_hits *hits) {
    const struct na_matcher *matcher = p->description->matcher;
    struct matching m = {.plugin = p, .n_terms = set ? set->n : 0, .item = item, .hits = hits};
    const struct na_match match = {.size = sizeof match,
                                   .ctx = &m,
                                   .flags = flags,
                                   .emit = on_emit,
                                   .unknown = on_unknown,
                                   .note = on_note,
                                   .remember = on_remember};
    plugin_hits_reset(hits);
    if (!matcher) return;
    if (matcher->match(p->self, set ? set->set : NULL, item, &match) == NA_OK) {
        health_match_worked(&p->health);
        return;
    }
    /* What came before the failure is no better than what would have come after it. */
    plugin_hits_reset(hits);
    hits->failed = true;
    AUTOFREE char *feed = xstrndup(item->feed.len ? item->feed.ptr : "", item->feed.len);
    health_match_failed(&p->health, feed);
}
