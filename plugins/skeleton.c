/* skeleton: a whole plugin, to copy. It owns the prefix starts:, which is true of an item where a field
 * starts with the words of the value:
 *
 *     [alert exclusives]
 *     query = starts:exclusive OR starts:"live updates"
 *
 * Build it outside the tree, with what newsalertd installed:
 *
 *     cc -O2 -fPIC -fvisibility=hidden -shared $(pkg-config --cflags newsalertd) -o mine.so mine.c
 *
 * and put mine.so into a folder of yours that is named by `plugins =` in the configuration. To make it yours:
 * give file and description your name, take another prefix, and write compile and match. newsalert-plugin(7)
 * tells the story, newsalert_plugin.h each rule. It links to nothing, and has no writable globals. */
#include <newsalert_plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What hangs on one opened plugin: here only the option. */
struct self {
    const struct na_host *host;
    size_t within;
};

/* One term: its words, folded as the words of texts are. */
struct term {
    char **words;
    size_t n;
    uint64_t fields; /* where it counts for some query */
};

/* What compile makes of all terms. It does not change after, so a match needs no lock. */
struct set {
    size_t within;
    struct term *terms;
    size_t n;
};

/* ---- terms ---- */

static void set_free(struct set *s) {
    if (!s) return;
    for (size_t i = 0; i < s->n; i++) {
        for (size_t k = 0; k < s->terms[i].n; k++) free(s->terms[i].words[k]);
        free(s->terms[i].words);
    }
    free(s->terms);
    free(s);
}

/* The words die with the call, so they are copied. */
static int term_fill(struct term *t, const struct na_word *words, size_t n, size_t stride) {
    t->words = calloc(n, sizeof *t->words);
    if (!t->words) return NA_FAIL; /* NOLINT(analyzer-malloc-leak): set_free has them */
    for (size_t i = 0; i < n; i++) {
        const struct na_text folded = NA_AT(const struct na_word, words, stride, i)->folded;
        t->words[i] = calloc(1, folded.len + 1);
        if (!t->words[i]) return NA_FAIL; /* NOLINT(analyzer-malloc-leak): as above */
        if (folded.len) memcpy(t->words[i], folded.ptr, folded.len);
        t->n++;
    }
    return NA_OK; /* NOLINT(analyzer-malloc-leak): as above */
}

/* All terms come at once. What is wrong with one is said by bad_term, and the next one is looked at. */
static int skeleton_compile(void *self_, const struct na_compile *c, void **ret_set) {
    const struct self *self = self_;
    struct set *s = calloc(1, sizeof *s);
    if (!s) return NA_FAIL;
    s->within = self->within;
    s->terms = calloc(c->n_terms ? c->n_terms : 1, sizeof *s->terms);
    if (!s->terms) goto fail;
    s->n = c->n_terms;
    for (size_t i = 0; i < c->n_terms; i++) {
        const struct na_term *t = NA_AT(const struct na_term, c->terms, c->term_stride, i);
        size_t n, stride;
        const struct na_word *words = c->cut(c->ctx, t->value, &n, &stride);
        char how[100];
        if (t->suffix.len) {
            c->bad_term(c->ctx, t->id, 0, t->value.len,
                        "starts: has no suffix; put a value with a slash in quotes");
            continue;
        }
        if (!n || (words->flags & NA_WORD_URL)) {
            c->bad_term(c->ctx, t->id, 0, t->value.len,
                        n ? "an address is no word" : "there is no word in it");
            continue;
        }
        s->terms[t->id].fields = t->fields;
        if (term_fill(&s->terms[t->id], words, n, stride)) goto fail;
        snprintf(how, sizeof how, "%zu word%s, after at most %zu others", n, n == 1 ? "" : "s", self->within);
        c->understood(c->ctx, t->id, how);
    }
    *ret_set = s;
    return NA_OK;
fail:
    set_free(s);
    return NA_FAIL;
}

static void skeleton_release(void *self, void *set) {
    (void)self;
    set_free(set);
}

/* ---- items ---- */

/* Do the words of a field, from number `at` on, fit those of the term, at successive positions? */
static int fits(const struct term *t, const struct na_field *f, size_t stride, size_t at) {
    if (f->n_words - at < t->n) return 0;
    for (size_t i = 0; i < t->n; i++) {
        const struct na_word *w = NA_AT(const struct na_word, f->words, stride, at + i);
        const struct na_word *first = NA_AT(const struct na_word, f->words, stride, at);
        if (w->position != first->position + i || w->folded.len != strlen(t->words[i]) ||
            memcmp(w->folded.ptr, t->words[i], w->folded.len) != 0)
            return 0;
    }
    return 1;
}

/* A pure function: the same set and the same item give the same hits. With no set there is nothing to do. */
static int skeleton_match(void *self, const void *set, const struct na_item *item, const struct na_match *m) {
    const struct set *s = set;
    (void)self;
    if (!s) return NA_OK;
    for (size_t i = 0; i < item->n_fields; i++) {
        const struct na_field *f = NA_AT(const struct na_field, item->fields, item->field_stride, i);
        for (size_t k = 0; k < s->n; k++) {
            if (!(s->terms[k].fields & NA_FIELD(f->kind))) continue;
            for (size_t at = 0; at < f->n_words && at <= s->within; at++) {
                if (!fits(&s->terms[k], f, item->word_stride, at)) continue;
                const struct na_word *first = NA_AT(const struct na_word, f->words, item->word_stride, at);
                const struct na_word *last =
                    NA_AT(const struct na_word, f->words, item->word_stride, at + s->terms[k].n - 1);
                if (m->emit(m->ctx, k, f->kind, f->value, first->start,
                            last->start + last->len - first->start, 1))
                    return NA_OK;
                break;
            }
        }
    }
    return NA_OK;
}

/* ---- life ---- */

static int skeleton_open(const struct na_host *host, void **ret_self) {
    struct self *self = calloc(1, sizeof *self);
    if (!self) return NA_FAIL;
    self->host = host;
    /* Checked by the daemon, so it is there and a number in the range. */
    self->within = strtoul(host->option(host->ctx, "within"), NULL, 10);
    host->log(host->ctx, 7, "opened");
    *ret_self = self;
    return NA_OK;
}

static void skeleton_close(void *self) {
    free(self);
}

static const struct na_option options[] = {
    {"within", "int 0..20", "0", "How many words may stand before the ones looked for."},
    {NULL, NULL, NULL, NULL}};

static const char *const prefixes[] = {"starts", NULL};

static const struct na_matcher matcher = {
    .size = sizeof matcher,
    .prefixes = prefixes,
    .compile = skeleton_compile,
    .match = skeleton_match,
    .release = skeleton_release,
};

static const struct na_plugin plugin = {
    .size = sizeof plugin,
    .name = "skeleton",
    .version = "0.1",
    .license = "Apache-2.0",
    .summary = "starts:WORDS is true where a field starts with these words; an example to copy",
    .options = options,
    .option_stride = sizeof options[0],
    .open = skeleton_open,
    .close = skeleton_close,
    .matcher = &matcher,
};

const struct na_plugin *newsalert_plugin_1(void) {
    return &plugin;
}
