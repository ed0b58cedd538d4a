#include "parse/date_parts.h"

#include "parse/utf8.h"

#include <utf8proc.h>

/* Fronts of names by their first letter; the first that fits counts, so longer ones stand before their own
 * fronts. */
#define CYRILLIC      26
#define OTHER_SCRIPTS 27
#define EITHER        64 /* as a whole word it may be a weekday too */
static const struct name {
    char front[15];
    uint8_t what;
} names[28][48] = {
#include "parse/date_names.inc"
};

int date_month(struct text word, bool *ret_either) {
    if (word.len < 2) return -1;
    unsigned char first = (unsigned char)word.ptr[0];
    const struct name *name = names[first >= 'a' && first <= 'z'     ? first - 'a'
                                    : first >= 0xD0 && first <= 0xD3 ? CYRILLIC
                                                                     : OTHER_SCRIPTS];
    for (; name->front[0]; name++) {
        size_t n = 2;
        if (name->front[0] != word.ptr[0] || name->front[1] != word.ptr[1]) continue;
        while (n < word.len && name->front[n] && name->front[n] == word.ptr[n]) n++;
        if (name->front[n]) continue;
        *ret_either = (name->what & EITHER) && n == word.len;
        return name->what & ~EITHER;
    }
    /* Hebrew "in May" is one word. */
    static const struct text in = {"\xD7\x91", 2};
    if (text_starts(word, in) && word.len > 4)
        return date_month((struct text){word.ptr + 2, word.len - 2}, ret_either);
    return -1;
}

int date_half(struct text word) {
    static const struct {
        const char *word;
        int half;
    } halves[] = {
        {"am", 0},   {"a.m", 0},  {"pm", 1},   {"p.m", 1},  {"오전", 0}, {"오후", 1}, {"午前", 0},
        {"午後", 1}, {"上午", 0}, {"下午", 1}, {"凌晨", 0}, {"早上", 0}, {"晚上", 1}, {"πμ", 0},
        {"μμ", 1},   {"π.μ", 0},  {"μ.μ", 1},  {"fm", 0},   {"em", 1},   {"de", 0},   {"du", 1},
        {"oo", 0},   {"os", 1},   {"ص", 0},    {"م", 1},
    };
    if (word.len < 2) return -1;
    for (size_t i = 0; i < sizeof halves / sizeof *halves; i++)
        if (halves[i].word[0] == word.ptr[0] && text_eqs(word, halves[i].word)) return halves[i].half;
    return -1;
}

char date_unit(uint32_t c) {
    switch (c) {
    case 0x5E74: /* 年 */
    case 0xB144: return 'Y';
    case 0x6708: /* 月 */
    case 0xC6D4: return 'M';
    case 0x65E5: /* 日 */
    case 0x53F7: /* 号 */
    case 0xC77C: return 'D';
    case 0x6642: /* 時 */
    case 0x65F6:
    case 0x70B9: /* 点 */
    case 0xC2DC: return 'h';
    case 0x5206: /* 分 */
    case 0xBD84: return 'm';
    case 0x79D2: /* 秒 */
    case 0xCD08: return 's';
    default: return 0;
    }
}

int64_t date_year(int64_t value, unsigned digits) {
    if (digits > 3) return value;
    if (digits == 3) return 1900 + value;
    return value <= 68 ? 2000 + value : 1900 + value;
}

/* One character that is not ASCII. Returns the bytes written. */
static size_t fold_character(uint32_t c, char out[8]) {
    static const struct {
        uint32_t first, last;
        char zero;
    } digits[] = {{0x660, 0x669, '0'}, {0x6F0, 0x6F9, '0'}, {0xFF01, 0xFF5E, '!'}};
    for (size_t i = 0; i < sizeof digits / sizeof *digits; i++) {
        if (c < digits[i].first || c > digits[i].last) continue;
        char ascii = (char)(digits[i].zero + (c - digits[i].first));
        out[0] = ascii >= 'A' && ascii <= 'Z' ? (char)(ascii | 32) : ascii;
        return 1;
    }
    if (c == 0xA0 || c == 0x3000 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x205F) {
        out[0] = ' ';
        return 1;
    }
    /* Marks of direction and joiners, in Arabic and Hebrew dates. */
    if ((c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
        c == 0xFEFF || c == 0xAD)
        return 0;
    if (c == 0x2212 || (c >= 0x2010 && c <= 0x2015)) {
        out[0] = '-';
        return 1;
    }
    if (c == 0x60C || c == 0x3001 || c == 0xB7 || c == 0x2022 || c == 0x2019 || c == 0x2018) {
        out[0] = ',';
        return 1;
    }
    /* From here on letters have no small forms, and Hangul must stay whole. */
    if (c >= 0x2E80) return utf8_put(c, out);
    /* Russian letters but й, which has a mark: most of what is not Latin. */
    if (c >= 0x410 && c <= 0x44F && c != 0x419 && c != 0x439) return utf8_put(c < 0x430 ? c + 0x20 : c, out);
    utf8proc_int32_t base[8];
    int class = 0;
    utf8proc_ssize_t k = utf8proc_decompose_char(
        (utf8proc_int32_t)c, base, 8, UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK, &class);
    return k > 0 && base[0] > 0 ? utf8_put((uint32_t)base[0], out) : 0;
}

/* Eight characters of ASCII at once: bit 7 of a byte of `over` says that it is at least A, of `past` that it
 * is beyond Z. False: not all are ASCII. */
static bool fold_eight(const char *from, char *out) {
    const uint64_t ones = 0x0101010101010101u;
    uint64_t w;
    memcpy(&w, from, 8);
    if (w & ones * 0x80) return false;
    uint64_t over = w + ones * (0x80 - 'A'), past = w + ones * (0x80 - 'Z' - 1);
    w |= (over & ~past & ones * 0x80) >> 2;
    /* NOLINTNEXTLINE(analyzer-use-of-uninitialized-value): the other memcpy wrote it */
    memcpy(out, &w, 8);
    return true;
}

size_t date_fold(struct text t, char *out, size_t size) {
    size_t n = 0, i = 0;
    if (size < 16) return 0;
    size -= 8;
    while (i < t.len && n < size) {
        if (t.len - i >= 8 && fold_eight(t.ptr + i, out + n)) {
            i += 8;
            n += 8;
            continue;
        }
        unsigned char byte = (unsigned char)t.ptr[i];
        if (byte < 0x80) {
            out[n++] = (char)(byte | (byte >= 'A' && byte <= 'Z' ? 32 : 0));
            i++;
            continue;
        }
        size_t len = utf8_valid(t.ptr + i, t.len - i);
        if (len)
            n += fold_character(utf8_get(t.ptr + i, len), out + n);
        else
            out[n++] = ' ';
        i += len ? len : 1;
    }
    return n;
}
