/* Which story an item tells (contract/stories.md): the items that report one event, over all feeds. Pure: the
 * time is an argument, nothing is read or written; one owner, one thread.
 *
 * An item joins a story by the first rule that holds: `url` (the same canonical URL), `copy` (the same folded
 * title or text), `words` (weighted overlap with the story's words above the threshold); else it opens one.
 * What was decided stays: a story never splits or merges. An inverted index from words to live stories finds
 * the few stories that are scored, so the cost does not grow with the number of stories.
 *
 * A story takes items until `window` after its newest one, at most STORY_LIFE after its first. Memory is at
 * most LIMIT_STORY_ITEMS items, under 1 KiB each; the story that was quiet for longest leaves first. */
#ifndef NEWSALERTD_STORY_INDEX_H
#define NEWSALERTD_STORY_INDEX_H

#include "base/buf.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

#define STORY_LIFE      (7 * 86400000LL)
#define STORY_THRESHOLD 0.62 /* story_threshold, where it is not set; what it stands for: score.c */

struct story_options {
    double threshold; /* 0: STORY_THRESHOLD */
    int64_t window;   /* ms; 0: 48 h */
    uint64_t seed;    /* of the hashes of words; the same as long as counts are kept */
    int64_t next;     /* the number that the next story gets; 0: 1 */
};

struct story_item {
    int64_t id; /* the caller's number for it: comes back as `with` */
    struct text title, url, language, publisher;
    struct text summary,
        content;  /* the lead is the summary, else the content; copies are told by the longer */
    int64_t seen; /* wall ms: what life times run on */
};

enum story_why { STORY_WHY_FIRST, STORY_WHY_URL, STORY_WHY_COPY, STORY_WHY_WORDS };
extern const char *const story_why_names[]; /* "first", "url" … */

struct story_answer {
    int64_t story;
    bool first; /* it opened the story */
    enum story_why why;
    int64_t with; /* id of the nearest item of the story; 0: first */
    double score; /* 0 to 1; 1 for url and copy */
};

struct story_index;
struct story_index *story_index_new(const struct story_options *o);
struct story_index *story_index_free(struct story_index *x); /* NULL is fine; returns NULL */

/* Decides, and takes the item in. gist: NULL, or where its gist is added (gist.h). */
void story_of(struct story_index *x, const struct story_item *item, struct story_answer *ret,
              struct buf *gist);
/* Takes in an item that was decided earlier, with its number: at start, in the order in which they were
 * decided. counted: its words are in the snapshot already. By its texts, or by its gist, of which -1 says
 * that it is none of ours; nothing has changed then. */
void story_index_put(struct story_index *x, const struct story_item *item, int64_t story, bool counted);
int story_index_put_gist(struct story_index *x, struct text gist, int64_t id, int64_t seen, int64_t story,
                         bool counted);

/* The counts of words as bytes, and back. They belong to one seed. 0, or -1 for what is none of ours (nothing
 * has changed then). */
int story_index_counts(const struct story_index *x, struct buf *out);
int story_index_take_counts(struct story_index *x, struct text counts);

struct story_index_status {
    size_t items, stories, words, bytes;
    uint64_t left; /* items whose story left before its time, for LIMIT_STORY_ITEMS */
};
void story_index_status(const struct story_index *x, struct story_index_status *ret);

#endif
