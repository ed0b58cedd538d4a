#include "desktop.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>

void desktop_log(struct desktop *d, int level, const char *format, ...) {
    va_list args;
    va_start(args, format);
    char *line = g_strdup_vprintf(format, args);
    va_end(args);
    d->host.log(d->host.ctx, level, line);
    g_free(line);
}

GSource *desktop_after(struct desktop *d, guint ms, GSourceFunc function, void *arg) {
    GSource *timer = g_timeout_source_new(ms);
    g_source_set_callback(timer, function, arg, NULL);
    g_source_attach(timer, d->context);
    return timer;
}

GSource *desktop_no_timer(GSource *timer) {
    if (timer) {
        g_source_destroy(timer);
        g_source_unref(timer);
    }
    return NULL;
}

/* -- calls ----------------------------------------------------------------------------------------------- */

struct call {
    struct desktop *d;
    desktop_done_fn *done;
    void *arg;
    guint64 epoch;
};

static void on_reply(GObject *bus, GAsyncResult *result, gpointer user) {
    struct call *c = user;
    struct desktop *d = c->d;
    GError *error = NULL;
    GVariant *reply =
        g_dbus_connection_call_with_unix_fd_list_finish(G_DBUS_CONNECTION(bus), NULL, result, &error);
    d->calls--;
    if (error) g_dbus_error_strip_remote_error(error);
    gboolean stale = d->stopping || c->epoch != d->epoch;
    if (c->done) c->done(d, c->arg, stale ? NULL : reply, stale ? NULL : error);
    if (reply) g_variant_unref(reply);
    g_clear_error(&error);
    g_free(c);
}

void desktop_call(struct desktop *d, const char *name, const char *path, const char *interface,
                  const char *method, GVariant *args, const char *reply_type, int timeout_ms,
                  desktop_done_fn *done, void *arg) {
    desktop_call_with(d, name, path, interface, method, args, NULL, reply_type, timeout_ms, done, arg);
}

void desktop_call_with(struct desktop *d, const char *name, const char *path, const char *interface,
                       const char *method, GVariant *args, GUnixFDList *fds, const char *reply_type,
                       int timeout_ms, desktop_done_fn *done, void *arg) {
    if (!d->bus) {
        if (args) g_variant_unref(g_variant_ref_sink(args));
        if (done) done(d, arg, NULL, NULL);
        return;
    }
    struct call *c = g_new0(struct call, 1);
    *c = (struct call){.d = d, .done = done, .arg = arg, .epoch = d->epoch};
    d->calls++;
    g_dbus_connection_call_with_unix_fd_list(d->bus, name, path, interface, method, args,
                                             G_VARIANT_TYPE(reply_type), G_DBUS_CALL_FLAGS_NONE, timeout_ms,
                                             fds, d->cancel, on_reply, c);
}

/* -- from the loop to the thread ------------------------------------------------------------------------- */

struct post {
    struct desktop *d;
    struct popup *popup; /* show it, or … */
    guint64 cancel;      /* … cancel this ticket, or … */
    gboolean quit;
};

static void post_free(gpointer arg) {
    struct post *post = arg;
    popup_free(post->popup);
    g_free(post);
}

/* What orders the two is a lock of GLib's, which the thread sanitizer does not see. */
#ifdef __SANITIZE_THREAD__
void __tsan_release(void *), __tsan_acquire(void *);
#define HAND_OVER(post) __tsan_release(post)
#define TAKE_OVER(post) __tsan_acquire(post)
#else
#define HAND_OVER(post) ((void)0)
#define TAKE_OVER(post) ((void)0)
#endif

static gboolean on_post(gpointer arg) {
    struct post *post = arg;
    TAKE_OVER(post);
    if (post->quit)
        post->d->stopping = TRUE;
    else if (post->popup)
        popups_add(post->d, g_steal_pointer(&post->popup));
    else
        popups_cancel(post->d, post->cancel);
    return G_SOURCE_REMOVE;
}

/* Not g_main_context_invoke(): that would run in the loop itself while the thread is still starting. */
static void post(struct desktop *d, struct post what) {
    GSource *source = g_idle_source_new();
    what.d = d;
    struct post *post = g_memdup2(&what, sizeof what);
    HAND_OVER(post);
    g_source_set_priority(source, G_PRIORITY_DEFAULT);
    g_source_set_callback(source, on_post, post, post_free);
    g_source_attach(source, d->context);
    g_source_unref(source);
}

/* -- the thread ------------------------------------------------------------------------------------------ */

static gboolean on_stop_late(gpointer arg) {
    (void)arg; /* only wakes the iteration below */
    return G_SOURCE_REMOVE;
}

static gpointer thread_main(gpointer arg) {
    struct desktop *d = arg;
    g_main_context_push_thread_default(d->context);
    bus_start(d);
    while (!d->stopping) g_main_context_iteration(d->context, TRUE);
    bus_stop(d);
    /* What was cancelled comes back through this context; wait for it, but not for ever. */
    gint64 until = g_get_monotonic_time() + STOP_MS * G_TIME_SPAN_MILLISECOND;
    GSource *late = desktop_after(d, STOP_MS, on_stop_late, NULL);
    while (d->calls && g_get_monotonic_time() < until) g_main_context_iteration(d->context, TRUE);
    desktop_no_timer(late);
    list_remove(d);
    g_main_context_pop_thread_default(d->context);
    return NULL;
}

static gint64 option_number(const struct na_notifier_host *host, const char *name, gint64 preset, gint64 min,
                            gint64 max) {
    const char *text = host->option(host->ctx, name);
    gint64 n = text ? g_ascii_strtoll(text, NULL, 10) : preset;
    return CLAMP(n, min, max);
}

static void desktop_free(struct desktop *d) {
    if (d->popups) g_ptr_array_unref(d->popups);
    if (d->more) g_ptr_array_unref(d->more);
    if (d->dismissed) g_ptr_array_unref(d->dismissed);
    if (d->context) g_main_context_unref(d->context);
    g_free(d->list);
    g_free(d->address);
    g_free(d->no_address);
    g_free(d->told_why);
    g_free(d->token);
    g_free(d);
}

static int desktop_start(const struct na_notifier_host *host, void **ret_instance) {
    if (!NA_HAS(host, available)) return NA_FAIL;
    struct desktop *d = g_new0(struct desktop, 1);
    memcpy(&d->host, host, MIN(host->size, sizeof d->host));
    d->host.size = sizeof d->host;
    d->expire_ms = option_number(host, "expire", 10000, 0, G_MAXINT32);
    d->on_screen = (guint)option_number(host, "on_screen", 5, 1, 50);
    d->sound = g_strcmp0(host->option(host->ctx, "sound"), "no") != 0;
    d->told = -1;
    d->wait_s = 1;
    d->popups = g_ptr_array_new_with_free_func(popup_free);
    d->more = g_ptr_array_new_with_free_func(entry_free);
    d->dismissed = g_ptr_array_new_with_free_func(g_free);
    d->list = list_place(g_getenv("XDG_RUNTIME_DIR"));
    d->context = g_main_context_new();
    bus_find(g_getenv("DBUS_SESSION_BUS_ADDRESS"), g_getenv("XDG_RUNTIME_DIR"), &d->address, &d->no_address);

    /* The daemon's signals are the loop's: this thread, and those that GDBus starts from it, take none. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    GError *error = NULL;
    d->thread = g_thread_try_new("desktop", thread_main, d, &error);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!d->thread) {
        desktop_log(d, 3, "desktop: cannot start a thread: %s", error->message);
        g_clear_error(&error);
        desktop_free(d);
        return NA_FAIL;
    }
    *ret_instance = d;
    return NA_OK;
}

static int desktop_send(void *instance, const struct na_message *message, uint64_t ticket) {
    struct desktop *d = instance;
    if (!NA_HAS(message, fired)) return NA_FAIL;
    if (g_atomic_int_add(&d->n_tickets, 1) >= POPUPS_MAX) {
        g_atomic_int_add(&d->n_tickets, -1);
        return NA_FAIL;
    }
    post(d, (struct post){.popup = popup_new(message, ticket)});
    return NA_OK;
}

static void desktop_cancel(void *instance, uint64_t ticket) {
    post(instance, (struct post){.cancel = ticket});
}

static void desktop_stop(void *instance) {
    struct desktop *d = instance;
    post(d, (struct post){.quit = TRUE});
    g_thread_join(d->thread);
    desktop_free(d);
}

/* -- the description ------------------------------------------------------------------------------------- */

static const struct na_option options[] = {
    {"expire", "duration", "10s",
     "How long a routine pop-up stays; urgent: as the desktop likes, flash: until closed."},
    {"on_screen", "int 1..50", "5",
     "So many pop-ups at once; further ones are counted in one \"N more alerts\"."},
    {"sound", "bool", "yes", "Let the desktop play a sound for flash alerts."},
    {NULL, NULL, NULL, NULL},
};

static const struct na_notifier notifier = {
    .size = sizeof(struct na_notifier),
    .options = options,
    .option_stride = sizeof options[0],
    .features = NA_FEATURE_EDITS | NA_FEATURE_ACTIONS,
    .start = desktop_start,
    .send = desktop_send,
    .cancel = desktop_cancel,
    .stop = desktop_stop,
};

static const struct na_plugin plugin = {
    .size = sizeof(struct na_plugin),
    .name = "desktop",
    .version = "0.1.0",
    .license = "Apache-2.0",
    .summary = "Pop-ups on the desktop, through its notification server",
    .notifier = &notifier,
};

const struct na_plugin *newsalert_plugin_1(void) {
    return &plugin;
}
