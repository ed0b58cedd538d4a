#include "deliver/render/prose.h"

#include <utf8proc.h>

const struct prose_escape prose_html[] = {{'&', "&amp;"},  {'<', "&lt;"},   {'>', "&gt;"},
                                          {'"', "&quot;"}, {'\'', "&#39;"}, {0, NULL}};

size_t prose_character(struct text t, int32_t *ret_code) {
    utf8proc_int32_t code;
    utf8proc_ssize_t n =
        utf8proc_iterate((const utf8proc_uint8_t *)t.ptr, (utf8proc_ssize_t)(t.len > 4 ? 4 : t.len), &code);
    *ret_code = n > 0 ? code : -1;
    return n > 0 ? (size_t)n : 1;
}

static bool is_bidi_control(int32_t c) {
    return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}
static bool is_line_break(int32_t c) {
    return c == '\n' || c == '\r' || c == '\v' || c == '\f' || c == 0x85 || c == 0x2028 || c == 0x2029;
}
static bool is_blank(int32_t c) {
    return c <= ' ' || (c >= 0x7F && c < 0xA0);
}

/* Blanks and breaks are only noted, and written when a visible character follows: so both ends are trimmed
 * and runs fold into one. */
static void clean(struct buf *out, struct text t, bool lines) {
    bool blank = false, any = false;
    unsigned breaks = 0;
    while (t.len) {
        int32_t c;
        size_t n = prose_character(t, &c);
        if (c >= 0 && is_line_break(c)) {
            if (!(c == '\r' && t.len > 1 && t.ptr[1] == '\n')) breaks++;
        } else if (c >= 0 && is_blank(c)) {
            blank = true;
        } else if (!is_bidi_control(c)) {
            if (any && breaks && lines)
                buf_adds(out, breaks > 1 ? "\n\n" : "\n");
            else if (any && (blank || breaks))
                buf_addc(out, ' ');
            if (c < 0)
                buf_adds(out, "\xEF\xBF\xBD");
            else
                buf_add(out, t.ptr, n);
            any = true, blank = false, breaks = 0;
        }
        t.ptr += n, t.len -= n;
    }
}

void prose_line(struct buf *out, struct text t) {
    clean(out, t, false);
}
void prose_block(struct buf *out, struct text t) {
    clean(out, t, true);
}

static size_t units_of(int32_t code, size_t bytes, enum prose_unit unit) {
    if (unit == PROSE_BYTES) return bytes;
    return unit == PROSE_UTF16 && code > 0xFFFF ? 2 : 1;
}

size_t prose_length(struct text t, enum prose_unit unit) {
    size_t units = 0;
    while (t.len) {
        int32_t c;
        size_t n = prose_character(t, &c);
        units += units_of(c, n, unit);
        t.ptr += n, t.len -= n;
    }
    return units;
}

size_t prose_fit(struct text t, size_t max, enum prose_unit unit, bool *ret_cut) {
    size_t dots = unit == PROSE_BYTES ? sizeof PROSE_ELLIPSIS - 1 : 1;
    size_t units = 0, at = 0, good = 0; /* good: the last boundary before which the dots still fit */
    utf8proc_int32_t state = 0;
    int32_t before = -1;
    while (at < t.len) {
        int32_t c;
        size_t n = prose_character((struct text){t.ptr + at, t.len - at}, &c);
        bool boundary = !at || before < 0 || c < 0 || utf8proc_grapheme_break_stateful(before, c, &state);
        if (boundary && units + dots <= max) good = at;
        units += units_of(c, n, unit);
        if (units > max) {
            *ret_cut = true;
            return good;
        }
        before = c;
        at += n;
    }
    *ret_cut = false;
    return t.len;
}

void prose_cut(struct buf *out, struct text t, size_t max, enum prose_unit unit) {
    bool cut;
    size_t n = prose_fit(t, max, unit, &cut);
    while (cut && n && t.ptr[n - 1] == ' ') n--;
    buf_add(out, t.ptr, n);
    if (cut && prose_length(TEXT(PROSE_ELLIPSIS), unit) <= max) buf_adds(out, PROSE_ELLIPSIS);
}

void prose_escaped(struct buf *out, struct text t, const struct prose_escape *table) {
    for (size_t i = 0; i < t.len; i++) {
        const struct prose_escape *e = table;
        while (e->sign && e->sign != t.ptr[i]) e++;
        if (e->sign)
            buf_adds(out, e->by);
        else
            buf_addc(out, t.ptr[i]);
    }
}

int prose_link(struct buf *out, struct text url) {
    url = text_trim(url);
    size_t scheme = text_eq_nocase((struct text){url.ptr, url.len < 7 ? url.len : 7}, TEXT("http://"))    ? 7
                    : text_eq_nocase((struct text){url.ptr, url.len < 8 ? url.len : 8}, TEXT("https://")) ? 8
                                                                                                          : 0;
    if (!scheme || url.len == scheme || strchr("/?#", url.ptr[scheme])) return -1;
    for (size_t i = 0; i < url.len; i++) {
        unsigned char c = (unsigned char)url.ptr[i];
        if (c <= ' ' || c >= 0x7F || strchr("\"<>|\\^`{}", c))
            buf_addf(out, "%%%02X", c);
        else
            buf_addc(out, (char)c);
    }
    return 0;
}
