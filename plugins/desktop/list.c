#include "desktop.h"

#include <glib/gstdio.h>

/* The page lies in $XDG_RUNTIME_DIR: that is the user's alone, in memory, and gone with the session. It is
 * opened by the desktop's own programs, outside the daemon's sandbox, so /tmp (a private one) will not do. */

struct entry *entry_new(struct na_text key, struct na_text title, struct na_text url, struct na_text about) {
    struct entry *e = g_new0(struct entry, 1);
    if (key.len) e->key = g_strndup(key.ptr, key.len);
    e->title = text_line(title, TITLE_MAX);
    e->url = text_web(url);
    e->about = text_line(about, TITLE_MAX);
    return e;
}

void entry_free(void *entry) {
    struct entry *e = entry;
    g_free(e->key);
    g_free(e->title);
    g_free(e->url);
    g_free(e->about);
    g_free(e);
}

char *list_place(const char *runtime) {
    if (!runtime || *runtime != '/') return NULL;
    char *uuid = g_uuid_string_random();
    char *name = g_strdup_printf("newsalertd-alerts-%s.html", uuid),
         *path = g_build_filename(runtime, name, NULL);
    g_free(name);
    g_free(uuid);
    return path;
}

static void add_entry(GString *page, const struct entry *e) {
    char *title = g_markup_escape_text(e->title, -1), *url = g_markup_escape_text(e->url, -1),
         *about = g_markup_escape_text(e->about, -1);
    if (*url)
        g_string_append_printf(page, "<li><a href=\"%s\" dir=\"auto\">%s</a>", url, title);
    else
        g_string_append_printf(page, "<li><span dir=\"auto\">%s</span>", title);
    g_string_append_printf(page, "<small dir=\"auto\">%s</small></li>\n", about);
    g_free(title);
    g_free(url);
    g_free(about);
}

/* Nothing on the page is fetched or run: the policy says so to the browser, whatever a feed wrote. */
static const char head[] =
    "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'\">\n"
    "<meta name=\"referrer\" content=\"no-referrer\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"color-scheme\" content=\"light "
    "dark\">\n"
    "<style>body { font: 1em/1.4 sans-serif; max-width: 45em; margin: 2em auto; padding: 0 1em }\n"
    "li { margin: .7em 0 } small { display: block; opacity: .7 }</style>\n";

gboolean list_write(struct desktop *d, const struct popup *p) {
    GPtrArray *entries = popup_entries(p);
    guint all = p->more ? d->n_more : entries->len;
    GString *page = g_string_new(head);
    g_string_append_printf(page, "<title>%u alerts</title></head>\n<body><h1>%u alerts</h1>\n<ul>\n", all,
                           all);
    for (guint i = entries->len; i-- > 0;) add_entry(page, entries->pdata[i]); /* the newest first */
    g_string_append(page, "</ul>\n");
    if (all > entries->len) g_string_append_printf(page, "<p>and %u older ones</p>\n", all - entries->len);
    g_string_append(page, "<p>All of them: <code>newsalertctl alerts</code></p></body></html>\n");
    GError *error = NULL;
    gboolean written = g_file_set_contents_full(d->list, page->str, (gssize)page->len,
                                                G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error);
    if (!written) desktop_log(d, 4, "desktop: cannot write the list of alerts: %s", error->message);
    g_clear_error(&error);
    g_string_free(page, TRUE);
    return written;
}

void list_remove(struct desktop *d) {
    if (d->list) g_unlink(d->list);
}
