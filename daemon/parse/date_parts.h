/* What the rooms of a date share: the tokens of a text, the parts of a date, the vocabulary. Pure, any
 * thread. */
#ifndef NEWSALERTD_PARSE_DATE_PARTS_H
#define NEWSALERTD_PARSE_DATE_PARTS_H

#include "base/text.h"
#include "parse/date_zone.h"

#include <stdint.h>

struct date_parts {
    int64_t year; /* -1: not seen, as all of these */
    int month, day, hour, minute, second, ms;
    int half; /* 0: am, 1: pm */
    bool has_zone;
    struct date_zone zone;
};

/* ISO 8601, W3CDTF and their bad forms, whose parts may touch. 1: read; 0: not of this family; -1: of this
 * family, but no date. `t` is folded. */
int date_iso(struct text t, struct date_parts *p);
/* RFC 822, 2822 and 5322 as they stand in the standards, by which most feeds are dated. 1, or 0: not so. */
int date_rfc822(struct text t, struct date_parts *p);
/* All others: numbers and words with what stands between them. 0 or -1. */
int date_list(struct text t, struct date_parts *p);
/* What may follow a clock: half of the day, zone. */
void date_behind_clock(struct text t, struct date_parts *p);

/* -- vocabulary: words are small letters without accents ---- */
#define DATE_WEEKDAY 0 /* a name that begins like a month's, but is a day's */
/* 1-12, DATE_WEEKDAY, or -1. `either`: the name of a day in another language ("mar."). */
int date_month(struct text word, bool *ret_either);
/* 0: am, 1: pm, -1: neither. */
int date_half(struct text word);
/* What a character of Chinese, Japanese or Korean says of the number before it: 'Y', 'M', 'D', 'h', 'm', 's',
 * or 0. */
char date_unit(uint32_t c);
/* Two digits mean 1969-2068; three are years since 1900 (RFC 5322, section 4.3). */
int64_t date_year(int64_t value, unsigned digits);

/* Any text in small letters without accents and with ASCII digits and punctuation. Returns the length. */
size_t date_fold(struct text t, char *out, size_t size);

static inline bool date_is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* -- a text that is eaten from its front ---- */
static inline unsigned date_digits(struct text t) {
    unsigned n = 0;
    while (n < t.len && date_is_digit(t.ptr[n])) n++;
    return n;
}

static inline void date_skip(struct text *t, size_t n) {
    t->ptr += n;
    t->len -= n;
}

/* The number of the first n digits; nine at most. */
static inline int date_take(struct text *t, unsigned n) {
    int v = 0;
    for (unsigned i = 0; i < n; i++) v = v * 10 + (t->ptr[i] - '0');
    date_skip(t, n);
    return v;
}

static inline bool date_at(struct text t, char c) {
    return t.len && t.ptr[0] == c;
}

/* z, +05:30, -0800, -08. False: it is none of these. */
bool date_take_zone(struct text *t, struct date_parts *p);

#endif
