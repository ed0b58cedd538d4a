/* The one table of keys: section, name, type, default, check, and help.
 * --check-config, newsalertd.conf(5), `newsalertctl config KEY` and completion all come from it: a new key is
 * one row here and one member in config.h. Static and constant; any thread. */
#ifndef NEWSALERTD_CONFIG_KEYS_H
#define NEWSALERTD_CONFIG_KEYS_H

#include "base/text.h"
#include "config/config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum key_section {
    SECTION_TOP, /* before the first [section] */
    SECTION_FEED,
    SECTION_OPML,
    SECTION_ALERT,
    SECTION_NOTIFY,
    SECTION_PLUGIN,
    SECTION_WEBSUB,
    N_KEY_SECTIONS
};

struct key_section_row {
    const char *kind; /* "feed"; "" for the top */
    const char *title;
    const char *help;
    bool named; /* [kind NAME] */
};
extern const struct key_section_row key_sections[N_KEY_SECTIONS];
int key_section_of(struct text kind); /* enum key_section; -1: unknown */

/* What a value is, and the member of the struct that it goes to. */
enum key_type {
    KEY_TEXT,      /* char *; may be empty, which is as not set. With `words`: one of them */
    KEY_WORD,      /* char *; not empty */
    KEY_QUERY,     /* struct text, not expanded */
    KEY_VERBATIM,  /* char *, not expanded */
    KEY_PATH,      /* char *, absolute */
    KEY_BOOL,      /* bool */
    KEY_EITHER,    /* bool, by two words */
    KEY_CHOICE,    /* an enum, by words */
    KEY_INT,       /* int64_t, as all that follow; `words` may name values beside the range */
    KEY_DURATION,  /* ms */
    KEY_SIZE,      /* bytes */
    KEY_REAL,      /* double */
    KEY_RATE,      /* struct rate */
    KEY_LEVELS,    /* unsigned, a bit a level */
    KEY_LIST,      /* struct strings, parted by commas */
    KEY_PATHS,     /* the same of paths */
    KEY_ADDRESSES, /* the same; a comma inside "…" does not part */
    KEY_LINES,     /* struct strings, one a line */
    KEY_SECRET,    /* char *, also as NAME_file and NAME_credential */
    KEY_SECRETS,   /* struct strings, likewise */
    N_KEY_TYPES
};
/* In words, for help: "duration". */
const char *key_type_name(enum key_type type);
bool key_type_is_list(enum key_type type);
bool key_type_is_secret(enum key_type type);

struct key_word { /* ends with word NULL */
    const char *word;
    int64_t value;
};

enum {
    KEY_REQUIRED = 1,
    KEY_URL_ONLY = 2,    /* of a feed: means something for `url` only */
    KEY_CUSTOM_ONLY = 4, /* of a webhook: for format = custom only */
    KEY_ALL = 8,         /* a list in which `all`, alone, means the empty list */
};

/* Which kinds of notifier have the key. */
#define KIND(kind) (1u << (kind))
#define KIND_ALL   (KIND(NOTIFY_PLUGIN + 1) - 1)

#define KEY_NOWHERE SIZE_MAX /* checked, and kept nowhere */

struct config_key {
    enum key_section section;
    const char *name;
    enum key_type type;
    size_t offset;           /* of the member, or KEY_NOWHERE */
    const char *preset;      /* the default as it would stand in the file; NULL: none */
    const char *help;        /* sentences */
    const char *preset_help; /* the default in words where `preset` cannot say it */
    int64_t min, max;        /* of numbers; max 0: no bound */
    const struct key_word *words;
    const char *(*check)(struct text t); /* of texts and of pieces of lists; NULL is fine */
    unsigned flags;
    unsigned kinds; /* notify only */
};

/* The kinds that are not plugins'. */
extern const char *const kind_names[NOTIFY_PLUGIN];

/* All rows: newsalertctl's `config --json` and completion walk them. */
const struct config_key *config_keys(size_t *ret_n);

/* The row of a key. For notify: of that kind. An opml section has a feed's keys too. NULL: no such key. */
const struct config_key *key_find(enum key_section section, struct text name, enum notify_kind kind);
/* The same, also for NAME_file and NAME_credential of a secret. */
enum key_form { FORM_PLAIN, FORM_FILE, FORM_CREDENTIAL };
const struct config_key *key_find_form(enum key_section section, struct text name, enum notify_kind kind,
                                       enum key_form *ret_form);
bool key_fits(const struct config_key *row, enum key_section section, enum notify_kind kind);
/* The nearest spelling among a section's keys; NULL: none is near. */
const char *key_nearest(enum key_section section, struct text name, enum notify_kind kind);

/* Checks one value (of a list: all its pieces), and reads it. 0, or -1 with `why` (half a sentence, which
 * never holds a secret). */
struct key_value {
    int64_t n; /* bool, choice and levels, too */
    double real;
    struct rate rate;
    const char *word; /* the canonical spelling when one of `words` was meant */
};
#define KEY_WHY 320
int key_check(const struct config_key *row, struct text value, struct key_value *ret, char why[KEY_WHY]);

/* The formats of webhooks. */
struct format_row {
    const char *name;
    bool url_is_secret; /* who knows the address may post */
    const char *needs;  /* keys, parted by blanks; a|b is either */
    const char *help;   /* for newsalertd.conf(5): what the keys are there; scdoc */
};
extern const struct format_row key_formats[];
const struct format_row *key_format(const char *name); /* NULL: none of that name */

/* ---- key_help.c ---- */

/* Text for `newsalertctl config [KEY]`: NULL: all keys in short; KEY is a key ("every", of each section that
 * has it), "feed.every", or a section ("feed"). Caller frees. NULL: there is no such key. */
char *config_key_help(const char *key);
/* The default for people: "5m", "as at the top", "none". */
const char *config_key_preset(const struct config_key *row);
/* The same rows for `newsalertctl config [KEY] --json`: one object a line. 0, or -1: there is no such key. */
int config_keys_json(const char *key, FILE *out);
/* scdoc source of newsalertd.conf(5). */
void config_keys_man(FILE *out);

#endif
