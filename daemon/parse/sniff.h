/* What a document is, by its first element (never by Content-Type or file name), and what to say of one that
 * is no feed. Pure, any thread. */
#ifndef NEWSALERTD_PARSE_SNIFF_H
#define NEWSALERTD_PARSE_SNIFF_H

#include "base/text.h"

enum sniff { SNIFF_XML, SNIFF_JSON, SNIFF_NOTHING };

/* Where the document begins: its doctype or root element, or its '{'. White space and other matter before
 * that (LIMIT_JUNK_BEFORE_ROOT) is passed over; *ret_junk tells whether there was any besides white space,
 * comments and the declaration. */
enum sniff sniff_document(struct text t, size_t *ret_start, bool *ret_junk);
/* "an HTML page titled …; it offers these feeds: …", "an empty document", … `bytes`: as they came; `t`: as
 * UTF-8; `base`: the address of the document, or absent. Heap; caller frees. */
char *sniff_name(struct text bytes, struct text t, struct text base);

#endif
