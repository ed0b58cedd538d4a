/* Feed bytes to a document (research: formats, charsets, dates, HTML). Pure: no I/O, no clock. Any thread.
 *
 * bytes → charset → UTF-8 → events (expat; the lenient tokenizer where expat refuses) → reader of the
 * dialect → document. JSON Feed goes by jansson. Time is linear and memory capped whatever comes. */
#ifndef NEWSALERTD_PARSE_PARSE_H
#define NEWSALERTD_PARSE_PARSE_H

#include "item/item.h"

struct parse_input {
    struct text bytes;
    struct text content_type; /* of the HTTP answer, or absent */
    struct text base;         /* the document's own address, or absent */
    bool cut;                 /* the transfer ended early: what was finished counts */
};

struct parse_warning {
    size_t at;     /* byte of the document; of its UTF-8 form where its charset was another */
    unsigned line; /* from 1; a line is the same in every charset */
    size_t number; /* in the order in which they were met */
    char what[120];
};
/* Sorted by place. */
struct parse_warnings {
    struct parse_warning *list;
    size_t n, cap, total;
};
void parse_warnings_clear(struct parse_warnings *w);

/* 0: a feed (perhaps cut or broken: document->complete, warnings). -1: no feed; *ret_why says what it looks
 * like ("an HTML page titled …"), caller frees. -2: no memory (the same, with ret_why). */
int parse_document(const struct parse_input *in, struct parse_warnings *warnings, struct document **ret,
                   char **ret_why);

#endif
