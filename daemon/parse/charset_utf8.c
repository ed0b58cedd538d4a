#include "parse/charset_parts.h"

#include "parse/utf8.h"

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

static bool is_control(unsigned char c) {
    return c < ' ' && c != '\t' && c != '\n' && c != '\r';
}

size_t charset_plain(const char *ptr, size_t n) {
    size_t i = 0;
    while (i < n) {
        if (n - i >= 8) {
            uint64_t w;
            memcpy(&w, ptr + i, 8);
            /* No high bit, and none below 0x20: the subtraction borrows only where a byte is smaller. */
            if (!((w | (w - EACH(0x20))) & EACH(0x80))) {
                i += 8;
                continue;
            }
        }
        unsigned char c = (unsigned char)ptr[i];
        if (c >= 0x80 || is_control(c)) return i;
        i++;
    }
    return i;
}

size_t charset_forbidden(const char *ptr, size_t n) {
    if (n && is_control((unsigned char)ptr[0])) return 1;
    return n >= 3 && !memcmp(ptr, "\xEF\xBF", 2) && (unsigned char)ptr[2] >= 0xBE ? 3 : 0;
}

void charset_edit(struct charset_result *r, size_t at, size_t len, size_t to, bool control) {
    struct charset_edit *last = r->n_edits ? &r->edits[r->n_edits - 1] : NULL;
    bool same = last && last->control == control && last->at + last->len == at;
    if (control)
        r->dropped++;
    else if (!same)
        r->repaired++;
    if (same) {
        last->len += len;
        last->to = to;
    } else if (r->n_edits < LIMIT_CHARSET_EDITS) {
        r->edits[r->n_edits++] = (struct charset_edit){at, len, to, control};
    }
}

/* Length of the front of t that can stay as it is. */
static size_t sound_length(struct text t) {
    size_t i = 0;
    while (true) {
        i += charset_plain(t.ptr + i, t.len - i);
        /* Text that is not ASCII seldom returns to it for long. */
        while (i < t.len) {
            unsigned char c = (unsigned char)t.ptr[i];
            if (c < 0x80) break;
            size_t n = utf8_valid(t.ptr + i, t.len - i);
            if (!n || (c == 0xEF && charset_forbidden(t.ptr + i, t.len - i))) return i;
            i += n;
        }
        if (i == t.len || is_control((unsigned char)t.ptr[i])) return i;
    }
}

bool charset_is_utf8(struct text t, bool *ret_high) {
    bool high = false;
    for (size_t i = 0; i < t.len;) {
        size_t plain = charset_plain(t.ptr + i, t.len - i);
        i += plain;
        if (i == t.len) break;
        if ((unsigned char)t.ptr[i] < 0x80) {
            i++;
            continue;
        }
        high = true;
        if (utf8_valid(t.ptr + i, t.len - i)) {
            *ret_high = true;
            return true;
        }
        i++;
    }
    *ret_high = high;
    return false;
}

/* A character beyond U+FFFF as two surrogates of three bytes each (CESU-8, of old Java and Oracle), or 0. */
static uint32_t surrogates(struct text t) {
    const unsigned char *p = (const unsigned char *)t.ptr;
    if (t.len < 6 || p[0] != 0xED || p[3] != 0xED || (p[1] & 0xF0) != 0xA0 || (p[4] & 0xF0) != 0xB0 ||
        (p[2] & 0xC0) != 0x80 || (p[5] & 0xC0) != 0x80)
        return 0;
    uint32_t high = (p[1] & 0x0Fu) << 6 | (p[2] & 0x3Fu), low = (p[4] & 0x0Fu) << 6 | (p[5] & 0x3Fu);
    return 0x10000 + (high << 10 | low);
}

/* Mends or drops what stands at t. Returns its bytes. */
static size_t mend(struct text t, size_t at, struct buf *out, struct charset_result *r) {
    char piece[4];
    size_t n = charset_forbidden(t.ptr, t.len);
    if (n) {
        charset_edit(r, at, n, out->len, true);
        return n;
    }
    uint32_t c = surrogates(t);
    n = c ? 6 : 1;
    buf_add(out, piece, utf8_put(c ? c : charset_windows((unsigned char)t.ptr[0]), piece));
    charset_edit(r, at, n, out->len, false);
    return n;
}

int charset_utf8(struct text t, struct buf *out, struct charset_result *r) {
    const char *begin = t.ptr - r->start;
    size_t sound = sound_length(t);
    if (sound == t.len) {
        r->text = t;
        return 0;
    }
    if (buf_reserve(out, t.len) < 0) return -1;
    while (t.len) {
        buf_add(out, t.ptr, sound);
        t.ptr += sound;
        t.len -= sound;
        if (t.len) {
            size_t n = mend(t, (size_t)(t.ptr - begin), out, r);
            t.ptr += n;
            t.len -= n;
        }
        if (out->failed) return -1;
        sound = sound_length(t);
    }
    r->text = buf_text(out);
    return 0;
}
