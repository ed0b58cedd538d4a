#include "parse/date.h"

#include "base/limits.h"
#include "base/time.h"
#include "parse/utf8.h"

#include <stdio.h>
#include <utf8proc.h>

/* One tokenizer and tables for all families: a date is a list of numbers and words with what stands before
 * them. The ISO forms, whose parts may touch, have a reader of their own and fall back to the list. */

enum token_kind { NUMBER, WORD };
struct token {
    enum token_kind kind;
    char before;       /* the last separator before it: one of "-+/.:," or ' ', or 0: none */
    bool blank_before; /* white space, too, between the separator and this */
    bool used;
    unsigned digits;
    int64_t value;
    struct text word; /* folded: small letters without accents */
};
#define TOKENS_MAX 32

struct parts {
    int64_t year; /* -1: not seen, as all of these */
    int month, day, hour, minute, second, ms;
    int half; /* 0: am, 1: pm */
    bool has_zone;
    int zone; /* minutes east */
    int summer;
};

enum { NO_SUMMER, US_SUMMER, EU_SUMMER, AU_SUMMER, NZ_SUMMER };

static const struct {
    const char *front;
    int month;
} months[] = {
#include "parse/date_names.inc"
};

static const struct {
    const char *name;
    int minutes, summer;
} zones[] = {
#include "parse/date_zones.inc"
};

/* -- words --------------------------------------------------------------------------------------------- */

static int month_of(struct text word) {
    size_t best = 0;
    int month = 0;
    for (size_t i = 0; i < sizeof months / sizeof *months; i++) {
        struct text front = text_of(months[i].front);
        if (front.len > best && text_starts(word, front)) {
            best = front.len;
            month = months[i].month;
        }
    }
    return month;
}

static int zone_of(struct text word) {
    if (word.len == 1 && word.ptr[0] >= 'a' && word.ptr[0] <= 'z' && word.ptr[0] != 'j') return 0;
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
        if (text_eqs(word, zones[i].name)) return (int)i;
    return -1;
}

/* 0: am, 1: pm, -1: neither. */
static int half_of(struct text word) {
    static const struct {
        const char *word;
        int half;
    } halves[] = {{"am", 0},   {"a.m", 0},  {"pm", 1},   {"p.m", 1},  {"오전", 0},
                  {"오후", 1}, {"午前", 0}, {"午後", 1}, {"上午", 0}, {"下午", 1}};
    for (size_t i = 0; i < sizeof halves / sizeof *halves; i++)
        if (text_eqs(word, halves[i].word)) return halves[i].half;
    return -1;
}

/* What a character of Chinese, Japanese or Korean says of the number before it. */
static char unit_of(uint32_t c) {
    switch (c) {
    case 0x5E74:
    case 0xB144: return 'Y';
    case 0x6708:
    case 0xC6D4: return 'M';
    case 0x65E5:
    case 0xC77C: return 'D';
    case 0x6642:
    case 0x65F6:
    case 0xC2DC: return 'h';
    case 0x5206:
    case 0xBD84: return 'm';
    case 0x79D2:
    case 0xCD08: return 's';
    default: return 0;
    }
}

/* -- tokens ---- */

/* Small letters, no accents, ASCII digits; CJK stays. Returns the length. */
static size_t fold(struct text t, char *out, size_t size) {
    size_t n = 0;
    for (size_t i = 0; i < t.len && n + 16 < size;) {
        unsigned char byte = (unsigned char)t.ptr[i];
        if (byte < 0x80) {
            out[n++] = (char)(byte >= 'A' && byte <= 'Z' ? byte | 32 : byte);
            i++;
            continue;
        }
        size_t len = utf8_valid(t.ptr + i, t.len - i);
        uint32_t c = len ? utf8_get(t.ptr + i, len) : ' ';
        i += len ? len : 1;
        if (c == 0xA0 || c == 0x3000 || (c >= 0x2000 && c <= 0x200F) || c == 0x202F) {
            out[n++] = ' ';
        } else if (c == 0x2212 || (c >= 0x2010 && c <= 0x2015)) {
            out[n++] = '-';
        } else if (c >= 0xFF10 && c <= 0xFF19) {
            out[n++] = (char)('0' + c - 0xFF10);
        } else if (c >= 0x1100) {
            n += utf8_put(c, out + n);
        } else {
            utf8proc_int32_t base[8];
            int class = 0;
            utf8proc_ssize_t k =
                utf8proc_decompose_char((utf8proc_int32_t)c, base, 8,
                                        UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK, &class);
            if (k > 0 && base[0] > 0) n += utf8_put((uint32_t)base[0], out + n);
        }
    }
    return n;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Letters, and inside a word what zone names and "a.m." have. */
static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

static size_t read_word(struct text t, struct token *w) {
    size_t n = utf8_valid(t.ptr, t.len), first = n ? n : 1;
    if (first > 1 && unit_of(utf8_get(t.ptr, first))) {
        w->word = (struct text){t.ptr, first};
        return first;
    }
    n = first;
    while (n < t.len) {
        bool inner = n + 1 < t.len && is_letter(t.ptr[n + 1]) &&
                     (t.ptr[n] == '/' || t.ptr[n] == '_' || t.ptr[n] == '.');
        if (!is_letter(t.ptr[n]) && !inner) break;
        n++;
    }
    w->word = (struct text){t.ptr, n};
    return n;
}

static size_t tokenize(struct text t, struct token out[TOKENS_MAX]) {
    size_t n = 0;
    char before = 0;
    bool blank = false;
    for (size_t i = 0; i < t.len && n < TOKENS_MAX;) {
        char c = t.ptr[i];
        struct token token = {.before = before, .blank_before = blank};
        if (is_digit(c)) {
            token.kind = NUMBER;
            for (; i < t.len && is_digit(t.ptr[i]); i++) {
                token.digits++;
                if (token.value < INT64_C(100000000000000)) token.value = token.value * 10 + (t.ptr[i] - '0');
            }
        } else if (is_letter(c)) {
            token.kind = WORD;
            i += read_word((struct text){t.ptr + i, t.len - i}, &token);
        } else {
            blank = text_is_space(c);
            if (!blank)
                before = c;
            else if (!before)
                before = ' ';
            i++;
            continue;
        }
        out[n++] = token;
        before = 0;
        blank = false;
    }
    return n;
}

/* -- the list ---- */

/* Sign and number of a zone: -0500, -05:00, +5, +530. Returns the tokens used. */
static size_t read_offset(struct token *t, size_t n, struct parts *p) {
    if (!n || t->kind != NUMBER || (t->before != '+' && t->before != '-') || t->blank_before) return 0;
    int64_t minutes = t->digits <= 2 ? t->value * 60 : t->value / 100 * 60 + t->value % 100;
    size_t used = 1;
    if (t->digits <= 2 && n > 1 && t[1].kind == NUMBER && t[1].before == ':') {
        minutes += t[1].value;
        used = 2;
    }
    if (t->digits > 4 || minutes > 18 * 60) return 0;
    p->zone = (int)(t->before == '-' ? -minutes : minutes);
    p->has_zone = true;
    p->summer = NO_SUMMER;
    for (size_t i = 0; i < used; i++) t[i].used = true;
    return used;
}

static void read_fraction(const struct token *t, struct parts *p) {
    int64_t v = t->value;
    unsigned digits = t->digits;
    for (; digits > 3; digits--) v /= 10;
    for (; digits < 3; digits++) v *= 10;
    p->ms = (int)(v > 999 ? 999 : v);
}

/* The clock: 7:05, 07:05:40.123, 7 pm. Everything behind it may be a zone. Returns the token behind it, or 0.
 */
static size_t read_clock(struct token *t, size_t n, struct parts *p) {
    for (size_t i = 0; i < n; i++) {
        bool h_sign = i + 2 < n && t[i + 1].kind == WORD && !t[i + 1].before && !t[i + 2].before &&
                      (text_eqs(t[i + 1].word, "h") || text_eqs(t[i + 1].word, "t"));
        if (t[i].kind != NUMBER || t[i].digits > 2) continue;
        if (i + 1 < n && t[i + 1].kind == NUMBER && t[i + 1].before == ':' && t[i + 1].digits == 2) {
            size_t end = i + 2;
            p->hour = (int)t[i].value;
            p->minute = (int)t[i + 1].value;
            p->second = 0;
            if (end < n && t[end].kind == NUMBER && t[end].before == ':') p->second = (int)t[end++].value;
            if (end > i + 2 && end < n && t[end].kind == NUMBER &&
                (t[end].before == '.' || t[end].before == ',') && !t[end].blank_before)
                read_fraction(&t[end++], p);
            for (size_t k = i; k < end; k++) t[k].used = true;
            return end;
        }
        if (h_sign && text_eqs(t[i + 1].word, "h") && t[i + 2].kind == NUMBER && t[i + 2].digits == 2) {
            p->hour = (int)t[i].value;
            p->minute = (int)t[i + 2].value;
            p->second = 0;
            t[i].used = t[i + 1].used = t[i + 2].used = true;
            return i + 3;
        }
        if (i + 1 < n && t[i + 1].kind == WORD && half_of(t[i + 1].word) >= 0 &&
            (unsigned char)t[i + 1].word.ptr[0] < 0x80) {
            p->hour = (int)t[i].value;
            p->minute = p->second = 0;
            t[i].used = true;
            return i + 1;
        }
    }
    return 0;
}

/* Zone and half of the day: words, and a sign behind the clock or behind GMT. */
static void read_zone(struct token *t, size_t n, size_t clock_end, struct parts *p) {
    for (size_t i = 0; i < n; i++) {
        if (t[i].used) continue;
        if (t[i].kind == WORD) {
            int half = half_of(t[i].word), zone = clock_end && i >= clock_end ? zone_of(t[i].word) : -1;
            if (half >= 0) {
                p->half = half;
                t[i].used = true;
            } else if (zone >= 0) {
                t[i].used = true;
                if (p->has_zone) continue;
                p->has_zone = true;
                p->zone = zones[zone].minutes;
                p->summer = zones[zone].summer;
                if (!p->zone && p->summer == NO_SUMMER) i += read_offset(t + i + 1, n - i - 1, p);
            }
        } else if (clock_end && i >= clock_end && !p->has_zone &&
                   (i == clock_end || half_of(t[i - 1].word) >= 0)) {
            size_t used = read_offset(t + i, n - i, p);
            if (used) i += used - 1;
        }
    }
}

static void read_units(struct token *t, size_t n, struct parts *p) {
    for (size_t i = 0; i + 1 < n; i++) {
        if (t[i].kind != NUMBER || t[i + 1].kind != WORD) continue;
        size_t len = utf8_valid(t[i + 1].word.ptr, t[i + 1].word.len);
        char unit = len == t[i + 1].word.len && len > 1 ? unit_of(utf8_get(t[i + 1].word.ptr, len)) : 0;
        int64_t v = t[i].value;
        switch (unit) {
        case 'Y': p->year = v; break;
        case 'M': p->month = (int)(v % 100); break;
        case 'D': p->day = (int)(v % 100); break;
        case 'h': p->hour = (int)(v % 100); break;
        case 'm': p->minute = (int)(v % 100); break;
        case 's': p->second = (int)(v % 100); break;
        default: continue;
        }
        t[i].used = t[i + 1].used = true;
    }
}

static int64_t full_year(const struct token *t) {
    if (t->digits > 2) return t->value;
    return t->value <= 68 ? 2000 + t->value : 1900 + t->value;
}

/* Day and year beside a month's name: the first number that can be a day is it. */
static void read_named(struct token *number[], size_t n, struct parts *p) {
    for (size_t i = 0; i < n; i++) {
        const struct token *t = number[i];
        if (p->day < 0 && t->digits <= 2 && t->value >= 1 && t->value <= 31)
            p->day = (int)t->value;
        else if (p->year < 0 && (t->digits == 4 || t->digits == 2))
            p->year = full_year(t);
    }
    if (p->day < 0) p->day = 1;
}

/* Three numbers: 2009-05-12, 5/12/2009 (month first unless it is above 12), 19.8.14 (day first). */
static void read_numeric(struct token *number[], size_t n, struct parts *p) {
    if (n < 3) return;
    if (number[0]->digits >= 3) {
        p->year = number[0]->value;
        p->month = (int)(number[1]->value % 1000);
        p->day = (int)(number[2]->value % 1000);
        return;
    }
    bool day_first = number[1]->before == '.' || number[0]->value > 12;
    p->day = (int)(number[day_first ? 0 : 1]->value % 1000);
    p->month = (int)(number[day_first ? 1 : 0]->value % 1000);
    p->year = full_year(number[2]);
}

static int read_list(struct text t, struct parts *p) {
    struct token token[TOKENS_MAX], *number[TOKENS_MAX];
    size_t n = tokenize(t, token), numbers = 0;
    read_units(token, n, p);
    size_t clock_end = read_clock(token, n, p);
    read_zone(token, n, clock_end, p);
    /* The last name that can be a month is the month: in "mar. 12 mai" the first is a Tuesday. */
    for (size_t i = 0; i < n; i++) {
        int month = token[i].kind == WORD && !token[i].used ? month_of(token[i].word) : 0;
        if (month) p->month = month;
        if (token[i].kind == NUMBER && !token[i].used) number[numbers++] = &token[i];
    }
    if (p->year >= 0) return 0;
    if (p->month > 0)
        read_named(number, numbers, p);
    else
        read_numeric(number, numbers, p);
    return p->year < 0 ? -1 : 0;
}

/* -- ISO 8601 and numbers
 * ------------------------------------------------------------------------------------ */

static unsigned digits_at(struct text t, size_t at) {
    unsigned n = 0;
    while (at + n < t.len && is_digit(t.ptr[at + n])) n++;
    return n;
}

static int number_at(struct text t, size_t at, unsigned digits) {
    int v = 0;
    for (unsigned i = 0; i < digits; i++) v = v * 10 + (t.ptr[at + i] - '0');
    return v;
}

static void from_day_of_year(struct parts *p, int64_t days) {
    unsigned month, day;
    time_civil(days, &p->year, &month, &day);
    p->month = (int)month;
    p->day = (int)day;
}

/* The week that holds the first Thursday is week 1, and begins on Monday. */
static void from_week(struct parts *p, int week, int weekday) {
    int64_t fourth = time_days(p->year, 1, 4);
    int64_t monday = fourth - (fourth + 3) % 7;
    from_day_of_year(p, monday + (week - 1) * 7 + weekday - 1);
}

/* The day: -- and its bytes, or 0: not of this family. */
static size_t read_iso_day(struct text t, struct parts *p) {
    unsigned n = digits_at(t, 0);
    if (n >= 14) n = 8;
    if (n == 8 || n == 7 || n == 6) {
        p->year = number_at(t, 0, 4);
        if (n == 7) {
            from_day_of_year(p, time_days(p->year, 1, 1) + number_at(t, 4, 3) - 1);
            return 7;
        }
        p->month = number_at(t, 4, 2);
        p->day = n == 8 ? number_at(t, 6, 2) : 1;
        return n;
    }
    if (n != 4) return 0;
    p->year = number_at(t, 0, 4);
    p->month = p->day = 1;
    if (t.len == 4) return 4;
    size_t i = 4 + (t.ptr[4] == '-');
    if (i < t.len && t.ptr[i] == 'w' && digits_at(t, i + 1) >= 2) {
        int week = number_at(t, i + 1, 2), weekday = 1;
        i += 3;
        if (i + 1 < t.len && t.ptr[i] == '-' && digits_at(t, i + 1) == 1) i++;
        if (digits_at(t, i) == 1) weekday = number_at(t, i++, 1);
        if (week < 1 || week > 53 || weekday < 1 || weekday > 7) return 0;
        from_week(p, week, weekday);
        return i;
    }
    if (i == 4) return 0;
    n = digits_at(t, 5);
    if (n == 3) {
        from_day_of_year(p, time_days(p->year, 1, 1) + number_at(t, 5, 3) - 1);
        return 8;
    }
    if (n != 2 && n != 1) return 0;
    p->month = number_at(t, 5, n);
    i = 5 + n;
    n = i < t.len && t.ptr[i] == '-' ? digits_at(t, i + 1) : 0;
    if (n != 1 && n != 2) return i;
    p->day = number_at(t, i + 1, n);
    return i + 1 + n;
}

/* -yymm, -yy-mm, -yy-mm-dd of old RSS. */
static int read_short_iso(struct text t, struct parts *p) {
    unsigned n = digits_at(t, 1);
    if (n != 4 && n != 2) return -1;
    struct token year = {.digits = 2, .value = number_at(t, 1, 2)};
    p->year = full_year(&year);
    p->month = p->day = 1;
    if (n == 4) {
        p->month = number_at(t, 3, 2);
        return t.len == 5 ? 0 : -1;
    }
    if (t.len == 3) return 0;
    if (t.ptr[3] != '-' || digits_at(t, 4) != 2) return -1;
    p->month = number_at(t, 4, 2);
    if (t.len == 6) return 0;
    if (t.ptr[6] != '-' || digits_at(t, 7) != 2) return -1;
    p->day = number_at(t, 7, 2);
    return 0;
}

/* The clock behind an ISO day: 04:05:06.7, 0405, 040506, 04; then a zone. */
static int read_iso_clock(struct text t, struct parts *p) {
    struct token token[TOKENS_MAX];
    if (t.len && (t.ptr[0] == 't' || t.ptr[0] == ' ')) t.ptr++, t.len--;
    t = text_trim(t);
    unsigned n = digits_at(t, 0);
    if (n == 4 || n == 6) {
        p->hour = number_at(t, 0, 2);
        p->minute = number_at(t, 2, 2);
        p->second = n == 6 ? number_at(t, 4, 2) : 0;
        t.ptr += n;
        t.len -= n;
        size_t count = tokenize(t, token), skip = 0;
        if (count && token[0].kind == NUMBER && (token[0].before == '.' || token[0].before == ',')) {
            read_fraction(&token[0], p);
            skip = 1;
        }
        struct token *rest = token + skip;
        if (count > skip && !read_offset(rest, count - skip, p)) {
            rest->before = 0;
            read_zone(rest, count - skip, SIZE_MAX, p);
            int zone = rest->kind == WORD ? zone_of(rest->word) : -1;
            if (zone >= 0) p->has_zone = true, p->zone = zones[zone].minutes, p->summer = zones[zone].summer;
        }
        return 0;
    }
    size_t count = tokenize(t, token), clock_end = read_clock(token, count, p);
    if (!clock_end && n && n <= 2) {
        p->hour = number_at(t, 0, n);
        clock_end = 1;
        token[0].used = true;
    }
    if (!clock_end && count && half_of(token[0].word) < 0) {
        /* "2011-02-03Z" and "2011-02-03+01:00": a zone without a clock. */
        if (token[0].kind == WORD && zone_of(token[0].word) >= 0) return 0;
        return read_offset(token, count, p) ? 0 : t.len ? -1 : 0;
    }
    read_zone(token, count, clock_end, p);
    return 0;
}

static int read_iso(struct text t, struct parts *p) {
    if (t.len && t.ptr[0] == '-' && t.len > 2) return read_short_iso(t, p);
    size_t n = read_iso_day(t, p);
    if (!n) return -1;
    t.ptr += n;
    t.len -= n;
    if (t.len && t.ptr[0] != 't' && t.ptr[0] != ' ' && t.ptr[0] != 'z' && t.ptr[0] != '+' &&
        t.ptr[0] != '-' && !(n == 8 && is_digit(t.ptr[0])))
        return -1;
    return read_iso_clock(t, p);
}

/* -- the sum ---- */

/* Day number of the n-th Sunday of a month (n = 5: the last). */
static int64_t sunday(int64_t year, unsigned month, int n) {
    int64_t first = time_days(year, month, 1);
    int64_t day = first + (7 - (first + 4) % 7) % 7 + 7 * (n < 5 ? n - 1 : 3);
    if (n == 5 && day + 7 < time_days(year + month / 12, month % 12 + 1, 1)) day += 7;
    return day;
}

/* Is it summer time at that local minute? US since 2007, EU since 1996, the two of the south since 2008. */
static bool is_summer(int summer, int64_t year, int64_t local_minutes, int zone) {
    int64_t at = local_minutes;
    switch (summer) {
    case US_SUMMER: return at >= sunday(year, 3, 2) * 1440 + 120 && at < sunday(year, 11, 1) * 1440 + 120;
    case EU_SUMMER:
        return at >= sunday(year, 3, 5) * 1440 + 60 + zone && at < sunday(year, 10, 5) * 1440 + 120 + zone;
    case AU_SUMMER: return at >= sunday(year, 10, 1) * 1440 + 120 || at < sunday(year, 4, 1) * 1440 + 180;
    case NZ_SUMMER: return at >= sunday(year, 9, 5) * 1440 + 120 || at < sunday(year, 4, 1) * 1440 + 180;
    default: return false;
    }
}

static int sum(struct parts *p, int64_t *ret_wall) {
    if (p->hour < 0) p->hour = 0;
    if (p->minute < 0) p->minute = 0;
    if (p->second < 0) p->second = 0;
    if (p->day < 0) p->day = 1;
    if (p->half == 1 && p->hour < 12) p->hour += 12;
    if (p->half == 0 && p->hour == 12) p->hour = 0;
    if (p->year < 1969 || p->year > 9999 || p->month < 1 || p->month > 12 || p->day < 1) return -1;
    int64_t first = time_days(p->year, (unsigned)p->month, 1);
    int64_t next = time_days(p->year + p->month / 12, (unsigned)p->month % 12 + 1, 1);
    if (p->day > next - first) return -1;
    if (p->hour > 24 || p->minute > 59 || p->second > 60) return -1;
    if (p->hour == 24 && (p->minute || p->second)) return -1;
    int64_t minutes = (first + p->day - 1) * 1440 + p->hour * 60 + p->minute;
    int zone = p->zone;
    if (is_summer(p->summer, p->year, minutes, zone)) zone += 60;
    int64_t wall = ((minutes - zone) * 60 + p->second) * SECOND + p->ms;
    if (wall < 0 || wall >= time_days(10000, 1, 1) * DAY) return -1;
    *ret_wall = wall;
    return 0;
}

static int read_unix(struct text t, int64_t *ret_wall) {
    unsigned n = digits_at(t, 0);
    if (n != t.len || (n != 9 && n != 10 && n != 13)) return -1;
    int64_t v = 0;
    for (unsigned i = 0; i < n; i++) v = v * 10 + (t.ptr[i] - '0');
    *ret_wall = n == 13 ? v : v * SECOND;
    return 0;
}

int date_parse(struct text t, int64_t *ret_wall) {
    static const struct parts nothing = {-1, -1, -1, -1, -1, -1, 0, -1, false, 0, NO_SUMMER};
    char space[2 * LIMIT_DATE];
    t = text_trim(t);
    if (t.len > LIMIT_DATE) t.len = LIMIT_DATE;
    struct text folded = {space, fold(t, space, sizeof space)};
    folded = text_trim(folded);
    if (!folded.len) return -1;
    if (!read_unix(folded, ret_wall)) return 0;
    struct parts p = nothing;
    if ((is_digit(folded.ptr[0]) || folded.ptr[0] == '-') && !read_iso(folded, &p)) return sum(&p, ret_wall);
    p = nothing;
    if (read_list(folded, &p)) return -1;
    return sum(&p, ret_wall);
}
