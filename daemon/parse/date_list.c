#include "parse/date_parts.h"

#include "parse/utf8.h"

/* A date as a list of numbers and words. The rooms of the list take what is theirs, in this order: characters
 * that name their number (年), the clock, names of months, the zone; the numbers left are day, month, year.
 */

enum token_kind { NUMBER, WORD };
struct token {
    uint8_t kind;
    char before;       /* the last separator before it: one of "-+/.:," or ' ', or 0: none */
    bool blank_before; /* white space, too, between the separator and this */
    bool used;
    uint8_t digits;
    uint16_t at, len;
    uint32_t value; /* that of the first nine digits */
};
#define TOKENS_MAX 32 /* of LIMIT_DATE bytes; no date has more */

/* Of a build that clears all variables, clearing this one took a fifth of the time; only its first n are
 * read. */
#if __has_attribute(uninitialized)
#define NOT_CLEARED __attribute__((uninitialized))
#else
#define NOT_CLEARED
#endif

struct tokens {
    const char *ptr;
    size_t n;
    struct token list[TOKENS_MAX];
};

static struct text text_at(const struct tokens *t, size_t i) {
    /* NOLINTNEXTLINE(analyzer-use-of-uninitialized-value): i < n, and those are written */
    return (struct text){t->ptr + t->list[i].at, t->list[i].len};
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

static char unit_at(struct text t) {
    size_t n = t.len && (unsigned char)t.ptr[0] >= 0xE0 ? utf8_valid(t.ptr, t.len) : 0;
    return n ? date_unit(utf8_get(t.ptr, n)) : 0;
}

/* Letters; inside a word what names of zones ("america/new_york") and "a.m" have. Characters that name a
 * number stand alone. */
static size_t word_length(struct text t) {
    if (unit_at(t)) return utf8_valid(t.ptr, t.len);
    size_t n = 1;
    while (n < t.len) {
        char c = t.ptr[n];
        bool joins =
            c == '/' || c == '_' || (c == '.' && (n == 1 || ((unsigned char)t.ptr[0] >= 0x80 && n == 2)));
        if (!is_letter(c) && !(joins && n + 1 < t.len && is_letter(t.ptr[n + 1]))) break;
        if (unit_at((struct text){t.ptr + n, t.len - n})) break;
        n++;
    }
    return n;
}

static void tokenize(struct text t, struct tokens *tokens) {
    char before = 0;
    bool blank = false;
    size_t n = 0;
    for (size_t i = 0; i < t.len && n < TOKENS_MAX;) {
        char c = t.ptr[i];
        struct token *token = &tokens->list[n];
        size_t from = i;
        if (date_is_digit(c)) {
            uint32_t value = 0;
            for (; i < t.len && date_is_digit(t.ptr[i]); i++)
                if (i - from < 9) value = value * 10 + (uint32_t)(t.ptr[i] - '0');
            *token = (struct token){
                .kind = NUMBER, .value = value, .digits = (uint8_t)(i - from < 255 ? i - from : 255)};
        } else if (is_letter(c)) {
            i += word_length((struct text){t.ptr + i, t.len - i});
            *token = (struct token){.kind = WORD};
        } else {
            blank = text_is_space(c);
            if (!blank || !before) before = blank ? ' ' : c;
            i++;
            continue;
        }
        token->before = before;
        token->blank_before = blank;
        token->at = (uint16_t)from;
        token->len = (uint16_t)(i - from);
        n++;
        before = 0;
        blank = false;
    }
    tokens->n = n;
    tokens->ptr = t.ptr;
}

/* -- numbers with a name ---- */

/* Returns the token behind the clock among them, or 0. */
static size_t take_units(struct tokens *t, struct date_parts *p) {
    size_t clock_end = 0;
    for (size_t i = 0; i + 1 < t->n; i++) {
        struct token *number = &t->list[i], *word = &t->list[i + 1];
        /* NOLINTNEXTLINE(analyzer-use-of-uninitialized-value): as above */
        if (number->kind != NUMBER || word->kind != WORD) continue;
        int v = (int)(number->value % 100000);
        /* NOLINTNEXTLINE(analyzer-use-of-uninitialized-value): as above */
        switch (word->before ? 0 : unit_at(text_at(t, i + 1))) {
        case 'Y': p->year = date_year(v, number->digits); break;
        case 'M': p->month = v; break;
        case 'D': p->day = v; break;
        case 'h': p->hour = v; break;
        case 'm': p->minute = v; break;
        case 's': p->second = v; break;
        default: continue;
        }
        number->used = word->used = true;
        if (p->hour >= 0) clock_end = i + 2;
    }
    return clock_end;
}

/* -- clock ---- */

static bool is_part(const struct tokens *t, size_t i, char before) {
    const struct token *token = &t->list[i];
    return i < t->n && token->kind == NUMBER && token->before == before && !token->blank_before &&
           token->digits <= 2;
}

/* Behind the seconds, as .123 or ,5 or :123. */
static bool take_fraction(const struct tokens *t, size_t i, struct date_parts *p) {
    const struct token *token = &t->list[i];
    if (i >= t->n || token->kind != NUMBER || token->blank_before) return false;
    bool colon = token->before == ':' && token->digits == 3;
    if (token->before != '.' && token->before != ',' && !colon) return false;
    int scale = 100;
    p->ms = 0;
    const char *digit = t->ptr + token->at;
    for (size_t k = 0; k < token->len; k++, scale /= 10) p->ms += (digit[k] - '0') * scale;
    return true;
}

/* 7:05, 07:05:40.123, or with '.' for ':'. Returns the token behind, or 0. */
static size_t take_clock_at(struct tokens *t, size_t i, char colon, struct date_parts *p) {
    size_t end = i + 2;
    if (t->list[i].kind != NUMBER || t->list[i].digits > 2 || t->list[i].used || !is_part(t, i + 1, colon))
        return 0;
    p->hour = (int)t->list[i].value;
    p->minute = (int)t->list[i + 1].value;
    p->second = 0;
    if (is_part(t, end, colon)) {
        p->second = (int)t->list[end++].value;
        if (take_fraction(t, end, p)) end++;
    }
    for (size_t k = i; k < end; k++) t->list[k].used = true;
    return end;
}

/* 7h05, 7h, 7 pm. */
static size_t take_hour_at(struct tokens *t, size_t i, struct date_parts *p) {
    struct token *hour = &t->list[i];
    if (i + 1 >= t->n || hour->kind != NUMBER || hour->digits > 2 || hour->used ||
        t->list[i + 1].kind != WORD)
        return 0;
    struct text word = text_at(t, i + 1);
    if (text_eqs(word, "h") || text_eqs(word, "u")) {
        const struct token *next = &t->list[i + 2];
        bool minutes = i + 2 < t->n && next->kind == NUMBER && next->digits == 2 && next->value < 60 &&
                       next->before == t->list[i + 1].before;
        p->minute = minutes ? (int)next->value : 0;
        for (size_t k = i; k < i + 2 + minutes; k++) t->list[k].used = true;
        p->hour = (int)hour->value;
        return i + 2 + minutes;
    }
    bool ascii = (unsigned char)word.ptr[0] < 0x80 && word.len > 1;
    if (!ascii || date_half(word) < 0 || hour->value > 12 || hour->before == '.' || hour->before == '/')
        return 0;
    /* "de" is Hungarian for a.m., and Spanish for "of". */
    if (word.ptr[0] == 'd' || word.ptr[0] == 'o') return 0;
    p->hour = (int)hour->value;
    p->minute = 0;
    hour->used = true;
    return i + 1;
}

static size_t take_clock(struct tokens *t, struct date_parts *p) {
    for (size_t i = 0; i + 1 < t->n; i++) {
        size_t end = take_clock_at(t, i, ':', p);
        if (end) return end;
    }
    for (size_t i = 0; i + 1 < t->n; i++) {
        size_t end = take_hour_at(t, i, p);
        if (end) return end;
    }
    return 0;
}

/* -- zone ---- */

/* Sign and number: -0500, -05:00, +5, +530. `inverted`: etc/gmt+5 lies west. Returns the tokens used. */
static size_t take_offset(struct tokens *tokens, size_t i, bool inverted, struct date_parts *p) {
    struct token *t = &tokens->list[i];
    if (i >= tokens->n || t->kind != NUMBER || (t->before != '+' && t->before != '-') || t->blank_before)
        return 0;
    int64_t minutes = t->digits <= 2 ? t->value * 60 : t->value / 100 * 60 + t->value % 100;
    size_t used = 1;
    if (t->digits <= 2 && is_part(tokens, i + 1, ':')) {
        minutes += t[1].value;
        used = 2;
    }
    if (t->digits > 4 || minutes > 18 * 60) return 0;
    p->zone = (struct date_zone){(int)((t->before == '-') != inverted ? -minutes : minutes), NULL};
    p->has_zone = true;
    for (size_t k = 0; k < used; k++) t[k].used = true;
    return used;
}

static bool is_place_part(char c) {
    return is_letter(c) || date_is_digit(c) || c == '/' || c == '_' || c == '-' || c == '+';
}

/* A name of the tz database may hold digits and hyphens, so it is taken from the text. Returns the tokens
 * used. */
static size_t take_place(struct tokens *t, size_t i, struct date_parts *p) {
    const struct token *last = &t->list[t->n - 1];
    size_t from = t->list[i].at, n = from, end = (size_t)last->at + last->len, used = 0;
    while (n < end && is_place_part(t->ptr[n])) n++;
    while (i + used < t->n && t->list[i + used].at < n) used++;
    /* "Europe/Berlin-0500" is none: shorter by tokens until it fits. */
    for (; used; used--) {
        last = &t->list[i + used - 1];
        struct text name = {t->ptr + from, (size_t)last->at + last->len - from};
        if (name.len < 2 || !date_zone_place(name, &p->zone)) continue;
        for (size_t k = 0; k < used; k++) t->list[i + k].used = true;
        p->has_zone = true;
        return used;
    }
    return 0;
}

/* "Central European Summer Time" */
static bool is_european(const struct tokens *t, size_t i, struct date_parts *p) {
    static const struct {
        const char *first, *place;
    } zones[] = {{"central", "europe/berlin"}, {"eastern", "europe/helsinki"}, {"western", "europe/lisbon"}};
    if (i + 1 >= t->n || !text_starts(text_at(t, i + 1), TEXT("europe"))) return false;
    for (size_t k = 0; k < sizeof zones / sizeof *zones; k++)
        if (text_eqs(text_at(t, i), zones[k].first))
            return date_zone_place(text_of(zones[k].place), &p->zone);
    return false;
}

/* A word behind the clock: its zone? Returns the tokens used. */
static size_t take_zone_at(struct tokens *t, size_t i, struct date_parts *p) {
    struct token *token = &t->list[i];
    struct text word = text_at(t, i);
    if (text_eqs(word, "h") || text_eqs(word, "t") || text_eqs(word, "at")) return 0;
    /* "est5edt" */
    bool touched = i + 1 < t->n && !t->list[i + 1].before;
    if (word.len > 3 || touched) {
        size_t used = take_place(t, i, p);
        if (used) return used;
    }
    struct date_zone zone = {0, NULL};
    if (date_zone_short(word, &zone)) {
        p->zone = zone;
        p->has_zone = token->used = true;
        if (is_european(t, i, p)) return 2;
        /* UTC-05:00, GMT+2; "Z" and "UT" alike. */
        return 1 + (zone.place || zone.minutes ? 0 : take_offset(t, i + 1, false, p));
    }
    if (text_eqs(word, "etc/gmt") || text_eqs(word, "etc/utc")) {
        p->has_zone = token->used = true;
        return 1 + take_offset(t, i + 1, true, p);
    }
    return take_place(t, i, p);
}

static int half_at(const struct tokens *t, size_t i) {
    struct text word = text_at(t, i);
    /* All of ASCII have two letters, or three with a dot. */
    if ((unsigned char)word.ptr[0] < 0x80 && word.len > 3) return -1;
    int half = date_half(word);
    if (half >= 0 || i + 1 >= t->n || !text_eqs(text_at(t, i + 1), "m")) return half;
    /* "p. m." of Spanish */
    return text_eqs(word, "a") ? 0 : text_eqs(word, "p") ? 1 : -1;
}

/* Zone and half of the day, behind the clock; halves in letters of their own may stand before it. */
static void take_zone(struct tokens *t, size_t clock_end, struct date_parts *p) {
    for (size_t i = 0; i < t->n; i++) {
        struct token *token = &t->list[i];
        if (token->used) continue;
        int half = token->kind == WORD ? half_at(t, i) : -1;
        if (half >= 0 && (i == clock_end || (unsigned char)t->ptr[token->at] >= 0x80)) {
            p->half = half;
            token->used = true;
            if (token->len == 1) t->list[i + 1].used = true;
        } else if (i >= clock_end && !p->has_zone) {
            size_t used = token->kind == WORD ? take_zone_at(t, i, p) : take_offset(t, i, false, p);
            if (used) i += used - 1;
        }
    }
}

void date_behind_clock(struct text t, struct date_parts *p) {
    struct tokens tokens;
    tokenize(t, &tokens);
    take_zone(&tokens, 0, p);
}

/* -- day, month, year ---- */

/* Day and year beside a month's name: the first number that can be a day is it. */
static void take_named(struct tokens *tokens, const uint8_t number[], size_t n, struct date_parts *p) {
    for (size_t i = 0; i < n; i++) {
        struct token *t = &tokens->list[number[i]];
        if (p->day < 0 && t->digits <= 2 && t->value >= 1 && t->value <= 31)
            p->day = (int)t->value;
        else if (p->year < 0 && t->digits >= 2 && t->digits <= 4 && (t->digits != 3 || t->value < 200))
            p->year = date_year(t->value, t->digits);
        else
            continue;
        t->used = true;
    }
    if (p->day < 0) p->day = 1;
}

/* Three numbers. 2009/05/12: the year first, as with 99-05-12. 19.8.14 and 12-05-2009: the day first, as
 * those write who use dots and hyphens. 5/12/2009: the month first, as Americans write it, whose software
 * made most of the feeds with slashes. Where a number is above 12, that one is the day. */
static void take_numeric(struct tokens *tokens, const uint8_t number[], size_t n, struct date_parts *p) {
    if (n < 3) return;
    struct token *a = &tokens->list[number[0]], *b = &tokens->list[number[1]], *c = &tokens->list[number[2]];
    int64_t first = a->value, second = b->value, third = c->value;
    a->used = b->used = c->used = true;
    if (a->digits >= 3 || first > 31) {
        p->year = date_year(first, a->digits);
        p->month = (int)(second % 1000);
        p->day = (int)(third % 1000);
        return;
    }
    bool day_first = b->before != '/' ? second <= 12 : first > 12;
    p->day = (int)((day_first ? first : second) % 1000);
    p->month = (int)((day_first ? second : first) % 1000);
    p->year = date_year(third, c->digits);
}

/* The first name that is a month's for sure; in "mar. 12 mai" the first is a Tuesday. Returns whether it is
 * sure. */
static bool take_month(struct tokens *t, struct date_parts *p) {
    for (size_t i = 0; i < t->n; i++) {
        bool either;
        int month = t->list[i].kind == WORD && !t->list[i].used ? date_month(text_at(t, i), &either) : -1;
        if (month <= DATE_WEEKDAY || (either && p->month > 0)) continue;
        p->month = month;
        t->list[i].used = true;
        if (!either) return true;
    }
    return p->month < 0;
}

/* Vietnamese names its months by number: "12 tháng 5 năm 2009". */
static void take_numbered_month(struct tokens *t, struct date_parts *p) {
    for (size_t i = 0; i + 1 < t->n; i++) {
        struct token *number = &t->list[i + 1];
        if (t->list[i].kind != WORD || number->kind != NUMBER || !text_eqs(text_at(t, i), "thang")) continue;
        p->month = (int)(number->value % 1000);
        t->list[i].used = number->used = true;
        return;
    }
}

/* 07.05, once the numbers of the day are known. */
static size_t take_dotted_clock(struct tokens *t, struct date_parts *p) {
    for (size_t i = 0; i + 1 < t->n; i++) {
        size_t end = t->list[i + 1].used ? 0 : take_clock_at(t, i, '.', p);
        if (end) return end;
    }
    return 0;
}

/* `sure`: the month's name is no weekday's. "mar. 12.05.2009" needs no name. */
static void take_day(struct tokens *t, bool sure, struct date_parts *p) {
    uint8_t number[TOKENS_MAX]; /* which tokens */
    size_t n = 0;
    for (size_t i = 0; i < t->n; i++)
        if (t->list[i].kind == NUMBER && !t->list[i].used) number[n++] = (uint8_t)i;
    if (p->month > 0 && (sure || n < 3))
        take_named(t, number, n, p);
    else
        take_numeric(t, number, n, p);
}

int date_list(struct text t, struct date_parts *p) {
    struct tokens tokens NOT_CLEARED;
    tokenize(t, &tokens);
    if (!tokens.n) return -1;
    size_t clock_end = take_units(&tokens, p);
    if (!clock_end) clock_end = take_clock(&tokens, p);
    bool sure = take_month(&tokens, p);
    if (p->month < 0) take_numbered_month(&tokens, p);
    if (clock_end) take_zone(&tokens, clock_end, p);
    if (p->year < 0 || p->day < 0) take_day(&tokens, sure, p);
    if (!clock_end && (clock_end = take_dotted_clock(&tokens, p))) take_zone(&tokens, clock_end, p);
    return p->year < 0 || p->month < 0 ? -1 : 0;
}
