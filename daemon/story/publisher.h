/* Who publishes an item, and which agency wrote it. Items of one publisher count once; a family of copies
 * counts once, as its agency where a byline, dateline or credit names one. Pure, any thread. */
#ifndef NEWSALERTD_STORY_PUBLISHER_H
#define NEWSALERTD_STORY_PUBLISHER_H

#include "item/item.h"

/* The registrable domain of an address by the public suffix list ("www.news.co.uk" → "news.co.uk"), else its
 * host. In small letters, in the arena; TEXT_NONE for no address. */
struct text publisher_domain(struct text url, struct arena *a);
/* The feed's `publisher`, else the domain of the item's link, else of the feed. */
struct text publisher_of(struct text configured, struct text item_url, struct text feed_url, struct arena *a);
/* The agency that an item names ("AP", "Reuters" …): static; TEXT_NONE for none. Where `text` is the summary,
 * else the content. */
struct text publisher_agency(struct text author, struct text text);

#endif
