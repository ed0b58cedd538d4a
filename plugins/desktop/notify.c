#include "desktop.h"

/* Expiry: what the message says; else flash stays, urgent is the server's to choose, routine goes by itself.
 */
gint64 notify_expiry(const struct desktop *d, const struct popup *p) {
    if (p->expire_ms >= 0) return MIN(p->expire_ms, G_MAXINT32);
    if (p->level == NA_FLASH) return 0;
    return p->level == NA_URGENT ? -1 : MIN(d->expire_ms, G_MAXINT32);
}

static void add_hint(GVariantBuilder *hints, const char *name, GVariant *value) {
    g_variant_builder_add(hints, "{sv}", name, value);
}

static GVariant *hints_of(const struct desktop *d, const struct popup *p) {
    GVariantBuilder hints;
    g_variant_builder_init(&hints, G_VARIANT_TYPE("a{sv}"));
    guint8 urgency = p->level >= NA_FLASH ? 2 : p->level == NA_URGENT ? 1 : 0;
    add_hint(&hints, "urgency", g_variant_new_byte(urgency));
    add_hint(&hints, "category", g_variant_new_string("network"));
    add_hint(&hints, "desktop-entry", g_variant_new_string("newsalertd"));
    if (p->silent || !d->sound)
        add_hint(&hints, "suppress-sound", g_variant_new_boolean(TRUE));
    else if (p->level >= NA_FLASH)
        add_hint(&hints, "sound-name", g_variant_new_string("message-new-instant"));
    return g_variant_builder_end(&hints);
}

static void add_action(GVariantBuilder *actions, const char *id, const char *label) {
    g_variant_builder_add(actions, "s", id);
    g_variant_builder_add(actions, "s", label);
}

/* A click on the pop-up is `default`, but not every server has such a click: hence a button beside it, save
 * where the server makes one of `default`. */
static void add_main_action(GVariantBuilder *actions, const struct desktop *d, const char *id,
                            const char *label) {
    add_action(actions, "default", label);
    if (!d->default_button) add_action(actions, id, label);
}

static GVariant *actions_of(const struct desktop *d, const struct popup *p) {
    GVariantBuilder actions;
    g_variant_builder_init(&actions, G_VARIANT_TYPE("as"));
    if (d->caps & CAN_ACTIONS) {
        if (d->list && popup_entries(p)->len)
            add_main_action(&actions, d, "list", "Open the list");
        else if (*p->url && !p->more)
            add_main_action(&actions, d, "open", "Open");
        for (guint i = 0; i + 1 < p->actions->len && !p->more; i += 2)
            if (!g_str_equal(p->actions->pdata[i], "open"))
                add_action(&actions, p->actions->pdata[i], p->actions->pdata[i + 1]);
    }
    return g_variant_builder_end(&actions);
}

static char *safe_text(const struct desktop *d, const char *s) {
    return d->caps & CAN_MARKUP ? text_escaped(s) : text_literal(s);
}

static void append_safe(const struct desktop *d, GString *body, const char *s) {
    char *safe = safe_text(d, s);
    g_string_append(body, safe);
    g_free(safe);
}

/* Without buttons the address itself is the only way to the item. */
static void append_link(const struct desktop *d, GString *body, const char *url) {
    gboolean linked = (d->caps & CAN_LINKS) && (d->caps & CAN_MARKUP);
    if (body->len) g_string_append_c(body, '\n');
    if (linked) {
        char *href = text_escaped(url);
        g_string_append_printf(body, "<a href=\"%s\">%s</a>", href, href);
        g_free(href);
    } else {
        append_safe(d, body, url);
    }
}

static char *body_of(const struct desktop *d, const struct popup *p) {
    GString *body = g_string_new(NULL);
    if (p->more) {
        for (guint i = d->more->len > MORE_LINES ? d->more->len - MORE_LINES : 0; i < d->more->len; i++) {
            if (body->len) g_string_append_c(body, '\n');
            append_safe(d, body, ((const struct entry *)d->more->pdata[i])->title);
        }
    } else {
        append_safe(d, body, p->body);
        if (*p->url && !(d->caps & CAN_ACTIONS)) append_link(d, body, p->url);
    }
    return g_string_free(body, FALSE);
}

GVariant *notify_arguments(const struct desktop *d, const struct popup *p, guint32 replaces) {
    char *summary = p->more ? g_strdup_printf(d->n_more == 1 ? "%u more alert" : "%u more alerts", d->n_more)
                            : g_strdup(p->title);
    char *body = d->caps & CAN_BODY ? body_of(d, p) : g_strdup("");
    GVariant *args = g_variant_new("(susss@as@a{sv}i)", "newsalertd", replaces, "", summary, body,
                                   actions_of(d, p), hints_of(d, p), (gint32)notify_expiry(d, p));
    g_free(summary);
    g_free(body);
    return args;
}
