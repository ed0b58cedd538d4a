#include "parse/charset.h"

#include "base/limits.h"
#include "parse/utf8.h"

#include <ctype.h>
#include <errno.h>
#include <iconv.h>

/* WHATWG Encoding, section 4.2: labels to what iconv of glibc calls the same. "UTF-8" and "windows-1252" are
 * read here. UTF-7 is missing on purpose: it hides markup. */
static const struct label {
    const char *label, *name;
} labels[] = {
#include "parse/charset_labels.inc"
};

static const uint16_t windows[32] = {
    0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178,
};

uint32_t charset_windows(unsigned char c) {
    return c >= 0x80 && c <= 0x9F ? windows[c - 0x80] : c;
}

const char *charset_of_label(struct text label) {
    label = text_trim(label);
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        if (text_eq_nocase(label, text_of(labels[i].label))) return labels[i].name;
    return NULL;
}

/* The value of name=value in a Content-Type or an XML declaration, quoted or not. */
static struct text parameter(struct text t, struct text name) {
    for (size_t i = 0; i + name.len < t.len; i++) {
        if (strncasecmp(t.ptr + i, name.ptr, name.len)) continue;
        if (i && (isalnum((unsigned char)t.ptr[i - 1]) || t.ptr[i - 1] == '-')) continue;
        size_t at = i + name.len;
        while (at < t.len && text_is_space(t.ptr[at])) at++;
        if (at == t.len || t.ptr[at] != '=') continue;
        at++;
        while (at < t.len && text_is_space(t.ptr[at])) at++;
        char quote = at < t.len && (t.ptr[at] == '"' || t.ptr[at] == '\'') ? t.ptr[at++] : 0;
        size_t end = at;
        while (end < t.len && (quote ? t.ptr[end] != quote : !text_is_space(t.ptr[end]) && t.ptr[end] != ';'))
            end++;
        return (struct text){t.ptr + at, end - at};
    }
    return TEXT_NONE;
}

static struct text declared(struct text bytes) {
    struct text head = {bytes.ptr, bytes.len < 1024 ? bytes.len : 1024};
    const char *xml = head.len ? memmem(head.ptr, head.len, "<?xml", 5) : NULL;
    if (!xml) return TEXT_NONE;
    head.len -= (size_t)(xml - head.ptr);
    head.ptr = xml;
    const char *end = memmem(head.ptr, head.len, "?>", 2);
    if (!end) return TEXT_NONE;
    head.len = (size_t)(end - head.ptr);
    return parameter(head, TEXT("encoding"));
}

static const struct mark {
    struct text bytes;
    const char *name;
} marks[] =
    {
        {{"\xEF\xBB\xBF", 3}, "UTF-8"}, {{"\xFF\xFE\0\0", 4}, "UTF-32LE"}, {{"\0\0\xFE\xFF", 4}, "UTF-32BE"},
        {{"\xFF\xFE", 2}, "UTF-16LE"},  {{"\xFE\xFF", 2}, "UTF-16BE"},
},
  patterns[] = {
      /* "<" of wide characters, without a mark */
      {{"<\0\0\0", 4}, "UTF-32LE"}, {{"\0\0\0<", 4}, "UTF-32BE"}, {{"<\0?\0", 4}, "UTF-16LE"},
      {{"\0<\0?", 4}, "UTF-16BE"},  {{"<\0r\0", 4}, "UTF-16LE"},  {{"\0<\0r", 4}, "UTF-16BE"},
      {{"<\0f\0", 4}, "UTF-16LE"},  {{"\0<\0f", 4}, "UTF-16BE"},  {{"{\0", 2}, "UTF-16LE"},
      {{"\0{", 2}, "UTF-16BE"},
};

static bool is_wide(const char *name) {
    return !strncmp(name, "UTF-16", 6) || !strncmp(name, "UTF-32", 6);
}

/* A wide charset of which the bytes show nothing is a lie: they would all become nonsense. */
static bool is_single_byte(struct text bytes) {
    size_t n = bytes.len < 64 ? bytes.len : 64;
    return !n || !memchr(bytes.ptr, 0, n);
}

/* What the bytes are to be read as, or NULL: nothing says. Takes a mark away from the front. */
static const char *evidence(struct text *bytes, struct text content_type, bool *lie) {
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (!text_starts(*bytes, marks[i].bytes)) continue;
        bytes->ptr += marks[i].bytes.len;
        bytes->len -= marks[i].bytes.len;
        return marks[i].name;
    }
    struct text said = parameter(content_type, TEXT("charset"));
    const char *name = charset_of_label(said);
    if (name && !(is_wide(name) && is_single_byte(*bytes))) return name;
    *lie = said.len > 0;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        if (text_starts(*bytes, patterns[i].bytes)) return patterns[i].name;
    said = declared(*bytes);
    name = charset_of_label(said);
    if (name && !(is_wide(name) && is_single_byte(*bytes))) return name;
    *lie = *lie || said.len > 0;
    return NULL;
}

static bool is_forbidden(unsigned char c) {
    return c < ' ' && c != '\t' && c != '\n' && c != '\r';
}

/* Length of the front of t that can stay as it is. Eight bytes at a time while they are plain ASCII. */
static size_t sound_length(struct text t) {
    size_t i = 0;
    while (i < t.len) {
        if (t.len - i >= 8) {
            uint64_t w;
            memcpy(&w, t.ptr + i, 8);
            /* No high bit, and none below 0x20: (w - 0x20…) borrows only where a byte is smaller. */
            if (!((w | (w - UINT64_C(0x2020202020202020))) & UINT64_C(0x8080808080808080))) {
                i += 8;
                continue;
            }
        }
        unsigned char c = (unsigned char)t.ptr[i];
        if (is_forbidden(c)) return i;
        size_t n = utf8_valid(t.ptr + i, t.len - i);
        if (!n) return i;
        i += n;
    }
    return i;
}

static int read_utf8(struct text t, struct buf *out, struct charset_result *r) {
    size_t sound = sound_length(t);
    if (sound == t.len) {
        r->text = t;
        return 0;
    }
    while (t.len) {
        buf_add(out, t.ptr, sound);
        t.ptr += sound;
        t.len -= sound;
        bool run = false;
        while (t.len && !utf8_valid(t.ptr, t.len)) {
            char piece[4];
            if (!run && !r->repaired++) r->first = out->len;
            run = true;
            buf_add(out, piece, utf8_put(charset_windows((unsigned char)t.ptr[0]), piece));
            t.ptr++;
            t.len--;
        }
        while (t.len && is_forbidden((unsigned char)t.ptr[0])) {
            t.ptr++;
            t.len--;
            r->dropped++;
        }
        if (out->failed) return -1;
        sound = sound_length(t);
    }
    r->text = buf_text(out);
    return 0;
}

static int read_windows(struct text t, struct buf *out, struct charset_result *r) {
    size_t plain = 0;
    while (plain < t.len && (unsigned char)t.ptr[plain] < 0x80 && !is_forbidden((unsigned char)t.ptr[plain]))
        plain++;
    if (plain == t.len) {
        r->text = t;
        return 0;
    }
    buf_add(out, t.ptr, plain);
    for (size_t i = plain; i < t.len && !out->failed; i++) {
        char piece[4];
        unsigned char c = (unsigned char)t.ptr[i];
        if (is_forbidden(c))
            r->dropped++;
        else
            buf_add(out, piece, utf8_put(charset_windows(c), piece));
    }
    r->text = buf_text(out);
    return out->failed ? -1 : 0;
}

/* By iconv; a byte that it does not know becomes U+FFFD. What comes out is UTF-8, but may hold controls. */
static int convert(iconv_t cd, struct text t, bool wide, struct buf *out, struct charset_result *r) {
    char *in = (char *)(uintptr_t)t.ptr;
    size_t left = t.len;
    while (left) {
        if (buf_reserve(out, 4096) < 0) return -1;
        char *to = out->ptr + out->len;
        size_t room = 4096;
        size_t n = iconv(cd, &in, &left, &to, &room);
        out->len += 4096 - room;
        if (n != (size_t)-1 || errno == E2BIG) continue;
        size_t skip = wide ? (left < 2 ? left : 2) : 1;
        in += skip;
        left -= skip;
        if (!r->repaired++) r->first = out->len;
        buf_add(out, "\xEF\xBF\xBD", 3);
    }
    out->ptr[out->len] = '\0';
    return out->failed ? -1 : 0;
}

/* Takes forbidden controls out of storage, in place. */
static void drop_controls(struct buf *b, struct charset_result *r) {
    size_t to = 0;
    for (size_t i = 0; i < b->len; i++) {
        if (is_forbidden((unsigned char)b->ptr[i]))
            r->dropped++;
        else
            b->ptr[to++] = b->ptr[i];
    }
    b->len = to;
    if (b->ptr) b->ptr[to] = '\0';
    r->text = buf_text(b);
}

int charset_decode(struct text bytes, struct text content_type, struct buf *storage,
                   struct charset_result *ret) {
    struct charset_result r = {0};
    if (!bytes.ptr) bytes = TEXT("");
    const char *name = evidence(&bytes, content_type, &r.lie);
    if (name && strcmp(name, "UTF-8") && strcmp(name, "windows-1252")) {
        iconv_t cd = iconv_open("UTF-8", name);
        /* glibc names a lack of memory as if the charset were unknown, so it is asked twice. */
        if (cd == (iconv_t)-1) cd = iconv_open("UTF-8", name);
        if (cd != (iconv_t)-1) {
            int status = buf_reserve(storage, 1) < 0 ? -1 : convert(cd, bytes, is_wide(name), storage, &r);
            iconv_close(cd);
            if (status < 0) return -1;
            drop_controls(storage, &r);
            r.name = name;
            *ret = r;
            return 0;
        }
        name = NULL;
        r.lie = true;
    }
    bool windows_1252 = name && !strcmp(name, "windows-1252");
    if (windows_1252 ? read_windows(bytes, storage, &r) : read_utf8(bytes, storage, &r)) return -1;
    r.name = windows_1252 ? "windows-1252" : "UTF-8";
    *ret = r;
    return 0;
}
