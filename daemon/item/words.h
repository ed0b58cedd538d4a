/* Words: contract/query.md "Words of a text, and of a query, alike". One cutter and one folding for texts,
 * queries and plugins; Unicode's tables are utf8proc's. Pure, any thread. */
#ifndef NEWSALERTD_ITEM_WORDS_H
#define NEWSALERTD_ITEM_WORDS_H

#include "item/item.h"
#include "newsalert_plugin.h"

/* Cuts one text into words (DESIGN section 6 says what a word carries; the ACRONYM flag equals NO_SMALL
 * here, since only an item knows its other fields). The array and the texts live in the arena. Returns the
 * number; *ret is NULL for none. At most LIMIT_WORDS_A_FIELD. `exact` holds no apostrophe: a possessive 's is
 * told by its flag, and a query's =Macy's asks for it by an exact text that ends in 's. Texts that nothing
 * changed point into t, which must outlive the words. */
size_t words_cut(struct text t, struct arena *a, struct na_word **ret);

/* The same for a query: * and ? count as letters and stay in the folded and exact texts. */
size_t words_cut_query(struct text t, struct arena *a, struct na_word **ret);

/* The folded form of a whole text (rule 4 of the contract), no cutting. Lives in the arena. */
struct text words_fold(struct text t, struct arena *a);

/* Words of a text, folded and joined by one space: what "the folded title" means everywhere. */
struct text words_folded_line(struct text t, struct arena *a);

/* The index of one item, made once and shared by all plugins: all fields cut, and the ACRONYM flag set by
 * the all-capitals rule. `language`: the feed's, used when the item has none. Lives in the arena. The item's
 * texts must outlive it. */
struct na_item words_index(const struct item *item, struct text feed_name, struct text language,
                           struct arena *a);

/* Names of field kinds as users write them: "title" … */
extern const char *const field_names[NA_N_FIELDS];

static inline struct text text_of_na(struct na_text t) {
    return (struct text){t.ptr, t.len};
}
static inline struct na_text na_of_text(struct text t) {
    struct na_text n = {t.ptr, t.len};
    return n;
}

#endif
