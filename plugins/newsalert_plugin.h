/* newsalert_plugin.h - all that a plugin of newsalertd sees. C99 and C++11; depends on nothing of newsalertd.
 *
 * A plugin is one shared object with one exported symbol, newsalert_plugin_1(), which returns a constant
 * description. It may *match* (it owns a prefix of the query language, such as city:), or *notify* (it is a
 * `kind` of [notify]), or both. skeleton.c is a whole plugin to copy; newsalert-plugin(7) tells the story.
 *
 * Growth.   A break gets a new symbol name. Everything else is appended: `size` stands first in every struct
 *           that is passed alone, a *stride* beside every array of structs. Ask NA_HAS(s, member) before you
 *           read a member that came later than the header you know; step through arrays by the stride.
 * Memory.   Nobody frees what the other side allocated. What a call was given dies when the call returns,
 *           unless a comment says otherwise. Text is (pointer, length), UTF-8, without a NUL.
 * Threads.  [load] the thread that builds a setup, or lets the last use of it go. [pipeline] the one pipeline
 *           thread, never two calls at a time, never the loop. [loop] the event loop: must return at once
 *           (50 ms is too long). [any] any thread, also from inside another call. [inside] only during the
 *           call that was given the function, and from its thread. A plugin has no writable globals: what it
 *           keeps hangs on `self`, on a set, or on a notifier's instance. At a reload two selves live side by
 *           side for a while: the new one is opened and compiles before the old one is released and closed.
 * Failure.  Calls return NA_OK or NA_FAIL (an int, never an enum type). A match that fails makes this
 *           plugin's terms *unknown* for that item: they neither fire an alert nor satisfy a NOT.
 * Trust.    A plugin is trusted code that is fed hostile text. Wrong ids, fields and spans are dropped by the
 *           daemon and named in the log. A .so is never unloaded. */
#ifndef NEWSALERT_PLUGIN_H
#define NEWSALERT_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define NA_EXPORT __attribute__((visibility("default")))
#else
#define NA_EXPORT
#endif

/* Does the caller's struct s (with `size`) have this member? For elements of arrays: NA_HAS_AT, by stride. */
#define NA_HAS(s, member) NA_HAS_AT((s)->size, s, member)
#define NA_HAS_AT(stride, s, member)                                                                         \
    ((size_t)((const char *)&(s)->member - (const char *)(s)) + sizeof((s)->member) <= (stride))
/* Element i of an array of structs: NA_AT(const struct na_word, field->words, item->word_stride, i) */
#define NA_AT(type, array, stride, i) ((type *)(const void *)((const char *)(array) + (stride) * (size_t)(i)))

enum { NA_OK = 0, NA_FAIL = -1 };

struct na_text {
    const char *ptr;
    size_t len;
};

/* ---- options --------------------------------------------------------------------------------------------
 * Declared, so that the daemon checks, documents and completes them; a plugin never parses configuration.
 * Types: "text" | "bool" | "int MIN..MAX" | "real MIN..MAX" | "duration" | "size" | "path" | "one-of a|b|c".
 * Values arrive as text in one spelling: bool "yes"/"no", duration in ms, size in bytes, path absolute,
 * one-of as declared. Names are small letters, digits and _. Array element: see option_stride. */
struct na_option {
    const char *name; /* ends the list when NULL */
    const char *type;
    const char *preset; /* the default as it would stand in the file ("": empty); NULL: must be set */
    const char *help;   /* one sentence */
};

/* ---- terms ---- */
/* Kinds of fields, and their bit in a mask. */
enum { NA_TITLE, NA_SUMMARY, NA_CONTENT, NA_AUTHOR, NA_CATEGORY, NA_URL, NA_LANGUAGE, NA_N_FIELDS };
#define NA_FIELD(kind) (UINT64_C(1) << (kind))

/* Flags of a term and of its word patterns. */
enum {
    NA_TERM_NOCASE = 1, /* /…/i */
    NA_TERM_ALL = 2 /* stands under NEAR: report every occurrence; else the first of each field value does */
};
enum {
    NA_PATTERN_ACRONYM = 1,   /* matches only words that may be an acronym */
    NA_PATTERN_EXACT = 2,     /* compares `exact` with the word's exact text */
    NA_PATTERN_HASH_SIGN = 4, /* a # stands directly before */
    NA_PATTERN_AT_SIGN = 8,   /* an @ stands directly before */
    NA_PATTERN_WILD = 16,     /* `folded` holds * or ? */
    NA_PATTERN_ANY = 32       /* any one word */
};

/* One word of a term with the prefix "". Array element: see pattern_stride. */
struct na_pattern {
    struct na_text folded; /* with the wildcards; folded as the words of texts are */
    struct na_text exact;  /* as written, NFC, apostrophes and hyphens as in texts */
    uint64_t hash;         /* of folded, when not WILD or ANY; good within this process only */
    uint64_t flags;        /* NA_PATTERN_… */
};

/* One distinct leaf of all queries. Array element: see na_compile.term_stride. */
struct na_term {
    uint64_t id;           /* dense: 0 … n_terms - 1; equal terms of all queries share one */
    uint64_t flags;        /* NA_TERM_… */
    uint64_t fields;       /* NA_FIELD bits in which a hit counts for some query (the daemon filters
                              again: reporting other fields is no fault, only work for nothing) */
    struct na_text prefix; /* "city" of city:Portland/OR; "" for words and phrases */
    struct na_text value;  /* "Portland", without quotes; of a regex: without slashes */
    struct na_text suffix; /* "OR"; empty if there is none */
    const struct na_pattern *patterns; /* prefix "" only: the words, to stand at successive positions */
    size_t n_patterns;                 /* 1 … 32; 0 with any other prefix */
    size_t pattern_stride;
};

/* ---- an item as a plugin sees it ---- */
enum {
    NA_WORD_NO_SMALL = 1,    /* no small letter in it (possessive 's cut first), and at least one capital */
    NA_WORD_ACRONYM = 2,     /* may be an acronym: NO_SMALL, and the rule for all-capitals fields allows it */
    NA_WORD_DIGIT = 4,       /* has a digit */
    NA_WORD_URL = 8,         /* an address: one position, no folded text; only its span is of use */
    NA_WORD_BREAK = 16,      /* a line break stands before it */
    NA_WORD_POSSESSIVE = 32, /* a possessive 's was cut off */
    NA_WORD_HASH_SIGN = 64,  /* # directly before, and no word character before that */
    NA_WORD_AT_SIGN = 128,   /* @ likewise */
    NA_WORD_CAPITAL = 256    /* begins with a capital letter */
};

/* One word of a field. Array element: see na_item.word_stride. */
struct na_word {
    uint32_t start, len; /* bytes of the field's text: the word itself, without sign and possessive */
    uint32_t position;   /* 0, 1, 2 …; a run of line breaks takes one number, an address one */
    uint32_t flags;      /* NA_WORD_… */
    uint64_t hash;       /* of folded; good within this process only, never in a data file */
    struct na_text folded;
    struct na_text exact; /* NFC, apostrophes and stops as joined */
};

/* One field value. Array element: see na_item.field_stride. */
struct na_field {
    uint64_t kind;       /* NA_TITLE … */
    uint64_t value;      /* number among the values of its kind: 0, 1, 2 … (categories) */
    struct na_text text; /* plain text; of NA_LANGUAGE, which is always there, a tag such as en-GB: the
                            item's, else its feed's, else empty */
    const struct na_word *words; /* none for url and language */
    size_t n_words;
};

struct na_item {
    size_t size;
    const struct na_field *fields; /* only those that are there */
    size_t n_fields;
    size_t field_stride, word_stride;
    int64_t published;     /* seconds since 1970; INT64_MIN: unknown */
    struct na_text feed;   /* the feed's name in the configuration; may be empty */
    struct na_text memory; /* what the plugin remembered of this feed; may be empty */
};

/* ---- matcher ---- */
enum { NA_MATCH_EXPLAIN = 1 }; /* flags of match: notes are wanted */
#define NA_NONE UINT64_MAX     /* note: no term; no field */

/* What open() is given. The struct and its functions are good until close(). */
struct na_host {
    size_t size;
    void *ctx;
    /* [any] syslog's levels: 3 error, 4 warning, 6 information, 7 debug */
    void (*log)(void *ctx, int level, const char *line);
    /* [any] the checked value of an option of [plugin NAME]; NULL: not declared. Good until close(). */
    const char *(*option)(void *ctx, const char *name);
    /* [load] a read-only descriptor (O_CLOEXEC; the plugin closes it) of a data file of this plugin, by its
     * plain name ("city.bin", never a path), beside the .so or in the daemon's data folder; -1: not there, or
     * not to be trusted (logged). */
    int (*data)(void *ctx, const char *name);
    /* [any] for later growth: NULL for every id that is not known */
    const void *(*extension)(void *ctx, const char *id);
};

/* One compile. at and len are bytes into the term's value, for the caret. Functions: [inside]. */
struct na_compile {
    size_t size;
    void *ctx;
    const struct na_term *terms; /* all distinct terms with this plugin's prefixes; dead after the call */
    size_t n_terms, term_stride;
    /* The queries with this term are refused. Go on with the next term, so that one run names all that is
     * wrong; what compile() returns after it does not matter. */
    void (*bad_term)(void *ctx, uint64_t id, size_t at, size_t len, const char *why);
    void (*warn_term)(void *ctx, uint64_t id, size_t at, size_t len, const char *why);
    /* how the value was understood, for people: "Portland, Oregon, US" */
    void (*understood)(void *ctx, uint64_t id, const char *text);
    /* Cuts and folds a text as the words of items are. The words are good until compile() returns. */
    const struct na_word *(*cut)(void *ctx, struct na_text text, size_t *ret_n, size_t *ret_stride);
};

/* One match. Functions: [inside]. Fields are named by kind and value, spans in bytes of that field's text; a
 * span begins and ends between characters. */
struct na_match {
    size_t size;
    void *ctx;
    uint64_t flags; /* NA_MATCH_… */
    /* A hit: the term is true (a threshold is an option of the plugin's). len 0: no span (the field as a
     * whole). confidence 0 … 1. Returns nonzero when no more hits of this item are wanted. */
    int (*emit)(void *ctx, uint64_t term, uint64_t field, uint64_t value, size_t start, size_t len,
                double confidence);
    /* The term cannot be told of this item. */
    void (*unknown)(void *ctx, uint64_t term, const char *why);
    /* For explain and places, when NA_MATCH_EXPLAIN is set. term, field: NA_NONE if of none. len 0: no span.
     * value is text (at most 4096 bytes), for key "place" one JSON object. */
    void (*note)(void *ctx, uint64_t term, uint64_t field, uint64_t field_value, size_t start, size_t len,
                 const char *key, struct na_text value);
    /* Replaces this plugin's memory of the feed (at most 4096 bytes), committed with the item. The next item
     * of the feed brings it as item->memory. Every new item passes match, also those that may not alert. */
    void (*remember)(void *ctx, struct na_text memory);
};

struct na_matcher {
    size_t size;
    const char *const *prefixes; /* small letters a-z; ends with NULL; "" is the keyword plugin's */
    /* [load] terms to an immutable set */
    int (*compile)(void *self, const struct na_compile *compile, void **ret_set);
    /* [pipeline] set NULL: no terms, notes only. A pure function of its arguments: what it learns of a feed
     * it hands to remember(). */
    int (*match)(void *self, const void *set, const struct na_item *item, const struct na_match *match);
    void (*release)(void *self, void *set); /* [load] */
};

/* ---- notifier ---- */
enum { NA_SENT, NA_RETRY, NA_DEAD, NA_SUSPEND };       /* result of a send */
enum { NA_ROUTINE, NA_URGENT, NA_FLASH };              /* level of a message */
enum { NA_FEATURE_EDITS = 1, NA_FEATURE_ACTIONS = 2 }; /* features of a notifier */
enum { NA_CLOSED_EXPIRED = 1, NA_CLOSED_BY_PERSON = 2, NA_CLOSED_BY_US = 3, NA_CLOSED_OTHER = 4 };

/* A button. Array element: see na_message.action_stride. */
struct na_action {
    struct na_text id, label;
};

/* One of several alerts that a message stands for, plain text. Array element: see na_message.entry_stride. */
struct na_entry {
    struct na_text title, url, about; /* url is http(s) or empty; about: the alert, and who told it */
};

struct na_message {
    size_t size;
    struct na_text key;    /* idempotency key: the same on every attempt */
    struct na_text thread; /* key of the story's thread: a message with the same one may replace it */
    /* new, summary, problem, recovered, test …; "why" after acted(key, "why"): key and thread of the message
     * it explains, and the explanation is its body */
    struct na_text kind;
    uint64_t level;
    struct na_text title, body, url; /* plain text, not escaped; url is http(s) or empty */
    const struct na_action *actions;
    size_t n_actions, action_stride;
    uint64_t silent;   /* 1: no sound */
    int64_t expire_ms; /* -1: as the receiver likes; 0: never */
    int64_t fired;     /* seconds since 1970 */
    const struct na_entry
        *entries; /* of a summary or digest, oldest first; a long one has the newest of them */
    size_t n_entries, entry_stride;
};

/* What start() is given. The struct and its functions are good until stop() returns; a call that comes later
 * is dropped, and named in the log. None of them waits for the loop. */
struct na_notifier_host {
    size_t size;
    void *ctx;
    void (*log)(void *ctx, int level, const char *line); /* [any] */
    const char *(*option)(void *ctx, const char *name);  /* [any] of [notify …]; good until stop() */
    /* [any] ends a ticket, exactly once, also from inside send(). result: NA_SENT … NA_SUSPEND.
     * retry_after_ms 0: as the daemon's schedule says. why may be NULL. */
    void (*sent)(void *ctx, uint64_t ticket, int result, int64_t retry_after_ms, const char *why);
    void (*acted)(void *ctx, struct na_text key, struct na_text action); /* [any] a button was pressed */
    void (*closed)(void *ctx, struct na_text key, int reason);           /* [any] */
    /* [any] whether messages can be shown now; while not, rows wait and no send comes. */
    void (*available)(void *ctx, int yes, const char *why);
};

struct na_notifier {
    size_t size;
    const struct na_option *options; /* of [notify …] with this plugin's kind; NULL: none */
    size_t option_stride;
    uint64_t features;                                                      /* NA_FEATURE_… */
    int (*start)(const struct na_notifier_host *host, void **ret_instance); /* [loop] */
    /* [loop] Takes the message (copy what is needed later) and answers by sent(). NA_FAIL: not taken, and no
     * sent() comes for this ticket. Tickets are never used twice. */
    int (*send)(void *instance, const struct na_message *message, uint64_t ticket);
    void (*cancel)(void *instance, uint64_t ticket); /* [loop] the answer is no longer wanted */
    void (*stop)(void *instance);                    /* [loop] at most 1 s; no callback after it */
};

/* ---- the description ---- */
struct na_plugin {
    size_t size;
    const char *name;                        /* the file's name without .so: letters, digits, - and _ */
    const char *version, *license, *summary; /* summary: one line, for people */
    const struct na_option *options;         /* of [plugin NAME]; NULL: none */
    size_t option_stride;
    int (*open)(const struct na_host *host, void **ret_self); /* [load] may be NULL: no self */
    void (*close)(void *self);                                /* [load] may be NULL */
    const struct na_matcher *matcher;                         /* NULL: does not match */
    const struct na_notifier *notifier;                       /* NULL: does not notify */
};

/* [load] The one exported symbol. What it returns is constant and good for as long as the process lives. */
NA_EXPORT const struct na_plugin *newsalert_plugin_1(void);

#ifdef __cplusplus
}
#endif

#endif
