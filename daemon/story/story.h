/* What comes between a match and a message (contract/stories.md): threads, updates, throttle, quiet hours,
 * digest, mute. Pure: event and time in; messages out. Any thread.
 *
 * For now every item is its own thread, so an alert that fires makes one message of kind `new` for each
 * notifier of the alert (e-mail: for each recipient), to be sent at once, and there is no state and no
 * wake-up. What comes later (stories, held rows) adds a state and kinds of events; the shape stays. */
#ifndef NEWSALERTD_STORY_STORY_H
#define NEWSALERTD_STORY_STORY_H

#include "config/config.h"
#include "item/message.h"

enum story_event_kind { EVENT_FIRED }; /* an alert fired on an item that is new for it */

struct story_event {
    enum story_event_kind kind;
    const struct config_alert *alert;
    struct text item; /* the item's identity, the same after a restart: it goes into the key */
    int64_t at;       /* wall ms */
};

struct story_message { /* one row of the outbox */
    char key[KEY_SIZE];
    const char *notify;    /* lives in the configuration, as does the next */
    const char *recipient; /* e-mail; NULL elsewhere */
    enum message_kind kind;
    enum level level;
    enum row_state state; /* held or pending */
    int64_t next;         /* wall ms: the first attempt, or the end of the hold */
    int64_t story, revision;
};

struct story_decision {
    struct story_message *messages;
    size_t n, cap;
    int64_t wake; /* wall ms at which to ask again; TIME_NONE: never */
};
#define STORY_DECISION_INIT ((struct story_decision){0})
void story_decision_clear(struct story_decision *d);

/* Adds the messages of one event to `ret` (which may hold those of others). installation: the state's own
 * id, so that two installations never make one key. */
void story_decide(const struct config *config, struct text installation, const struct story_event *event,
                  struct story_decision *ret);

#endif
