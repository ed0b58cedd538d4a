/* Events to items. The engine walks one table of rules a dialect (rss.c, atom.c, cap.c): which element, in
 * which place, fills which field, and with which rank (0 is the best; the first that is not empty wins).
 * Elements without a rule are passed over with all that is in them, so a foreign element of the same name
 * never wins. Pure, one thread a document; everything that lasts lives in the document's arena.
 *
 * A new dialect is one table with a few lines for its root, a row among the roots of reader.c, a format of
 * item.h, and a golden folder. */
#ifndef NEWSALERTD_PARSE_READER_H
#define NEWSALERTD_PARSE_READER_H

#include "base/buf.h"
#include "item/item.h"
#include "parse/events.h"

/* Where the parser stands; bits, so that a rule can name several. */
enum context {
    IN_ROOT = 1 << 0,
    IN_CHANNEL = 1 << 1,
    IN_ITEM = 1 << 2,
    IN_MEDIA = 1 << 3, /* media:group, media:content */
    IN_PERSON = 1 << 4,
    IN_SOURCE = 1 << 5, /* atom:source */
    IN_HOURS = 1 << 6,
    IN_DAYS = 1 << 7,
    IN_INFO = 1 << 8, /* CAP */
    IN_AREA = 1 << 9,
    IN_VALUE = 1 << 10,   /* below an element whose value is being read */
    IN_NOTHING = 1 << 11, /* below one that is passed over */
    IN_ALERT = 1 << 12    /* a CAP alert inside an Atom entry */
};

enum field {
    FIELD_TITLE,
    FIELD_URL,
    FIELD_ID,
    FIELD_SUMMARY,
    FIELD_CONTENT,
    FIELD_AUTHOR,
    FIELD_LANGUAGE,
    FIELD_PUBLISHED,
    FIELD_UPDATED,
    FIELD_N,
    FIELD_NONE = FIELD_N
};
#define RANK_NONE 255

/* An item (or the feed itself: summary is its description) while it is read. */
struct draft {
    struct item item;
    unsigned char rank[FIELD_N];
    size_t n_authors;
    size_t n_paragraphs; /* of CAP */
};

struct element {
    enum space space;
    struct text name;
    const struct attribute *attributes;
    size_t n;
    size_t at;
};

/* How the text of a value is written. */
enum form { FORM_HTML, FORM_TEXT, FORM_XHTML, FORM_BASE64, FORM_REFUSED };

struct reader;
struct rule {
    unsigned contexts, spaces;
    const char *name; /* case does not matter */
    enum field field;
    unsigned char rank;
    /* One of these, or both: read the attributes when the element begins (false: pass the element over) … */
    bool (*start)(struct reader *r, const struct rule *rule, const struct element *e);
    /* … read its text when it ends … */
    void (*value)(struct reader *r, const struct rule *rule, struct text raw);
    /* … or else what is in it is read as `enter` says, and `end` told. */
    enum context enter;
    void (*end)(struct reader *r, const struct rule *rule);
};

struct dialect {
    const struct rule *rules;
    size_t n;
    unsigned base_is_link; /* relative addresses go against the feed's link (RSS) */
    enum context (*root)(struct reader *r, const struct element *e);
};
extern const struct dialect dialect_rss, dialect_atom, dialect_cap;

/* An element that begins a feed. */
struct root {
    const char *name; /* case does not matter; each stands once */
    unsigned spaces;  /* 0: any */
    const struct dialect *dialect;
    const char
        *marks[2]; /* its tag must hold one of them, because pages use the name too; NULL: it need not */
    bool alone;    /* nor need it as the first element of the document */
};
const struct root *reader_root(struct text name); /* NULL: none */

struct frame {
    enum context context;
    const struct rule *rule;
    struct text base; /* of xml:base, absolute; TEXT_NONE: none was given */
    char tag[12];     /* below a value: the name, to write the markup again */
};

struct reader {
    const struct parse_input *in;
    struct document *d;
    struct parse_warnings *warnings;
    const struct dialect *dialect;
    struct frame frames[LIMIT_NESTING];
    unsigned depth;
    struct draft feed, item, *draft;
    struct item *items; /* heap, until the document is finished */
    size_t n_items, cap_items;
    size_t at; /* of the newest start, for warnings */
    bool cut, relative;
    bool starved; /* memory for a value was refused */
    bool full;    /* the arena is, or starved: no further item is begun, and the document counts as cut */
    /* The value that is being read. */
    const struct rule *rule;
    unsigned value_depth;
    enum form form;
    bool guid_is_url, value_full, has_elements;
    struct buf value, plain;
    /* What is being put together. */
    struct text person_name, person_mail;
    unsigned char person_rank;
    int64_t sy_period, sy_frequency;
};

struct reader *reader_new(const struct parse_input *in, struct document *d, struct parse_warnings *w);
struct reader *reader_free(struct reader *r);
void reader_events(struct reader *r, struct events *ret);
/* Items, inherited fields and addresses go into the document. 0; 1: it was cut by LIMIT_DOCUMENT_ARENA; -1:
 * no memory. */
int reader_finish(struct reader *r);

/* -- for dialects ---------------------------------------------------------------------------------------- */
struct text element_get(const struct element *e, enum space space, const char *name); /* TEXT_NONE: absent */
bool reader_wants(const struct reader *r, enum field field, unsigned char rank);
/* False: there are LIMIT_ITEMS, or the arena is full; one more is counted as cut. */
bool reader_has_room(struct reader *r, size_t at);
void reader_begin_item(struct reader *r);
void reader_end_item(struct reader *r);
bool start_item(struct reader *r, const struct rule *rule, const struct element *e);
void end_item(struct reader *r, const struct rule *rule);
void value_paragraph(struct reader *r, const struct rule *rule, struct text raw); /* cap.c */
void value_event(struct reader *r, const struct rule *rule, struct text raw);     /* cap.c */
bool start_enter(struct reader *r, const struct rule *rule, const struct element *e);

/* -- values.c: what is made of a text ---- */
struct text value_plain(struct reader *r, struct text raw, enum form form); /* in r->plain */
void set_text(struct reader *r, enum field field, unsigned char rank, struct text plain);
void set_url(struct reader *r, unsigned char rank, struct text raw);
void add_category(struct reader *r, struct text raw, enum form form);
void add_enclosure(struct reader *r, struct text url, struct text type, struct text length);
void add_author(struct reader *r, unsigned char rank, struct text name);
struct text reader_address(struct reader *r, struct text raw); /* absolute, or to be resolved at the end */
void value_html(struct reader *r, const struct rule *rule, struct text raw);
void value_text(struct reader *r, const struct rule *rule, struct text raw);
void value_form(struct reader *r, const struct rule *rule, struct text raw); /* as r->form says */
void value_url(struct reader *r, const struct rule *rule, struct text raw);
void value_date(struct reader *r, const struct rule *rule, struct text raw);
void value_id(struct reader *r, const struct rule *rule, struct text raw);
void value_person(struct reader *r, const struct rule *rule, struct text raw);
void value_category(struct reader *r, const struct rule *rule, struct text raw);
bool start_media(struct reader *r, const struct rule *rule, const struct element *e);
bool start_link(struct reader *r, const struct rule *rule, const struct element *e);
bool start_person(struct reader *r, const struct rule *rule, const struct element *e);
void value_person_name(struct reader *r, const struct rule *rule, struct text raw);
void value_person_mail(struct reader *r, const struct rule *rule, struct text raw);
void end_person(struct reader *r, const struct rule *rule);

#endif
