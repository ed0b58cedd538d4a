#include "desktop.h"

#include <string.h>

#define SERVER       "org.freedesktop.Notifications"
#define SERVER_PATH  "/org/freedesktop/Notifications"
#define THE_BUS      "org.freedesktop.DBus"
#define THE_BUS_PATH "/org/freedesktop/DBus"

static gboolean on_connect(gpointer arg);
static gboolean on_look(gpointer arg);
static gboolean on_ask(gpointer arg);

/* Addresses that make GLib start a program are none of ours: a bus that nobody else is on shows nothing. */
void bus_find(const char *session, const char *runtime, char **ret_address, char **ret_why) {
    *ret_address = *ret_why = NULL;
    if (session && *session) {
        if (g_dbus_is_supported_address(session, NULL) && !strstr(session, "autolaunch:") &&
            !strstr(session, "unixexec:"))
            *ret_address = g_strdup(session);
        else
            *ret_why = g_strdup("no session bus: DBUS_SESSION_BUS_ADDRESS holds no address that can be used");
    } else if (runtime && *runtime == '/') {
        char *socket = g_build_filename(runtime, "bus", NULL);
        char *escaped = g_dbus_address_escape_value(socket);
        *ret_address = g_strconcat("unix:path=", escaped, NULL);
        g_free(escaped);
        g_free(socket);
    } else {
        *ret_why = g_strdup("no session bus: neither DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR is set");
    }
}

static void tell(struct desktop *d, gboolean yes, const char *why) {
    if (d->told == yes && g_strcmp0(d->told_why, why) == 0) return;
    d->told = yes;
    g_free(d->told_why);
    d->told_why = g_strdup(why);
    d->host.available(d->host.ctx, yes, why);
}

/* Says that nothing can be shown now, and hands back what waits. */
static void tell_no(struct desktop *d, const char *what, const GError *error) {
    char *why = error ? g_strdup_printf("%s: %s", what, error->message) : g_strdup(what);
    tell(d, FALSE, why);
    popups_fail(d, why);
    g_free(why);
}

static void set_timer(struct desktop *d, guint ms, GSourceFunc function) {
    desktop_no_timer(d->timer);
    d->timer = desktop_after(d, ms, function, d);
}

static void pause_before(struct desktop *d, GSourceFunc function) {
    set_timer(d, d->wait_s * 1000, function);
    d->wait_s = MIN(d->wait_s * 2, WAIT_MAX_S);
}

/* -- the connection -------------------------------------------------------------------------------------- */

static void drop_server(struct desktop *d, const char *why) {
    d->epoch++;
    d->timer = desktop_no_timer(d->timer);
    if (d->server_watch) g_dbus_connection_signal_unsubscribe(d->bus, d->server_watch);
    d->server_watch = 0;
    g_clear_pointer(&d->owner, g_free);
    d->caps = 0;
    popups_forget(d, why);
}

static void drop_bus(struct desktop *d, const char *why) {
    drop_server(d, why);
    d->link = NO_BUS;
    if (d->cancel) g_cancellable_cancel(d->cancel);
    g_clear_object(&d->cancel);
    if (!d->bus) return;
    if (d->name_watch) g_dbus_connection_signal_unsubscribe(d->bus, d->name_watch);
    d->name_watch = 0;
    g_signal_handler_disconnect(d->bus, d->closed_handler);
    g_dbus_connection_close(d->bus, NULL, NULL, NULL);
    g_clear_object(&d->bus);
}

static void lost(struct desktop *d, const char *what, const GError *error) {
    drop_bus(d, what);
    tell_no(d, what, error);
    pause_before(d, on_connect);
}

static void on_closed(GDBusConnection *bus, gboolean vanished, GError *error, gpointer arg) {
    (void)bus, (void)vanished;
    lost(arg, "the session bus closed the connection", error);
}

static gboolean on_connect_late(gpointer arg) {
    struct desktop *d = arg;
    d->timer = desktop_no_timer(d->timer);
    g_cancellable_cancel(d->cancel);
    return G_SOURCE_REMOVE;
}

static void set_owner(struct desktop *d, const char *owner);

static void on_owner(struct desktop *d, void *arg, GVariant *reply, const GError *error) {
    (void)arg;
    const char *owner = NULL;
    if (!reply && !error) return;
    if (reply)
        g_variant_get(reply, "(&s)", &owner);
    else if (!g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER)) {
        lost(d, "the session bus does not answer", error);
        return;
    }
    set_owner(d, owner);
}

static void on_owner_changed(GDBusConnection *bus, const char *sender, const char *path,
                             const char *interface, const char *signal, GVariant *args, gpointer arg) {
    (void)bus, (void)sender, (void)path, (void)interface, (void)signal;
    const char *owner;
    if (!g_variant_is_of_type(args, G_VARIANT_TYPE("(sss)"))) return;
    g_variant_get(args, "(&s&s&s)", NULL, NULL, &owner);
    set_owner(arg, *owner ? owner : NULL);
}

static void ask_bus(struct desktop *d, const char *method, GVariant *args, const char *reply_type,
                    int timeout_ms, desktop_done_fn *done) {
    desktop_call(d, THE_BUS, THE_BUS_PATH, THE_BUS, method, args, reply_type, timeout_ms, done, NULL);
}

static void on_connected(GObject *source, GAsyncResult *result, gpointer arg) {
    struct desktop *d = arg;
    GError *error = NULL;
    GDBusConnection *bus = g_dbus_connection_new_for_address_finish(result, &error);
    (void)source;
    d->calls--;
    if (d->stopping) {
        g_clear_object(&bus);
    } else if (!bus && g_cancellable_is_cancelled(d->cancel)) {
        lost(d, "the session bus does not answer", NULL);
    } else if (!bus) {
        lost(d, "no session bus", error);
    } else {
        d->timer = desktop_no_timer(d->timer);
        d->bus = bus;
        g_dbus_connection_set_exit_on_close(bus, FALSE);
        d->closed_handler = g_signal_connect(bus, "closed", G_CALLBACK(on_closed), d);
        d->name_watch =
            g_dbus_connection_signal_subscribe(bus, THE_BUS, THE_BUS, "NameOwnerChanged", THE_BUS_PATH,
                                               SERVER, G_DBUS_SIGNAL_FLAGS_NONE, on_owner_changed, d, NULL);
        ask_bus(d, "GetNameOwner", g_variant_new("(s)", SERVER), "(s)", CALL_MS, on_owner);
    }
    g_clear_error(&error);
}

static gboolean on_connect(gpointer arg) {
    struct desktop *d = arg;
    d->link = CONNECTING;
    d->cancel = g_cancellable_new();
    d->calls++;
    set_timer(d, CALL_MS, on_connect_late);
    g_dbus_connection_new_for_address(d->address,
                                      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                          G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                      NULL, d->cancel, on_connected, d);
    return G_SOURCE_REMOVE;
}

void bus_start(struct desktop *d) {
    if (d->address)
        on_connect(d);
    else
        tell_no(d, d->no_address,
                NULL); /* the environment of a process does not change: nothing to try again */
}

void bus_stop(struct desktop *d) {
    drop_bus(d, NULL);
}

/* -- the notification server ---- */

void bus_ask(struct desktop *d, const char *method, GVariant *args, const char *reply_type, int timeout_ms,
             desktop_done_fn *done, void *arg) {
    desktop_call(d, d->owner, SERVER_PATH, SERVER, method, args, reply_type, timeout_ms, done, arg);
}

static void on_signal(GDBusConnection *bus, const char *sender, const char *path, const char *interface,
                      const char *signal, GVariant *args, gpointer arg) {
    (void)bus, (void)sender, (void)path, (void)interface;
    popups_on_signal(arg, signal, args);
}

static guint caps_of(GVariant *reply) {
    static const struct {
        const char *name;
        guint flag;
    } known[] = {{"actions", CAN_ACTIONS},
                 {"body", CAN_BODY},
                 {"body-markup", CAN_MARKUP},
                 {"body-hyperlinks", CAN_LINKS}};
    guint caps = 0;
    const char *name;
    GVariantIter *i;
    g_variant_get(reply, "(as)", &i);
    while (g_variant_iter_loop(i, "&s", &name))
        for (size_t k = 0; k < G_N_ELEMENTS(known); k++)
            if (g_str_equal(name, known[k].name)) caps |= known[k].flag;
    g_variant_iter_free(i);
    return caps;
}

static void on_caps(struct desktop *d, void *arg, GVariant *reply, const GError *error) {
    (void)arg;
    if (error) {
        tell_no(d, "the notification server does not answer", error);
        pause_before(d, on_ask);
    } else if (reply) {
        d->caps = caps_of(reply);
        d->link = READY;
        d->wait_s = 1;
        tell(d, TRUE, NULL);
        popups_pump(d);
    }
}

/* xfce4-notifyd shows a button for `default`, too: with one of ours beside it there were two "Open". */
static void on_name(struct desktop *d, void *arg, GVariant *reply, const GError *error) {
    (void)arg;
    const char *name = "";
    if (!reply && !error) return;
    if (reply) g_variant_get(reply, "(&s&s&s&s)", &name, NULL, NULL, NULL);
    d->default_button = g_str_equal(name, "Xfce Notify Daemon");
}

static gboolean on_ask(gpointer arg) {
    struct desktop *d = arg;
    d->timer = desktop_no_timer(d->timer);
    d->link = ASKING;
    /* A server answers in order, so its name is known when its capabilities are; without, nothing is lost. */
    bus_ask(d, "GetServerInformation", NULL, "(ssss)", CALL_MS, on_name, NULL);
    bus_ask(d, "GetCapabilities", NULL, "(as)", CALL_MS, on_caps, NULL);
    return G_SOURCE_REMOVE;
}

void bus_mute(struct desktop *d) {
    if (d->link != READY) return;
    d->link = ASKING; /* first, so that nothing more is asked of it */
    tell_no(d, "the notification server does not answer", NULL);
    on_ask(d);
}

void bus_alive(struct desktop *d) {
    if (d->link == ASKING && d->timer) on_ask(d);
}

static void on_activatable(struct desktop *d, void *arg, GVariant *reply, const GError *error) {
    (void)arg;
    if (!reply && !error) return;
    gboolean found = FALSE;
    if (reply) {
        const char **names;
        g_variant_get(reply, "(^a&s)", &names);
        found = g_strv_contains(names, SERVER);
        g_free(names);
    }
    if (found) {
        d->link = IDLE;
        tell(d, TRUE, NULL);
        popups_pump(d);
    } else {
        tell_no(d, "no notification server on the session bus", error);
    }
}

static gboolean on_look(gpointer arg) {
    struct desktop *d = arg;
    d->timer = desktop_no_timer(d->timer);
    d->link = NO_SERVER;
    ask_bus(d, "ListActivatableNames", NULL, "(as)", CALL_MS, on_activatable);
    return G_SOURCE_REMOVE;
}

static void on_started(struct desktop *d, void *arg, GVariant *reply, const GError *error) {
    (void)arg;
    /* A start that went well has changed the owner, and with it the epoch, before this answer came. */
    if (!reply && !error) return;
    d->link = NO_SERVER;
    tell_no(d, "the notification server does not start", error);
    pause_before(d, on_look);
}

void bus_wake_server(struct desktop *d) {
    if (d->link != IDLE) return;
    d->link = STARTING;
    ask_bus(d, "StartServiceByName", g_variant_new("(su)", SERVER, 0), "(u)", START_MS, on_started);
}

static void set_owner(struct desktop *d, const char *owner) {
    drop_server(d, "the notification server went away");
    if (owner) {
        d->owner = g_strdup(owner);
        d->server_watch = g_dbus_connection_signal_subscribe(d->bus, owner, SERVER, NULL, SERVER_PATH, NULL,
                                                             G_DBUS_SIGNAL_FLAGS_NONE, on_signal, d, NULL);
        on_ask(d);
    } else {
        on_look(d);
    }
}
