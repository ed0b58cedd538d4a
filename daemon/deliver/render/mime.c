#include "deliver/render/mime.h"

#include "base/limits.h"
#include "deliver/render/prose.h"

#include <idn2.h>

#define LINE_MAX_OCTETS 76 /* RFC 2047 and 2045; two under RFC 5322's 78 */
#define WORD_MAX        75
#define WORD_FRAME      12 /* =?UTF-8?B? and ?= */
#define FLOWED_WIDTH    72
#define LOCAL_MAX       64
#define DOMAIN_MAX      253

static void add_base64(struct buf *out, const unsigned char *p, size_t n) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        unsigned long v = (unsigned long)p[i] << 16;
        if (i + 1 < n) v |= (unsigned long)p[i + 1] << 8;
        if (i + 2 < n) v |= p[i + 2];
        buf_addc(out, digits[v >> 18]);
        buf_addc(out, digits[v >> 12 & 63]);
        buf_addc(out, i + 1 < n ? digits[v >> 6 & 63] : '=');
        buf_addc(out, i + 2 < n ? digits[v & 63] : '=');
    }
}

static void encoded_words(struct buf *out, struct text t, size_t column) {
    bool first = true; /* every name that stands before is short: some characters always fit beside it */
    while (t.len) {
        size_t room = first ? LINE_MAX_OCTETS - column : WORD_MAX;
        if (room > WORD_MAX) room = WORD_MAX;
        size_t max = (room - WORD_FRAME) / 4 * 3, n = 0;
        while (n < t.len) {
            int32_t c;
            size_t k = prose_character((struct text){t.ptr + n, t.len - n}, &c);
            if (n && n + k > max) break;
            n += k;
        }
        if (!first) buf_adds(out, "\r\n ");
        buf_adds(out, "=?UTF-8?B?");
        add_base64(out, (const unsigned char *)t.ptr, n);
        buf_adds(out, "?=");
        t.ptr += n, t.len -= n;
        first = false;
    }
}

/* Plain ASCII that no reader takes for an encoded word, with places to fold. */
static bool is_plain(struct text t) {
    size_t run = 0;
    for (size_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.ptr[i];
        if (c >= 0x7F || c < ' ') return false;
        if (c == '=' && i + 1 < t.len && t.ptr[i + 1] == '?') return false;
        run = c == ' ' ? 0 : run + 1;
        if (run > LINE_MAX_OCTETS - 16) return false;
    }
    return true;
}

static void folded(struct buf *out, struct text t, size_t column) {
    while (t.len) {
        const char *blank = memchr(t.ptr, ' ', t.len);
        size_t n = blank ? (size_t)(blank - t.ptr) : t.len;
        if (column > 1 && column + n > LINE_MAX_OCTETS) {
            /* The blank before the word is the one that folds. */
            if (out->len && out->ptr[out->len - 1] == ' ') out->ptr[--out->len] = '\0';
            buf_adds(out, "\r\n ");
            column = 1;
        }
        buf_add(out, t.ptr, n);
        if (blank) buf_addc(out, ' ');
        column += n + 1;
        t.ptr += n + (blank ? 1 : 0), t.len -= n + (blank ? 1 : 0);
    }
}

void mime_header(struct buf *out, const char *name, struct text value) {
    struct buf line;
    buf_init(&line, LIMIT_FIELD);
    prose_line(&line, value);
    size_t column = strlen(name) + 2;
    buf_addf(out, "%s: ", name);
    if (is_plain(buf_text(&line)))
        folded(out, buf_text(&line), column);
    else
        encoded_words(out, buf_text(&line), column);
    buf_adds(out, "\r\n");
    buf_clear(&line);
}

static bool is_atext(unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

void mime_phrase(struct buf *out, struct text name, size_t column) {
    bool atoms = true;
    for (size_t i = 0; i < name.len; i++)
        atoms = atoms && (is_atext((unsigned char)name.ptr[i]) || name.ptr[i] == ' ');
    if (!is_plain(name) || name.len > 40) {
        encoded_words(out, name, column);
    } else if (atoms) {
        buf_addt(out, name);
    } else {
        buf_addc(out, '"');
        for (size_t i = 0; i < name.len; i++) {
            if (name.ptr[i] == '"' || name.ptr[i] == '\\') buf_addc(out, '\\');
            buf_addc(out, name.ptr[i]);
        }
        buf_addc(out, '"');
    }
}

/* The characters of a local part: atext and stops, or a quoted string without blanks; and beyond ASCII what
 * is no control. */
static int check_local(struct text t, bool *ret_utf8) {
    bool quoted = t.len > 2 && t.ptr[0] == '"' && t.ptr[t.len - 1] == '"', utf8 = false;
    if (!t.len || t.len > LOCAL_MAX) return -1;
    struct text rest = quoted ? (struct text){t.ptr + 1, t.len - 2} : t;
    while (rest.len) {
        int32_t c;
        size_t n = prose_character(rest, &c);
        if (c <= ' ' || (c >= 0x7F && c <= 0xA0) || c == 0x2028 || c == 0x2029 || c == '<' || c == '>')
            return -1;
        if (c < 0x7F && !is_atext((unsigned char)c) && c != '.' && (!quoted || c == '"' || c == '\\'))
            return -1;
        utf8 = utf8 || c > 0x7F;
        rest.ptr += n, rest.len -= n;
    }
    *ret_utf8 = utf8;
    return 0;
}

static int add_domain(struct buf *out, struct text t) {
    bool ascii = true;
    if (!t.len || t.len > DOMAIN_MAX) return -1;
    for (size_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.ptr[i];
        if (c >= 0x80)
            ascii = false;
        else if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                   strchr(".-_[]:", c)))
            return -1;
    }
    if (ascii) return buf_addt(out, t);
    struct buf name;
    char *label = NULL;
    buf_init(&name, DOMAIN_MAX + 1);
    buf_addt(&name, t);
    int r = idn2_lookup_u8((const uint8_t *)buf_str(&name), (uint8_t **)&label,
                           IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    buf_clear(&name);
    r = r == IDN2_OK ? buf_adds(out, label) : -1;
    idn2_free(label);
    return r;
}

int mailbox_init(struct mailbox *m, struct text t) {
    buf_init(&m->name, LIMIT_CONFIG_LINE);
    buf_init(&m->address, 1024);
    m->utf8 = false;
    t = text_trim(t);
    struct text address = t;
    const char *open = t.ptr && t.len && t.ptr[t.len - 1] == '>' ? memrchr(t.ptr, '<', t.len) : NULL;
    if (open) {
        struct text name = text_trim((struct text){t.ptr, (size_t)(open - t.ptr)});
        if (name.len > 1 && name.ptr[0] == '"' && name.ptr[name.len - 1] == '"') name.ptr++, name.len -= 2;
        prose_line(&m->name, name);
        address = (struct text){open + 1, (size_t)(t.ptr + t.len - open - 2)};
    }
    const char *at = address.ptr && address.len ? memrchr(address.ptr, '@', address.len) : NULL;
    if (!at) goto bad;
    struct text local = {address.ptr, (size_t)(at - address.ptr)};
    struct text domain = {at + 1, (size_t)(address.ptr + address.len - at - 1)};
    if (check_local(local, &m->utf8) < 0) goto bad;
    buf_addt(&m->address, local);
    buf_addc(&m->address, '@');
    if (add_domain(&m->address, domain) < 0) goto bad;
    return 0;
bad:
    mailbox_clear(m);
    return -1;
}

void mailbox_clear(struct mailbox *m) {
    buf_clear(&m->name);
    buf_clear(&m->address);
}

struct text mailbox_domain(const struct mailbox *m) {
    const char *at = memrchr(buf_str(&m->address), '@', m->address.len);
    return text_of(at ? at + 1 : "");
}

void mailbox_add(const struct mailbox *m, struct buf *out, size_t column) {
    if (!m->name.len) {
        buf_addt(out, buf_text(&m->address));
        return;
    }
    size_t before = out->len;
    mime_phrase(out, buf_text(&m->name), column);
    const char *line = memrchr(out->ptr, '\n', out->len);
    size_t at = line && line >= out->ptr + before ? (size_t)(out->ptr + out->len - line - 1)
                                                  : column + out->len - before;
    buf_adds(out, at + m->address.len + 3 > LINE_MAX_OCTETS ? "\r\n <" : " <");
    buf_addt(out, buf_text(&m->address));
    buf_addc(out, '>');
}

void mime_quoted_printable(struct buf *out, struct text t) {
    size_t column = 0;
    for (size_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.ptr[i];
        if (c == '\n') {
            buf_adds(out, "\r\n");
            column = 0;
            continue;
        }
        bool last = i + 1 == t.len || t.ptr[i + 1] == '\n';
        bool plain = (c > ' ' && c < 0x7F && c != '=') || (c == ' ' && !last);
        size_t n = plain ? 1 : 3;
        /* The last character of a line may stand where the soft break would. */
        if (column + n > LINE_MAX_OCTETS - (last ? 0u : 1u)) {
            buf_adds(out, "=\r\n");
            column = 0;
        }
        if (plain)
            buf_addc(out, (char)c);
        else
            buf_addf(out, "=%02X", c);
        column += n;
    }
    if (column) buf_adds(out, "\r\n");
}

static void flow_line(struct buf *out, struct text t) {
    if (text_starts(t, TEXT(" ")) || text_starts(t, TEXT(">")) || text_starts(t, TEXT("From ")))
        buf_addc(out, ' ');
    while (prose_length(t, PROSE_CHARACTERS) > FLOWED_WIDTH) {
        size_t at = 0, blank = 0;
        for (size_t chars = 0; at < t.len && (chars < FLOWED_WIDTH || !blank); chars++) {
            int32_t c;
            if (t.ptr[at] == ' ') blank = at + 1;
            at += prose_character((struct text){t.ptr + at, t.len - at}, &c);
        }
        if (!blank || blank >= t.len) break; /* one long word: a link */
        buf_add(out, t.ptr, blank);
        buf_addc(out, '\n');
        t.ptr += blank, t.len -= blank;
        if (text_starts(t, TEXT(">")) || text_starts(t, TEXT("From "))) buf_addc(out, ' ');
    }
    buf_addt(out, t);
    buf_addc(out, '\n');
}

void mime_flowed(struct buf *out, struct text t) {
    while (t.len) {
        const char *end = memchr(t.ptr, '\n', t.len);
        size_t n = end ? (size_t)(end - t.ptr) : t.len;
        struct text line = {t.ptr, n};
        /* A blank at the end of a line would join it with the next. */
        while (line.len && line.ptr[line.len - 1] == ' ') line.len--;
        flow_line(out, line);
        t.ptr += n + (end ? 1 : 0), t.len -= n + (end ? 1 : 0);
    }
}
