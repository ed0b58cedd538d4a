#include "parse/charset_parts.h"

#include <ctype.h>

/* WHATWG Encoding, section 4.2: labels to what iconv of glibc calls the same. "UTF-8" and "windows-1252" are
 * read here. UTF-7 is missing on purpose: it hides markup. */
static const struct label {
    const char *label, *name;
} labels[] = {
#include "parse/charset_labels.inc"
};

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
        while (end < t.len && (quote ? t.ptr[end] != quote
                                     : !text_is_space(t.ptr[end]) && t.ptr[end] != ';' && t.ptr[end] != ','))
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
} marks[] = {
    {{"\xEF\xBB\xBF", 3}, "UTF-8"}, {{"\xFF\xFE\0\0", 4}, "UTF-32LE"}, {{"\0\0\xFE\xFF", 4}, "UTF-32BE"},
    {{"\xFF\xFE", 2}, "UTF-16LE"},  {{"\xFE\xFF", 2}, "UTF-16BE"},
};

/* Where the wide charsets have the NULs of two ASCII characters; UTF-16 needs both of them to be told from a
 * stray NUL. */
static const char *wide_pattern(struct text t) {
    unsigned nuls = 0;
    if (t.len < 4) return NULL;
    for (unsigned i = 0; i < 4; i++) {
        unsigned char c = (unsigned char)t.ptr[i];
        if (c >= 0x80) return NULL;
        nuls = nuls << 1 | !c;
    }
    switch (nuls) {
    case 5: return "UTF-16LE";  /* < 0 ? 0 */
    case 10: return "UTF-16BE"; /* 0 < 0 ? */
    case 7: return "UTF-32LE";
    case 14: return "UTF-32BE";
    default: return NULL;
    }
}

/* Bytes of the smallest unit of a charset. */
static size_t width_of(const char *name) {
    return !strncmp(name, "UTF-16", 6) ? 2 : !strncmp(name, "UTF-32", 6) ? 4 : 1;
}

/* What a label says, where the bytes do not refute it. A wide charset shows its width and order in the first
 * characters of a feed, which are ASCII; where they show nothing wide, it is a lie: all would become
 * nonsense. */
static const char *believed(struct text label, struct text bytes) {
    const char *name = charset_of_label(label);
    const char *pattern = wide_pattern(bytes);
    if (!name) return NULL;
    if (width_of(name) == 1) return pattern ? NULL : name;
    if (pattern) return pattern;
    return bytes.len && memchr(bytes.ptr, 0, bytes.len < 64 ? bytes.len : 64) ? name : NULL;
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
    const char *outer = believed(said, *bytes);
    bool high;
    if (outer && strcmp(outer, "UTF-8")) return outer;
    const char *pattern = outer ? NULL : wide_pattern(*bytes);
    const char *inner = pattern ? pattern : believed(declared(*bytes), *bytes);
    if (outer) {
        /* A server's UTF-8 that is none, in a document that knows better. */
        if (!inner || !strcmp(inner, outer) || charset_is_utf8(*bytes, &high) || !high) return outer;
        *lie = true;
        return inner;
    }
    *lie = said.len || (!inner && declared(*bytes).len);
    return inner;
}

int charset_decode(struct text bytes, struct text content_type, struct buf *storage,
                   struct charset_result *ret) {
    ret->n_edits = ret->repaired = ret->dropped = ret->start = 0;
    ret->lie = false;
    if (!bytes.ptr) bytes = TEXT("");
    const char *begin = bytes.ptr, *name = evidence(&bytes, content_type, &ret->lie);
    ret->start = (size_t)(bytes.ptr - begin);
    ret->name = name ? name : "UTF-8";
    if (!name || !strcmp(name, "UTF-8")) return charset_utf8(bytes, storage, ret);
    if (!strcmp(name, "windows-1252")) return charset_windows_1252(bytes, storage, ret);
    iconv_t cd = iconv_open("UTF-8", name);
    /* glibc names a lack of memory as if the charset were unknown, so it is asked twice. */
    if (cd == (iconv_t)-1) cd = iconv_open("UTF-8", name);
    if (cd == (iconv_t)-1) {
        /* A system without that decoder. */
        ret->lie = true;
        ret->name = "UTF-8";
        return charset_utf8(bytes, storage, ret);
    }
    int status = charset_convert(cd, bytes, width_of(name), storage, ret);
    iconv_close(cd);
    return status;
}

size_t charset_origin(const struct charset_result *r, size_t at) {
    if (strcmp(r->name, "UTF-8")) return at;
    const struct charset_edit *last = NULL;
    for (size_t i = 0; i < r->n_edits && r->edits[i].to <= at; i++) last = &r->edits[i];
    return last ? last->at + last->len + (at - last->to) : r->start + at;
}
