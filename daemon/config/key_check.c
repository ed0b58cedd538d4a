/* Checking one value against its row of keys.h. */
#include "base/problem.h"
#include "base/time.h"
#include "config/keys.h"
#include "config/value.h"

#include <stdio.h>

static const struct {
    const char *name; /* for help */
    const char *say;  /* what a value must be, for messages */
    bool list, secret;
} types[N_KEY_TYPES] = {
    [KEY_TEXT] = {"text", "", false, false},
    [KEY_WORD] = {"text", "", false, false},
    [KEY_QUERY] = {"query", "", false, false},
    [KEY_VERBATIM] = {"text", "", false, false},
    [KEY_PATH] = {"path", "", false, false},
    [KEY_BOOL] = {"yes or no", "is neither yes nor no", false, false},
    [KEY_EITHER] = {"choice", "", false, false},
    [KEY_CHOICE] = {"choice", "", false, false},
    [KEY_INT] = {"number", "is not a whole number", false, false},
    [KEY_DURATION] = {"duration", "is not a duration such as 90s, 5m, 1h30m or 2d", false, false},
    [KEY_SIZE] = {"size", "is not a size such as 500000, 512KiB or 4MiB", false, false},
    [KEY_REAL] = {"number", "is not a number such as 0.35", false, false},
    [KEY_RATE] = {"rate", "is not a rate such as 5/s, 10/1h or none", false, false},
    [KEY_LEVELS] = {"levels", "is neither all nor a list of routine, urgent and flash", false, false},
    [KEY_LIST] = {"list", "", true, false},
    [KEY_PATHS] = {"list of paths", "", true, false},
    [KEY_ADDRESSES] = {"list of addresses", "", true, false},
    [KEY_LINES] = {"text, repeated", "", true, false},
    [KEY_SECRET] = {"secret", "", false, true},
    [KEY_SECRETS] = {"list of secrets", "", true, true},
};

const char *key_type_name(enum key_type type) {
    return types[type].name;
}
bool key_type_is_list(enum key_type type) {
    return types[type].list;
}
bool key_type_is_secret(enum key_type type) {
    return types[type].secret;
}

static int range_check(const struct config_key *row, int64_t n, char why[KEY_WHY]) {
    char from[TIME_TEXT], to[TIME_TEXT];
    if (!row->max || (n >= row->min && n <= row->max)) return 0;
    if (row->type == KEY_DURATION) {
        duration_format(row->min, from);
        duration_format(row->max, to);
    } else {
        snprintf(from, sizeof from, "%lld", (long long)row->min);
        snprintf(to, sizeof to, "%lld", (long long)row->max);
    }
    snprintf(why, KEY_WHY, "is out of range (%s to %s)", from, to);
    return -1;
}

/* Which of the row's words a value is. */
static int word_check(const struct config_key *row, struct text value, struct key_value *ret) {
    for (const struct key_word *w = row->words; w && w->word; w++)
        if (text_eq_nocase(value, text_of(w->word))) {
            ret->n = w->value;
            ret->word = w->word;
            return 0;
        }
    return -1;
}

static int not_a_word(const struct config_key *row, struct text value, char why[KEY_WHY]) {
    const char *names[32];
    char wrong[64];
    size_t n = 0, at;
    snprintf(wrong, sizeof wrong, "%.*s", value.len < sizeof wrong ? (int)value.len : 0, value.ptr);
    at = (size_t)snprintf(why, KEY_WHY, "is none of");
    for (const struct key_word *w = row->words; w->word && n < 32; w++) {
        names[n++] = w->word;
        if (at < KEY_WHY) at += (size_t)snprintf(why + at, KEY_WHY - at, "%s %s", n > 1 ? "," : "", w->word);
    }
    const char *near = problem_nearest(wrong, names, n);
    if (near && at < KEY_WHY) snprintf(why + at, KEY_WHY - at, "; did you mean %s?", near);
    return -1;
}

static int number_check(const struct config_key *row, struct text value, struct key_value *ret,
                        char why[KEY_WHY]) {
    int r = -1;
    bool yes = false;
    unsigned bits = 0;
    if (row->words && word_check(row, value, ret) == 0) return 0;
    switch (row->type) {
    case KEY_BOOL:
        r = value_bool(value, &yes);
        ret->n = yes;
        break;
    case KEY_INT: r = value_int(value, &ret->n); break;
    case KEY_DURATION: r = duration_parse(value, &ret->n); break;
    case KEY_SIZE: r = value_size(value, &ret->n); break;
    case KEY_REAL:
        r = value_real(value, &ret->real);
        if (!r && (ret->real < (double)row->min || ret->real > (double)row->max))
            return range_check(row, -1, why);
        ret->n = row->min;
        break;
    case KEY_RATE: r = value_rate(value, &ret->rate); break;
    case KEY_LEVELS:
        r = value_levels(value, &bits);
        ret->n = bits;
        break;
    default: return not_a_word(row, value, why);
    }
    if (r == 0) return range_check(row, ret->n, why);
    int at = snprintf(why, KEY_WHY, "%s", types[row->type].say);
    for (const struct key_word *w = row->words; w && w->word && at < KEY_WHY; w++)
        at += snprintf(why + at, KEY_WHY - (size_t)at, ", nor %s", w->word);
    return -1;
}

/* One text, or one piece of a list. */
static int text_check(const struct config_key *row, struct text value, char why[KEY_WHY]) {
    const char *wrong = NULL;
    for (size_t i = 0; !wrong && i < value.len; i++)
        if (((unsigned char)value.ptr[i] < ' ' && value.ptr[i] != '\t') || value.ptr[i] == 127)
            wrong = "holds a line break or control character";
    if (!wrong && row->check && value.len) wrong = row->check(value);
    if (!wrong) return 0;
    snprintf(why, KEY_WHY, "%s", wrong);
    return -1;
}

static int list_check(const struct config_key *row, struct text value, char why[KEY_WHY]) {
    if (row->type == KEY_LINES) return text_check(row, value, why);
    for (struct text one; value_next(&value, row->type == KEY_ADDRESSES, &one);) {
        if (!one.len) {
            snprintf(why, KEY_WHY, "nothing stands between two commas");
            return -1;
        }
        if (text_check(row, one, why) < 0) return -1;
    }
    return 0;
}

int key_check(const struct config_key *row, struct text value, struct key_value *ret, char why[KEY_WHY]) {
    struct key_value v = {0};
    int r;
    if (!value.len && row->type != KEY_TEXT && row->type != KEY_VERBATIM) {
        snprintf(why, KEY_WHY, "the value is empty");
        return -1;
    }
    if (types[row->type].list)
        r = list_check(row, value, why);
    else if (row->type >= KEY_BOOL && row->type <= KEY_LEVELS)
        r = number_check(row, value, &v, why);
    else if (row->words)
        r = word_check(row, value, &v) < 0 ? not_a_word(row, value, why) : 0;
    else
        r = text_check(row, value, why);
    if (r == 0) *ret = v;
    return r;
}
