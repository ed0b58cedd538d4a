#include "desktop.h"

#include <fcntl.h>
#include <glib/gstdio.h>

/* Opens the address of a pop-up that was clicked. Never by a child of the daemon: that would run a browser
 * inside the daemon's sandbox. First the portal (OpenURI), then a transient unit of the user's systemd that
 * runs xdg-open with the environment of the session. */

struct opening {
    char *url, *token; /* url: or a path */
};

static void opening_free(struct opening *o) {
    g_free(o->url);
    g_free(o->token);
    g_free(o);
}

static void on_unit(struct desktop *d, void *arg, GVariant *reply, const GError *error) {
    struct opening *o = arg;
    (void)reply;
    if (error) desktop_log(d, 4, "desktop: cannot open the link of a pop-up: %s", error->message);
    opening_free(o);
}

static void add_property(GVariantBuilder *properties, const char *name, GVariant *value) {
    g_variant_builder_add(properties, "(sv)", name, value);
}

static void start_unit(struct desktop *d, struct opening *o) {
    static const char *const plain[] = {"no-env-expand", NULL}; /* a $ in the address is a $ */
    char *found = g_find_program_in_path("xdg-open");
    const char *program = found ? found : "/usr/bin/xdg-open";
    const char *argv[] = {"xdg-open", o->url, NULL};
    GVariantBuilder exec, properties;
    g_variant_builder_init(&exec, G_VARIANT_TYPE("a(sasas)"));
    g_variant_builder_add(&exec, "(s^as^as)", program, argv, plain);
    g_variant_builder_init(&properties, G_VARIANT_TYPE("a(sv)"));
    add_property(&properties, "Description", g_variant_new_string("Link of a newsalertd pop-up"));
    add_property(&properties, "CollectMode", g_variant_new_string("inactive-or-failed"));
    add_property(&properties, "ExecStartEx", g_variant_builder_end(&exec));
    if (o->token) {
        char *both[] = {g_strconcat("XDG_ACTIVATION_TOKEN=", o->token, NULL),
                        g_strconcat("DESKTOP_STARTUP_ID=", o->token, NULL), NULL};
        add_property(&properties, "Environment", g_variant_new_strv((const char *const *)both, 2));
        g_free(both[0]);
        g_free(both[1]);
    }
    char *uuid = g_uuid_string_random();
    char *unit = g_strdup_printf("newsalertd-open-%s.service", uuid);
    desktop_call(d, "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
                 "org.freedesktop.systemd1.Manager", "StartTransientUnit",
                 g_variant_new("(ssa(sv)a(sa(sv)))", unit, "fail", &properties, NULL), "(o)", OPEN_MS,
                 on_unit, o);
    g_free(unit);
    g_free(uuid);
    g_free(found);
}

static void on_portal(struct desktop *d, void *arg, GVariant *reply, const GError *error) {
    struct opening *o = arg;
    if (error)
        start_unit(d, o);
    else
        opening_free(o); /* opened, or stale */
    (void)reply;
}

static void ask_portal(struct desktop *d, const char *method, GVariant *what, GUnixFDList *fds,
                       const char *url, const char *token) {
    struct opening *o = g_new0(struct opening, 1);
    o->url = g_strdup(url);
    o->token = g_strdup(token);
    GVariantBuilder options;
    g_variant_builder_init(&options, G_VARIANT_TYPE("a{sv}"));
    if (token) g_variant_builder_add(&options, "{sv}", "activation_token", g_variant_new_string(token));
    desktop_call_with(d, "org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop",
                      "org.freedesktop.portal.OpenURI", method,
                      g_variant_new("(s@*a{sv})", "", what, &options), fds, "(o)", OPEN_MS, on_portal, o);
}

void open_url(struct desktop *d, const char *url, const char *token) {
    if (*url) /* then it is http(s): text_web() made it */
        ask_portal(d, "OpenURI", g_variant_new_string(url), NULL, url, token);
}

/* The portal takes no file:// addresses, but an open file: so a browser in a sandbox of its own gets it too.
 */
void open_file(struct desktop *d, const char *path, const char *token) {
    int fd = g_open(path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) return;                                       /* somebody deleted it just now */
    GUnixFDList *fds = g_unix_fd_list_new_from_array(&fd, 1); /* it closes fd */
    ask_portal(d, "OpenFile", g_variant_new_handle(0), fds, path, token);
    g_object_unref(fds);
}
