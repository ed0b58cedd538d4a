#include "parse/html_text.h"

#include "parse/charset.h"
#include "parse/utf8.h"

#include <endian.h>

/* What a byte of text may begin. */
enum class { PLAIN, SPACE, LESS, AMPERSAND, CONTROL, LEAD };

/* First bytes of the special spaces, of soft hyphen, C1 controls and zero-width characters are LEAD. */
static const uint8_t classes[256] = {
    [0 ... 8] = CONTROL, ['\t' ... '\r'] = SPACE, [14 ... 31] = CONTROL, [' '] = SPACE,
    ['<'] = LESS,        ['&'] = AMPERSAND,       [0x7F] = CONTROL,      [0xC2] = LEAD,
    [0xE1] = LEAD,       [0xE2] = LEAD,           [0xE3] = LEAD,         [0xEF] = LEAD,
};

int html_text_begin(struct html_text *t, struct buf *out, size_t markup) {
    /* A reference or a C1 control grows by half at most. */
    size_t want = markup + markup / 2 + 16, room = out->max - out->len;
    if (buf_reserve(out, want < room ? want : room) < 0) return -1;
    char *at = out->ptr + out->len;
    *t = (struct html_text){.out = out, .begin = at, .at = at, .end = at + (want < room ? want : room)};
    return 0;
}

void html_text_end(struct html_text *t) {
    t->out->len = (size_t)(t->at - t->out->ptr);
    *t->at = '\0';
}

/* Writes what is owed, for at least one character more. False: that does not fit. */
static bool open_gap(struct html_text *t, size_t character) {
    size_t owed = t->gap != GAP_NONE && t->at > t->begin;
    if ((size_t)(t->end - t->at) < owed + character) {
        t->full = true;
        return false;
    }
    if (owed) *t->at++ = t->gap == GAP_LINE ? '\n' : ' ';
    t->gap = GAP_NONE;
    return true;
}

static void put(struct html_text *t, const char *ptr, size_t len) {
    if (t->full || !open_gap(t, len)) return;
    memcpy(t->at, ptr, len);
    t->at += len;
}

static bool is_space(uint32_t c) {
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
           c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

/* Soft hyphens, zero-width spaces and joiners of words: a query for the word would miss. */
static bool is_nothing(uint32_t c) {
    return c < ' ' || c == 0x7F || c == 0xAD || c == 0x200B || c == 0x2060 || c == 0xFEFF;
}

static void character(struct html_text *t, const char *ptr, size_t n) {
    uint32_t c = utf8_get(ptr, n);
    char piece[4];
    if (c >= 0x80 && c <= 0x9F)
        put(t, piece, utf8_put(charset_windows((unsigned char)c), piece));
    else if (is_space(c))
        html_text_owe(t, GAP_BLANK);
    else if (!is_nothing(c))
        put(t, ptr, n);
}

#define EACH(byte)  (UINT64_C(0x0101010101010101) * (byte))
#define HAS_ZERO(w) (((w)-EACH(1)) & ~(w)&EACH(0x80))

/* Words of ASCII with single blanks between them, eight bytes at a time. The byte before p is no white space.
 */
static const char *copy_words(struct html_text *t, const char *p, const char *end) {
    char *at = t->at;
    while (end - p >= 8 && t->end - at >= 8) {
        uint64_t w;
        memcpy(&w, p, 8);
        w = le64toh(w);
        uint64_t other = (w | (w - EACH(' '))) & EACH(0x80);
        other |= HAS_ZERO(w ^ EACH('<')) | HAS_ZERO(w ^ EACH('&')) | HAS_ZERO(w ^ EACH(0x7F));
        if (other) break;
        /* A bit for each blank; none of them may stand behind another. */
        uint64_t blank = ~((w ^ EACH(' ')) + EACH(0x7F)) & EACH(0x80);
        if (blank & blank << 8) break;
        memcpy(at, p, 8);
        /* A blank at the end is looked at with what follows it. */
        size_t n = blank >> 63 ? 7 : 8;
        at += n;
        p += n;
    }
    t->at = at;
    return p;
}

/* Plain characters, with single blanks where another one follows. Returns what it did not take. */
static const char *copy_plain(struct html_text *t, const char *p, const char *end) {
    char *at;
    if (!open_gap(t, 1)) return p;
    while (true) {
        p = copy_words(t, p, end);
        at = t->at;
        const char *limit = end - p > t->end - at ? p + (t->end - at) : end;
        while (p < limit && classes[(unsigned char)*p] == PLAIN) *at++ = *p++;
        t->at = at;
        if (p == limit && p < end) {
            /* Full: cut at a character, not before a continuation byte, and without the gap before it. */
            while (at > t->begin && ((unsigned char)*p & 0xC0) == 0x80) p--, at--;
            if (at > t->begin && (at[-1] == ' ' || at[-1] == '\n')) at--;
            t->at = at;
            t->full = true;
            return end;
        }
        if (end - p < 2 || *p != ' ' || classes[(unsigned char)p[1]] != PLAIN || at + 2 > t->end) return p;
        *t->at++ = *p++;
    }
}

size_t html_text_run(struct html_text *t, struct text run, bool tags, bool references) {
    const char *p = run.ptr, *end = run.ptr + run.len;
    while (p < end && !t->full) {
        switch (classes[(unsigned char)*p]) {
        case PLAIN: p = copy_plain(t, p, end); break;
        case SPACE:
            html_text_owe(t, GAP_BLANK);
            p++;
            break;
        case LESS:
            if (tags) return (size_t)(p - run.ptr);
            put(t, p++, 1);
            break;
        case AMPERSAND:
            if (references) return (size_t)(p - run.ptr);
            put(t, p++, 1);
            break;
        case LEAD: {
            size_t n = utf8_valid(p, (size_t)(end - p));
            if (n) character(t, p, n);
            p += n ? n : 1;
            break;
        }
        default: p++; break;
        }
    }
    return run.len;
}

void html_text_add(struct html_text *t, struct text run) {
    html_text_run(t, run, false, false);
}
