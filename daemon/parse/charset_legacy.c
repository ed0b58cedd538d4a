#include "parse/charset_parts.h"

#include "parse/utf8.h"

#include <errno.h>

/* The high half of a charset of single bytes, in UTF-8. */
struct high_half {
    struct high {
        uint8_t len; /* 0: the byte means nothing */
        char utf8[3];
    } bytes[128];
};

static const uint16_t windows[32] = {
    0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178,
};

uint32_t charset_windows(unsigned char c) {
    return c >= 0x80 && c <= 0x9F ? windows[c - 0x80] : c;
}

static const struct high *high_of(const struct high_half *half, char c) {
    return &half->bytes[(unsigned char)c & 0x7F];
}

/* Bytes that t becomes, at most. */
static size_t size_of(const struct high_half *half, struct text t) {
    size_t size = 0;
    for (size_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.ptr[i];
        uint8_t len = half->bytes[c & 0x7F].len;
        size += c < 0x80 ? 1 : len ? len : 3;
    }
    return size;
}

static int read_single(const struct high_half *half, struct text t, struct buf *out,
                       struct charset_result *r) {
    const char *begin = t.ptr - r->start, *p = t.ptr, *end = t.ptr + t.len;
    size_t plain = charset_plain(t.ptr, t.len);
    if (plain == t.len) {
        r->text = t;
        return 0;
    }
    if (buf_reserve(out, size_of(half, t) + 2) < 0) return -1; /* three bytes are written at once */
    char *to = out->ptr + out->len;
    while (p < end) {
        size_t n = charset_plain(p, (size_t)(end - p));
        memcpy(to, p, n);
        to += n;
        p += n;
        for (; p < end && (unsigned char)*p >= 0x80; p++) {
            const struct high *high = high_of(half, *p);
            memcpy(to, high->len ? high->utf8 : "\xEF\xBF\xBD", 3);
            to += high->len ? high->len : 3;
            if (!high->len) charset_edit(r, (size_t)(p - begin), 1, (size_t)(to - out->ptr), false);
        }
        for (; p < end && charset_forbidden(p, 1); p++)
            charset_edit(r, (size_t)(p - begin), 1, (size_t)(to - out->ptr), true);
    }
    out->len = (size_t)(to - out->ptr);
    *to = '\0';
    r->text = buf_text(out);
    return 0;
}

int charset_windows_1252(struct text t, struct buf *out, struct charset_result *r) {
    struct high_half half;
    for (unsigned i = 0; i < 128; i++) {
        char piece[4] = "";
        half.bytes[i].len = (uint8_t)utf8_put(charset_windows((unsigned char)(i + 128)), piece);
        memcpy(half.bytes[i].utf8, piece, 3);
    }
    return read_single(&half, t, out, r);
}

/* Fills the table of a charset of single bytes that holds ASCII. False: it is none. */
static bool fill(iconv_t cd, struct high_half *half) {
    for (unsigned i = 0; i < 256; i++) {
        char byte = (char)i, piece[16], *in = &byte, *to = piece;
        size_t left = 1, room = sizeof piece;
        size_t n = iconv(cd, &in, &left, &to, &room);
        bool unknown = n == (size_t)-1 && errno == EILSEQ;
        if (n == (size_t)-1 && !unknown) {
            iconv(cd, NULL, NULL, NULL, NULL);
            return false;
        }
        /* What it keeps back until it has seen the next one, and the way back to its first state. */
        iconv(cd, NULL, NULL, &to, &room);
        size_t len = unknown ? 0 : (size_t)(to - piece);
        if (i < 128) {
            if (i >= ' ' && i < 127 && (len != 1 || piece[0] != byte)) return false;
            continue;
        }
        if (len > 3) return false;
        half->bytes[i - 128].len = (uint8_t)len;
        memcpy(half->bytes[i - 128].utf8, piece, 3);
    }
    return true;
}

/* Takes what is forbidden out of `out` from `from` on. */
static void drop_forbidden(struct buf *out, size_t from, struct charset_result *r) {
    char *to = out->ptr + from;
    const char *p = to, *end = out->ptr + out->len;
    while (p < end) {
        size_t n = charset_plain(p, (size_t)(end - p));
        while (p + n < end && (unsigned char)p[n] >= 0x80 && !charset_forbidden(p + n, (size_t)(end - p) - n))
            n++;
        if (to != p) memmove(to, p, n);
        to += n;
        p += n;
        n = p < end ? charset_forbidden(p, (size_t)(end - p)) : 0;
        if (n) r->dropped++;
        p += n;
    }
    out->len = (size_t)(to - out->ptr);
}

int charset_convert(iconv_t cd, struct text t, size_t width, struct buf *out, struct charset_result *r) {
    enum { PIECE = 16384 };
    struct high_half half;
    if (width == 1 && fill(cd, &half)) return read_single(&half, t, out, r);
    char *in = (char *)(uintptr_t)t.ptr;
    const char *begin = t.ptr - r->start;
    size_t left = t.len, from = out->len;
    while (left) {
        size_t room = left < PIECE ? left + 16 : PIECE, all = room;
        if (buf_reserve(out, room) < 0) return -1;
        char *to = out->ptr + out->len;
        size_t n = iconv(cd, &in, &left, &to, &room);
        out->len += all - room;
        if (n != (size_t)-1 || errno == E2BIG) continue;
        /* In what has more than one byte a character the next byte may be sound again: "\x81<" keeps its '<'.
         */
        size_t bad = left < width ? left : width;
        buf_add(out, "\xEF\xBF\xBD", 3);
        charset_edit(r, (size_t)(in - begin), bad, out->len, false);
        in += bad;
        left -= bad;
    }
    if (buf_reserve(out, 64) < 0) return -1;
    char *to = out->ptr + out->len;
    size_t room = 64;
    iconv(cd, NULL, NULL, &to, &room);
    out->len += 64 - room;
    drop_forbidden(out, from, r);
    out->ptr[out->len] = '\0';
    r->text = buf_text(out);
    return 0;
}
