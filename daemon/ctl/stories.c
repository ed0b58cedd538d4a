/* Verbs of stories and delivery without a daemon. */
#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"
#include "config/value.h"
#include "ctl/ctl.h"
#include "daemon.h"
#include "parse/parse.h"
#include "story/index.h"
#include "story/publisher.h"

#include <string.h>

struct listed { /* one item of one file */
    const char *file;
    struct item *item;
    struct text language, link;
    int64_t at;
    size_t order;
    char *id;
};

struct listing {
    struct listed *list;
    size_t n, cap;
};

static struct document *read_feed(const char *name) {
    size_t len;
    AUTOFREE char *bytes = ctl_read_file(name, LIMIT_BODY + 1, &len);
    if (!bytes) return NULL;
    const struct parse_input in = {.bytes = {bytes, len}};
    struct parse_warnings warnings = {0};
    struct document *d = NULL;
    AUTOFREE char *why = NULL;
    if (parse_document(&in, &warnings, &d, &why) < 0) {
        ctl_fail("%s: %s", name, why);
        d = NULL;
    }
    parse_warnings_clear(&warnings);
    return d;
}

/* An undated item comes after its predecessor in the file; before all others, if it is the first. */
static void list_document(struct listing *l, const char *file, struct document *d) {
    int64_t last = TIME_NONE;
    struct arena a;
    arena_init(&a, 1u << 20);
    for (size_t i = 0; i < d->n_items; i++) {
        struct item *item = &d->items[i];
        struct text id = item_shown_id(item, &a);
        int64_t at = item->published != TIME_NONE ? item->published : item->updated;
        if (at == TIME_NONE) at = last;
        last = at;
        GROW(l->list, l->n, l->cap);
        l->list[l->n] = (struct listed){.file = file,
                                        .item = item,
                                        .language = item->language.len ? item->language : d->language,
                                        .link = d->link,
                                        .at = at,
                                        .order = l->n,
                                        .id = xstrndup(id.ptr ? id.ptr : "", id.len)};
        l->n++;
    }
    arena_clear(&a);
}

static int by_time(const void *a, const void *b) {
    const struct listed *x = a, *y = b;
    if (x->at != y->at) return x->at < y->at ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

static void print_story(const struct listing *l, const struct listed *one, const struct story_answer *r) {
    json_t *j = json_pack("{s:s, s:s, s:I, s:b}", "feed", one->file, "id", one->id, "story",
                          (json_int_t)r->story, "first", (int)r->first);
    if (!j) out_of_memory(LIMIT_ID);
    if (!r->first) {
        json_object_set_new(j, "why", json_string(story_why_names[r->why]));
        json_object_set_new(j, "with", json_string(l->list[r->with - 1].id));
        json_object_set_new(j, "score", json_real((double)(int)(r->score * 1000 + 0.5) / 1000));
    }
    if (json_dumpf(j, stdout, JSON_COMPACT | JSON_REAL_PRECISION(3)) == 0) putchar('\n');
    json_decref(j);
}

static void print_stories(struct listing *l, const struct story_options *o) {
    struct story_index *x = story_index_new(o);
    int64_t clock = 0;
    if (l->n > 1) qsort(l->list, l->n, sizeof *l->list, by_time);
    for (size_t i = 0; i < l->n; i++) {
        const struct listed *one = &l->list[i];
        struct arena a;
        arena_init(&a, 1u << 20);
        if (one->at != TIME_NONE) clock = one->at;
        const struct story_item item = {.id = (int64_t)i + 1,
                                        .title = one->item->title,
                                        .url = one->item->url,
                                        .language = one->language,
                                        .publisher = publisher_of(TEXT_NONE, one->item->url, one->link, &a),
                                        .summary = one->item->summary,
                                        .content = one->item->content,
                                        .seen = clock};
        struct story_answer r;
        story_of(x, &item, &r, NULL);
        print_story(l, one, &r);
        arena_clear(&a);
    }
    story_index_free(x);
}

static int read_options(const struct ctl_args *a, struct story_options *o) {
    if (a->threshold &&
        (value_real(text_of(a->threshold), &o->threshold) < 0 || o->threshold <= 0 || o->threshold > 1))
        return ctl_usage("--threshold takes a number over 0 and up to 1, such as 0.4");
    if (a->window &&
        (duration_parse(text_of(a->window), &o->window) < 0 || o->window <= 0 || o->window > STORY_LIFE))
        return ctl_usage("--window takes a duration up to 7d, such as 48h");
    return EXIT_DONE;
}

int ctl_stories(const struct ctl_args *a) {
    struct story_options o = {.seed = 1}; /* the same on every machine: nothing is stored */
    int code = read_options(a, &o);
    if (code != EXIT_DONE) return code;
    if (!a->argc) return ctl_usage("stories needs a FEEDFILE");
    struct document **docs = xcalloc((size_t)a->argc, sizeof *docs);
    struct listing l = {0};
    for (int i = 0; i < a->argc; i++) {
        docs[i] = read_feed(a->argv[i]);
        if (docs[i])
            list_document(&l, a->argv[i], docs[i]);
        else
            code = EXIT_FAILED;
    }
    print_stories(&l, &o);
    for (size_t i = 0; i < l.n; i++) free(l.list[i].id);
    free(l.list);
    for (int i = 0; i < a->argc; i++) document_free(docs[i]);
    free(docs);
    return code;
}
