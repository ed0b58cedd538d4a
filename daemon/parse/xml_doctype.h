/* Internal general entities of a doctype: <!ENTITY name "text">. External and parameter entities: never.
 * What all references expand to together is capped (LIMIT_ENTITY_TEXT); beyond that they stay as written. */
#ifndef NEWSALERTD_PARSE_XML_DOCTYPE_H
#define NEWSALERTD_PARSE_XML_DOCTYPE_H

#include "base/buf.h"
#include "parse/parse.h"

struct doctype_entity {
    struct text name;
    char *value; /* expanded when it was declared */
    size_t len;
};
struct doctype {
    struct doctype_entity *entities;
    size_t n, cap;
    size_t spent; /* bytes expanded so far, declarations included */
};

void doctype_init(struct doctype *d);
void doctype_clear(struct doctype *d);
/* Reads "<!DOCTYPE …>" at t; returns its bytes. Names point into t, which must live as long as d. */
size_t doctype_read(struct doctype *d, struct text t, struct parse_warnings *w, size_t at);
/* A reference at t to one of them: its bytes, 0: it is none. */
size_t doctype_entity(struct doctype *d, struct text t, struct text *ret);

#endif
