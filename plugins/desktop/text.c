#include "desktop.h"

#include <string.h>

/* Texts come from feeds: hostile, of any length, perhaps not even UTF-8, which the bus would answer by
 * closing the connection. */

/* Embedding, override and isolate controls can make a text, or a link in it, read backwards. */
static gboolean is_bidi_control(gunichar c) {
    return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

static gboolean is_regional(gunichar c) {
    return c >= 0x1F1E6 && c <= 0x1F1FF;
}

/* Does c belong to the character before it? `regional`: how many regional letters stand directly before. */
static gboolean joins(gunichar before, gunichar c, guint regional) {
    return g_unichar_ismark(c) || c == 0x200D || before == 0x200D || (c >= 0xFE00 && c <= 0xFE0F) ||
           (c >= 0x1F3FB && c <= 0x1F3FF) || (is_regional(c) && regional % 2 == 1);
}

/* Cuts to max characters, the ellipsis included, and never inside what a reader sees as one. */
static void cut(GString *s, size_t max) {
    if ((size_t)g_utf8_strlen(s->str, (gssize)s->len) <= max) return;
    const char *good = s->str, *at = s->str;
    gunichar before = 0;
    guint regional = 0;
    for (size_t n = 0; n < max; n++) {
        gunichar c = g_utf8_get_char(at);
        if (n == 0 || !joins(before, c, regional)) good = at;
        regional = is_regional(c) ? regional + 1 : 0;
        before = c;
        at = g_utf8_next_char(at);
    }
    g_string_truncate(s, (gsize)(good - s->str));
    while (s->len && g_ascii_isspace(s->str[s->len - 1])) g_string_truncate(s, s->len - 1);
    g_string_append(s, "…");
}

static char *cleaned(struct na_text t, size_t max, gboolean lines) {
    char *valid = t.len ? g_utf8_make_valid(t.ptr, (gssize)MIN(t.len, (size_t)16 * 4 * max)) : g_strdup("");
    GString *out = g_string_new(NULL);
    for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        gboolean line_break = c == '\n' || c == 0x2028 || c == 0x2029 || c == 0x85;
        if (line_break && lines) {
            while (out->len && out->str[out->len - 1] == ' ') g_string_truncate(out, out->len - 1);
            if (out->len && out->str[out->len - 1] != '\n') g_string_append_c(out, '\n');
        } else if (line_break || c == '\t' || c == ' ') {
            if (out->len && !g_ascii_isspace(out->str[out->len - 1])) g_string_append_c(out, ' ');
        } else if (!g_unichar_iscntrl(c) && !is_bidi_control(c)) {
            g_string_append_unichar(out, c);
        }
    }
    g_free(valid);
    while (out->len && g_ascii_isspace(out->str[out->len - 1])) g_string_truncate(out, out->len - 1);
    cut(out, max);
    return g_string_free(out, FALSE);
}

char *text_line(struct na_text t, size_t max) {
    return cleaned(t, max, FALSE);
}

char *text_lines(struct na_text t, size_t max) {
    return cleaned(t, max, TRUE);
}

char *text_escaped(const char *s) {
    GString *out = g_string_new(NULL);
    for (; *s; s++) {
        if (*s == '&')
            g_string_append(out, "&amp;");
        else if (*s == '<')
            g_string_append(out, "&lt;");
        else if (*s == '>')
            g_string_append(out, "&gt;");
        else
            g_string_append_c(out, *s);
    }
    return g_string_free(out, FALSE);
}

/* Length of an entity that begins at s ("&amp;", "&#39;"), 0 if there is none. */
static size_t entity(const char *s) {
    size_t n = 1;
    if (s[n] == '#') n++;
    size_t first = n;
    while (g_ascii_isalnum(s[n])) n++;
    return s[n] == ';' && n > first ? n + 1 : 0;
}

char *text_literal(const char *s) {
    /* Some servers decode entities all the same. A zero-width space keeps "&lt;" of a feed what it is. */
    GString *out = g_string_new(NULL);
    for (; *s; s++) {
        g_string_append_c(out, *s);
        if (*s == '&' && entity(s)) g_string_append(out, "\u200B");
    }
    return g_string_free(out, FALSE);
}

char *text_web(struct na_text url) {
    gboolean web = url.len <= URL_MAX && g_utf8_validate(url.ptr, (gssize)url.len, NULL) &&
                   ((url.len > 7 && !g_ascii_strncasecmp(url.ptr, "http://", 7)) ||
                    (url.len > 8 && !g_ascii_strncasecmp(url.ptr, "https://", 8)));
    GString *out = g_string_new(NULL);
    for (size_t i = 0; web && i < url.len; i++) {
        unsigned char c = (unsigned char)url.ptr[i];
        if (c <= ' ' || c == 0x7F || strchr("\"<>\\^`{|}", c))
            g_string_append_printf(out, "%%%02X", c);
        else
            g_string_append_c(out, (char)c);
    }
    return g_string_free(out, FALSE);
}
