#include "desktop.h"

/* Invariants. Of one thread at most one pop-up is ASKED or SHOWN, but for the moment in which a newer one is
 * ASKED to replace an older SHOWN one. A key is never asked for twice as long as the first call may still be
 * answered: so a server that was only slow does not show an alert twice. */

#define DISMISSED_MAX    256u
#define CLOSED_BY_PERSON 2u /* reason of NotificationClosed */

static gboolean is(struct na_text t, const char *word) {
    return t.len == strlen(word) && !memcmp(t.ptr, word, t.len);
}

struct popup *popup_new(const struct na_message *m, guint64 ticket) {
    struct popup *p = g_new0(struct popup, 1);
    p->key = g_strndup(m->key.len ? m->key.ptr : "", m->key.len);
    p->thread = m->thread.len ? g_strndup(m->thread.ptr, m->thread.len) : g_strdup(p->key);
    p->title = text_line(m->title, TITLE_MAX);
    p->body = text_lines(m->body, BODY_MAX);
    p->url = text_web(m->url);
    p->level = m->level;
    p->silent = m->silent != 0;
    p->edit = is(m->kind, "edit");
    p->why = is(m->kind, "why");
    p->expire_ms = m->expire_ms;
    p->ticket = ticket;
    p->has_ticket = TRUE;
    p->actions = g_ptr_array_new_with_free_func(g_free);
    p->entries = g_ptr_array_new_with_free_func(entry_free);
    for (size_t i = 0; NA_HAS(m, entry_stride) && i < m->n_entries && i < LIST_MAX; i++) {
        const struct na_entry *e = NA_AT(const struct na_entry, m->entries, m->entry_stride, i);
        g_ptr_array_add(p->entries, entry_new((struct na_text){0}, e->title, e->url, e->about));
    }
    for (size_t i = 0; i < m->n_actions && i < ACTIONS_MAX; i++) {
        const struct na_action *a = NA_AT(const struct na_action, m->actions, m->action_stride, i);
        char *id = text_line(a->id, TITLE_MAX), *label = text_line(a->label, TITLE_MAX);
        if (*id && g_strcmp0(id, "default") != 0) { /* `default` is the plugin's own: it means open */
            g_ptr_array_add(p->actions, id);
            g_ptr_array_add(p->actions, label);
        } else {
            g_free(id);
            g_free(label);
        }
    }
    return p;
}

void popup_free(void *popup) {
    struct popup *p = popup;
    if (!p) return;
    desktop_no_timer(p->deadline);
    g_ptr_array_unref(p->actions);
    g_ptr_array_unref(p->entries);
    g_free(p->key);
    g_free(p->thread);
    g_free(p->title);
    g_free(p->body);
    g_free(p->url);
    g_free(p);
}

static struct na_text text_of(const char *s) {
    return (struct na_text){s, strlen(s)};
}

static void end_ticket(struct popup *p) {
    p->deadline = desktop_no_timer(p->deadline);
    if (p->has_ticket) g_atomic_int_add(&p->desktop->n_tickets, -1);
    p->has_ticket = FALSE;
}

static void answer(struct popup *p, int result, const char *why) {
    struct desktop *d = p->desktop;
    gboolean wanted = p->has_ticket;
    end_ticket(p);
    if (wanted) d->host.sent(d->host.ctx, p->ticket, result, 0, why);
}

static void forget(struct popup *p) {
    end_ticket(p);
    g_ptr_array_remove(p->desktop->popups, p);
}

static void gone(struct popup *p, int reason) {
    struct desktop *d = p->desktop;
    d->host.closed(d->host.ctx, text_of(p->key), reason);
    forget(p);
}

static gboolean same_thread(const struct popup *a, const struct popup *b) {
    return a->more == b->more && (a->more || g_str_equal(a->thread, b->thread));
}

/* Another pop-up of p's thread in that state. */
static struct popup *sibling(const struct popup *p, enum popup_state state) {
    for (guint i = 0; i < p->desktop->popups->len; i++) {
        struct popup *q = p->desktop->popups->pdata[i];
        if (q != p && q->state == state && same_thread(p, q)) return q;
    }
    return NULL;
}

static guint on_screen(const struct desktop *d) {
    gint64 now = g_get_monotonic_time();
    guint n = 0;
    for (guint i = 0; i < d->popups->len; i++) {
        const struct popup *p = d->popups->pdata[i];
        n += !p->more && (p->state == ASKED || (p->state == SHOWN && now < p->seen_until));
    }
    return n;
}

GPtrArray *popup_entries(const struct popup *p) {
    return p->more ? p->desktop->more : p->entries;
}

static void join_more(struct popup *p) {
    GPtrArray *more = p->desktop->more;
    p->more = TRUE;
    for (guint i = 0; i < more->len; i++)
        if (g_strcmp0(((struct entry *)more->pdata[i])->key, p->key) == 0)
            return; /* counted in an attempt that failed */
    if (more->len == LIST_MAX) g_ptr_array_remove_index(more, 0);
    const char *end = strchr(p->body, '\n');
    struct na_text about = {p->body, end ? (size_t)(end - p->body) : strlen(p->body)};
    g_ptr_array_add(more, entry_new(text_of(p->key), text_of(p->title), text_of(p->url), about));
    p->desktop->n_more++;
}

static void forget_more(struct desktop *d) {
    g_ptr_array_set_size(d->more, 0);
    d->n_more = 0;
}

/* -- showing --------------------------------------------------------------------------------------------- */

static void on_shown(struct desktop *d, void *arg, GVariant *reply, const GError *error) {
    struct popup *p = arg;
    if (!reply && !error) return; /* stale: p is gone already */
    if (error) {
        gboolean refused = g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
        answer(p, refused ? NA_DEAD : NA_RETRY, error->message);
        forget(p);
    } else {
        guint32 id;
        g_variant_get(reply, "(u)", &id);
        for (guint i = d->popups->len; i-- > 0;) { /* what it replaced */
            struct popup *q = d->popups->pdata[i];
            if (q != p && q->state == SHOWN && (q->id == id || same_thread(p, q))) gone(q, NA_CLOSED_BY_US);
        }
        gint64 expiry = notify_expiry(d, p);
        p->state = SHOWN;
        p->id = id;
        p->seen_until = expiry == 0
                            ? G_MAXINT64
                            : g_get_monotonic_time() + (expiry < 0 ? MORE_SEEN_S * G_TIME_SPAN_SECOND
                                                                   : expiry * G_TIME_SPAN_MILLISECOND);
        answer(p, NA_SENT, NULL);
        bus_alive(d);
    }
    popups_pump(d);
}

static gboolean on_deadline(gpointer arg) {
    struct popup *p = arg;
    struct desktop *d = p->desktop;
    answer(p, NA_RETRY, "the notification server did not answer within 5 s");
    bus_mute(d);
    return G_SOURCE_REMOVE;
}

static void set_deadline(struct popup *p) {
    desktop_no_timer(p->deadline);
    p->deadline = desktop_after(p->desktop, CALL_MS, on_deadline, p);
}

static gboolean is_dismissed(const struct popup *p) {
    for (guint i = 0; i < p->desktop->dismissed->len; i++)
        if (g_str_equal(p->desktop->dismissed->pdata[i], p->thread)) return TRUE;
    return FALSE;
}

static void dismiss(const struct popup *p) {
    GPtrArray *list = p->desktop->dismissed;
    if (p->more || is_dismissed(p)) return;
    if (list->len == DISMISSED_MAX) g_ptr_array_remove_index(list, 0);
    g_ptr_array_add(list, g_strdup(p->thread));
}

static void show(struct desktop *d, struct popup *p) {
    if (p->edit && is_dismissed(p) && !sibling(p, ASKED) && !sibling(p, SHOWN)) {
        answer(p, NA_SENT, "somebody closed it");
        forget(p);
        return;
    }
    if (!p->more && !p->why && p->level < NA_FLASH && !sibling(p, ASKED) && !sibling(p, SHOWN) &&
        on_screen(d) >= d->on_screen)
        join_more(p);
    const struct popup *before = sibling(p, ASKED);
    if (before) {
        if (before->has_ticket) return; /* its answer pumps again */
        answer(p, NA_RETRY, "the pop-up before it has not been answered yet");
        forget(p);
        return;
    }
    const struct popup *old = sibling(p, SHOWN);
    p->state = ASKED;
    set_deadline(p);
    bus_ask(d, "Notify", notify_arguments(d, p, old ? old->id : 0), "(u)", LATE_MS, on_shown, p);
}

void popups_pump(struct desktop *d) {
    if (d->link == IDLE && d->popups->len) {
        for (guint i = 0; i < d->popups->len; i++)
            if (((struct popup *)d->popups->pdata[i])->state == WAITING) bus_wake_server(d);
    } else if (d->link == READY) {
        for (guint i = 0; i < d->popups->len;) {
            struct popup *p = d->popups->pdata[i];
            if (p->state == WAITING) show(d, p);
            if (i < d->popups->len && d->popups->pdata[i] == p) i++;
        }
    } else if (d->told == 0) {
        popups_fail(d, d->told_why);
    } /* else the answer that is under way decides */
}

void popups_add(struct desktop *d, struct popup *p) {
    p->desktop = d;
    struct popup *oldest = NULL;
    for (guint i = 0; i < d->popups->len; i++) {
        struct popup *q = d->popups->pdata[i];
        if (!oldest && q->state == SHOWN) oldest = q;
        if (p->why || q->has_ticket || q->state == WAITING || !g_str_equal(q->key, p->key)) continue;
        /* The same message again, because its answer came too late or has not come yet. */
        if (q->state == SHOWN) {
            answer(p, NA_SENT, NULL);
        } else {
            q->ticket = p->ticket;
            q->has_ticket = TRUE;
            p->has_ticket = FALSE;
            set_deadline(q);
        }
        popup_free(p);
        return;
    }
    if (d->popups->len >= POPUPS_MAX && oldest)
        gone(oldest, NA_CLOSED_OTHER); /* its click is lost, no more */
    g_ptr_array_add(d->popups, p);
    popups_pump(d);
}

/* -- ends ------------------------------------------------------------------------------------------------ */

void popups_fail(struct desktop *d, const char *why) {
    for (guint i = d->popups->len; i-- > 0;) {
        struct popup *p = d->popups->pdata[i];
        if (p->state != WAITING) continue;
        answer(p, NA_RETRY, why);
        forget(p);
    }
}

void popups_forget(struct desktop *d, const char *why) {
    for (guint i = d->popups->len; i-- > 0;) {
        struct popup *p = d->popups->pdata[i];
        if (d->stopping) {
            forget(p); /* no callbacks any more */
        } else if (p->state == SHOWN) {
            gone(p, NA_CLOSED_OTHER);
        } else if (p->state == ASKED) {
            answer(p, NA_RETRY, why);
            forget(p);
        }
    }
    forget_more(d);
}

void popups_cancel(struct desktop *d, guint64 ticket) {
    for (guint i = 0; i < d->popups->len; i++) {
        struct popup *p = d->popups->pdata[i];
        if (!p->has_ticket || p->ticket != ticket) continue;
        end_ticket(p);
        if (p->state == WAITING) forget(p); /* what is ASKED may still come, and is then known */
        return;
    }
}

static void on_action(struct desktop *d, struct popup *p, const char *action) {
    gboolean token = d->token && d->token_for == p->id;
    if (g_str_equal(action, "default")) action = popup_entries(p)->len ? "list" : "open";
    dismiss(p);
    if (g_str_equal(action, "open")) open_url(d, p->url, token ? d->token : NULL);
    if (g_str_equal(action, "list") && d->list && list_write(d, p))
        open_file(d, d->list, token ? d->token : NULL);
    g_clear_pointer(&d->token, g_free);
    d->host.acted(d->host.ctx, text_of(p->key), text_of(action));
}

void popups_on_signal(struct desktop *d, const char *signal, GVariant *args) {
    gboolean closed = g_str_equal(signal, "NotificationClosed");
    if (!g_variant_is_of_type(args, G_VARIANT_TYPE(closed ? "(uu)" : "(us)"))) return;
    guint32 id = 0, reason = 0;
    const char *text = NULL;
    if (closed)
        g_variant_get(args, "(uu)", &id, &reason);
    else
        g_variant_get(args, "(u&s)", &id, &text);
    struct popup *p = NULL;
    for (guint i = 0; i < d->popups->len && !p; i++) {
        struct popup *q = d->popups->pdata[i];
        if (q->state == SHOWN && q->id == id) p = q;
    }
    if (!p) return; /* another program's, or replaced */
    if (closed) {
        if (reason == CLOSED_BY_PERSON) dismiss(p);
        if (p->more) forget_more(d);
        gone(p, reason >= 1 && reason <= 3 ? (int)reason : NA_CLOSED_OTHER);
    } else if (g_str_equal(signal, "ActionInvoked")) {
        on_action(d, p, text);
    } else if (g_str_equal(signal, "ActivationToken")) {
        g_free(d->token);
        d->token = g_strdup(text);
        d->token_for = id;
    }
}
