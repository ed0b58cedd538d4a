/* Stories within the pipeline: the index and what decides live in the pipeline thread's memory and are built
 * from the store at the start, at a reload, and when a transaction could not be committed; what becomes of an
 * event is written in the transaction that marks its item seen. Pipeline thread only.
 *
 * stories.c   the state: built, driven by the clock, stored
 * fire.c      what happened to an item → an event
 * told.c      what was decided → rows of the outbox
 * compose.c   events of a message → its facts
 * mutes.c     mutes that a person ordered */
#ifndef NEWSALERTD_PIPELINE_STORIES_H
#define NEWSALERTD_PIPELINE_STORIES_H

#include "base/map.h"
#include "match/match.h"
#include "pipeline/inside.h"
#include "store/stories.h"
#include "story/decide.h"
#include "story/index.h"
#include "story/story.h"

/* Of the window of stories, from the store into the index. */
struct reading {
    bool under_way;
    struct gist_place last; /* what was read so far */
    size_t slice;
    int64_t counted; /* items up to this row are in the snapshot of words */
    int64_t began;   /* boot ms */
};

struct stories {
    struct story_index *index;
    struct reading reading;
    struct decide *decide;
    struct decide_alert *alerts;       /* those of the configuration in its order, then such as are gone */
    struct decide_notifier *notifiers; /* likewise */
    size_t n_alerts, n_notifiers, cap_alerts, cap_notifiers;
    bool *wants;                   /* of all alerts, by notifier */
    struct strings gone;           /* names of alerts and notifiers that are gone */
    struct map hours[2];           /* text → struct hours *, quiet and digest */
    struct map zones;              /* name → struct zone *; "" is the system's */
    bool rebuild;                  /* what decides is to be built from the store before it is used again */
    bool reindex;                  /* the index, too */
    bool touched;                  /* the transaction under way has added items to the index */
    int64_t latest;                /* wall ms: the latest that decide was told */
    int64_t counted;               /* wall ms of the last snapshot of words */
    struct story_options index_is; /* what the index was built with */
};

struct stories *stories_new(void);
struct stories *stories_free(struct stories *s); /* NULL is fine; returns NULL */
/* A setup is in use, or a transaction was rolled back: builds anew what is to be. In or outside of a
 * transaction; a store that fails leaves it for the next call. */
void pipeline_stories_build(struct pipeline *p);
/* The same in steps: all but the window, then the window slice by slice while read returns true. Between them
 * everything may be done but documents. */
void pipeline_stories_begin(struct pipeline *p);
bool pipeline_stories_read(struct pipeline *p);
/* Before an item's update: the thread is at hand again, if it was put away and is stored. */
void pipeline_stories_recall(struct pipeline *p, size_t alert, int64_t story, int64_t item);
/* The time for decide: never a little back. */
int64_t pipeline_stories_now(struct pipeline *p);
int64_t pipeline_stories_wait(struct pipeline *p); /* ms until something is due; INT64_MAX: nothing waits */
bool pipeline_stories_due(struct pipeline *p);
/* Within a transaction: what is due. */
void pipeline_stories_tick(struct pipeline *p);
/* At its end: writes what changed. */
void pipeline_stories_save(struct pipeline *p);
void pipeline_stories_failed(struct pipeline *p); /* it was rolled back */

/* -- fire.c -- */
/* What happened to an item, for all alerts that it matches. */
struct happening {
    const struct config_feed *feed;
    const struct document *document;
    size_t item; /* of the document */
    int64_t row; /* of the store */
    struct text identity;
    struct item_story story;
    struct text publisher; /* or agency: what counts as one source */
    int64_t now;
};
/* A new item's story; stored. */
void pipeline_story_of(struct pipeline *p, struct happening *h, struct arena *a);
/* The same of an item that is known. */
void pipeline_story_known(struct pipeline *p, struct happening *h, struct arena *a);
void pipeline_fire(struct pipeline *p, const struct happening *h, const struct match *match);
/* An item changed on which the alert had fired. before: it as it was, and what matched then (NULL: nothing).
 */
void pipeline_changed(struct pipeline *p, const struct happening *h, const struct match *match,
                      const struct item *before, const struct match *matched);

/* -- mutes.c: answers of control -- */
json_t *pipeline_mute(struct pipeline *p, const json_t *args);
json_t *pipeline_unmute(struct pipeline *p, const json_t *args);
json_t *pipeline_mutes(struct pipeline *p, bool old); /* rows; old: those that status reminds of */

/* -- told.c -- */
/* Writes messages and held rows, and clears *out. first: the identity of the item that fired just now, with
 * which a first message goes. */
void pipeline_told(struct pipeline *p, struct decide_out *out, struct text first, int64_t now);

/* -- compose.c -- */
/* The facts of one event, as stored with it. Heap. */
char *pipeline_event_facts(struct pipeline *p, const struct happening *h, const struct match *match,
                           struct text previous_title);
/* The facts of a message. Texts live in the arena. 0, or -1: its events are gone. */
int pipeline_compose(struct pipeline *p, const struct decide_message *m, struct arena *a, struct facts *ret);

#endif
