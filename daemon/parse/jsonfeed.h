/* JSON Feed 1 and 1.1 (jsonfeed.org), by jansson. Members of a wrong type are passed over. Pure, any thread.
 */
#ifndef NEWSALERTD_PARSE_JSONFEED_H
#define NEWSALERTD_PARSE_JSONFEED_H

#include "parse/reader.h"

enum json_result { JSON_COMPLETE, JSON_CUT, JSON_NO_FEED };
/* `t` begins at its '{'. Fills the reader's items and feed; reader_finish is the caller's. Of a document
 * that ends in the middle the finished items are read. */
enum json_result jsonfeed_read(struct reader *r, struct text t, size_t at);

#endif
