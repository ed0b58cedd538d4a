/* export: the configured feeds as OPML 2.0 on standard output, a folder for each tag. */
#include "base/mem.h"
#include "base/url.h"
#include "config/opml.h"
#include "ctl/ctl.h"
#include "daemon.h"

#include <string.h>

/* The address without user and password: a list is handed to others. Heap; NULL: it has none. */
static char *without_password(const char *url) {
    struct url u;
    url_split(text_of(url), &u);
    if (!u.userinfo.ptr) return NULL;
    /* Behind the "@" that ends them. */
    return xasprintf("%.*s%s", (int)(u.userinfo.ptr - url), url, u.userinfo.ptr + u.userinfo.len + 1);
}

struct left_out {
    size_t files, off, secrets;
};

static void say_left_out(const struct left_out *l) {
    if (l->files) fprintf(stderr, "newsalertctl: left out, as files or commands: %zu\n", l->files);
    if (l->off) fprintf(stderr, "newsalertctl: left out, as disabled: %zu\n", l->off);
    if (l->secrets) fprintf(stderr, "newsalertctl: written without user and password: %zu\n", l->secrets);
}

static void export_feeds(const struct config *c) {
    struct opml_outline *list = xcalloc(c->n_feeds + 1, sizeof *list);
    char **own = xcalloc(c->n_feeds + 1, sizeof *own);
    struct left_out left = {0};
    size_t n = 0;
    for (size_t i = 0; i < c->n_feeds; i++) {
        const struct config_feed *f = &c->feeds[i];
        left.files += f->source != SOURCE_URL;
        left.off += f->source == SOURCE_URL && !f->enabled;
        if (f->source != SOURCE_URL || !f->enabled) continue;
        if ((own[n] = without_password(f->location))) left.secrets++;
        list[n] = (struct opml_outline){.title = f->name + f->list,
                                        .url = own[n] ? own[n] : f->location,
                                        .language = f->language,
                                        .tags = f->tags.list,
                                        .n_tags = f->tags.n};
        n++;
    }
    opml_write("Feeds of newsalertd", list, n, stdout);
    say_left_out(&left);
    for (size_t i = 0; i < n; i++) free(own[i]);
    free(own);
    free(list);
}

int ctl_export(const struct ctl_args *a) {
    if (a->argc) return ctl_usage("export takes no operand; -c FILE names the configuration");
    struct problems problems = PROBLEMS_INIT;
    AUTOFREE char *file = a->config ? xstrdup(a->config) : config_default_file();
    struct config *c = config_read(file, CONFIG_CHECK, &problems);
    int code = problems.errors ? EXIT_USAGE : EXIT_DONE;
    if (code)
        problems_print(&problems, stderr);
    else
        export_feeds(c);
    problems_clear(&problems);
    config_free(c);
    return code;
}
