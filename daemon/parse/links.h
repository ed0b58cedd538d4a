/* The feeds that an HTML page offers: <link> and <a> with rel=alternate and the type of a feed, in the order
 * of the page, each address once. `base` is the page's own address; its <base href> is obeyed. Pure, any
 * thread, linear in its input; shared by `newsalertctl discover` and by the words for a page that is no feed.
 *
 * The page is UTF-8 (charset.h). Texts of the result live in the arena, or are TEXT_NONE. */
#ifndef NEWSALERTD_PARSE_LINKS_H
#define NEWSALERTD_PARSE_LINKS_H

#include "base/arena.h"
#include "base/limits.h"

struct page_link {
    struct text url;   /* absolute, http or https */
    struct text title; /* as the page calls it, plain text; or absent */
    struct text type;  /* "application/atom+xml" */
};

struct page_links {
    struct page_link list[LIMIT_PAGE_LINKS];
    size_t n;
    struct text title; /* of the page */
};

void page_links(struct text page, struct text base, struct arena *a, struct page_links *ret);

#endif
