#include "config/build.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "config/opml.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The whole file; -1: named. A fifo or device must not hold a reload. */
static int list_bytes(struct build *b, const struct opml_section *l, struct buf *out) {
    const char *file = l->defaults.location, *why = NULL;
    struct stat st;
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &st) < 0)
        why = strerror(errno);
    else if (!S_ISREG(st.st_mode))
        why = "it is no regular file";
    for (ssize_t n = 1; !why && n > 0;) {
        if (buf_reserve(out, 65536) < 0) {
            why = "the file is larger than a list may be";
            break;
        }
        n = read(fd, out->ptr + out->len, 65536);
        if (n < 0 && errno != EINTR) why = strerror(errno);
        if (n > 0) out->len += (size_t)n;
        if (n < 0 && !why) n = 1;
    }
    if (fd >= 0) close(fd);
    if (!why) return 0;
    build_problem(b, SEVERITY_ERROR, l->raw, build_key(b, l->raw, "path"), "cannot read %s: %s", file, why);
    return -1;
}

static char *shared_text(struct build *b, const char *s) {
    return build_text(b, text_of(s));
}

/* The section's own tags first, then the folders. */
static void list_tags(struct build *b, const struct opml_feed *from, struct config_feed *f) {
    struct strings own = f->tags;
    char **tags = arena_alloc(&b->whole->arena, (own.n + from->n_tags + 1) * sizeof *tags);
    if (!tags) out_of_memory(0);
    if (own.n) memcpy(tags, own.list, own.n * sizeof *tags);
    size_t n = own.n;
    for (size_t i = 0; i < from->n_tags; i++) {
        bool there = false;
        for (size_t k = 0; k < own.n; k++) there |= !strcasecmp(own.list[k], from->tags[i]);
        if (!there) tags[n++] = shared_text(b, from->tags[i]);
    }
    f->tags = (struct strings){tags, n, n};
}

static void list_feed(struct build *b, const struct opml_section *l, const char *file,
                      const struct opml_feed *from, struct opml_names *names, struct config_feed *f) {
    struct text list = l->raw->name;
    size_t room = list.len + 1 + 20 < LIMIT_CONFIG_NAME - 10 ? LIMIT_CONFIG_NAME - 10 - list.len - 1 : 20;
    char *title = opml_title(text_of(from->title), room < OPML_TITLE ? room : OPML_TITLE, &b->whole->arena);
    AUTOFREE char *name = xasprintf("%.*s/%s", TEXT_ARGS(list), title ? title : "");
    *f = l->defaults;
    f->name = opml_name(names, name, &b->whole->arena);
    if (!f->name) out_of_memory(0);
    f->at = (struct place){file, from->line};
    f->source = SOURCE_URL;
    f->location = shared_text(b, from->url);
    f->list = list.len + 1;
    if (!f->language && from->language) f->language = shared_text(b, from->language);
    list_tags(b, from, f);
}

/* Room for n more feeds; the pointers of the sections follow. */
static void feeds_grow(struct build *b, size_t n) {
    struct config *c = &b->whole->c;
    struct config_feed *fresh = xcalloc(c->n_feeds + n, sizeof *fresh);
    if (c->n_feeds) memcpy(fresh, c->feeds, c->n_feeds * sizeof *fresh);
    for (size_t i = 0; i < b->raw->n_sections; i++) {
        struct raw_section *s = &b->raw->sections[i];
        if (s->built && key_section_of(s->kind) == SECTION_FEED)
            s->built = fresh + ((struct config_feed *)s->built - c->feeds);
    }
    free(c->feeds);
    c->feeds = fresh;
}

static void list_add(struct build *b, const struct opml_section *l, struct opml_names *names) {
    struct config *c = &b->whole->c;
    struct opml list;
    struct buf bytes;
    buf_init(&bytes, LIMIT_OPML + 65536);
    const char *file = shared_text(b, l->defaults.location);
    if (list_bytes(b, l, &bytes) < 0) {
        b->list_missing = true;
        buf_clear(&bytes);
        return;
    }
    if (opml_read(buf_text(&bytes), file, b->problems, &list) < 0) b->list_missing = true;
    feeds_grow(b, list.n);
    for (size_t i = 0; i < list.n; i++) list_feed(b, l, file, &list.list[i], names, &c->feeds[c->n_feeds++]);
    opml_clear(&list);
    buf_clear(&bytes);
}

void build_opml(struct build *b) {
    struct config *c = &b->whole->c;
    struct opml_names names = {0};
    if (!b->n_lists) return;
    for (size_t i = 0; i < c->n_feeds; i++) map_add(&names.used, text_of(c->feeds[i].name), c->feeds[i].name);
    for (size_t i = 0; i < b->n_lists; i++)
        if (b->lists[i].defaults.location) list_add(b, &b->lists[i], &names);
    opml_names_clear(&names);
}
