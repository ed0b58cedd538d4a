/* Whom a message goes to, and by which key it is known (contract/stories.md, contract/delivery.md). Pure, any
 * thread. */
#ifndef NEWSALERTD_STORY_STORY_H
#define NEWSALERTD_STORY_STORY_H

#include "config/config.h"
#include "item/message.h"

/* Is the notifier told by this alert, as both are configured? */
bool story_wants(const struct config_alert *a, const struct config_notify *n);
/* The rows of one message to a notifier: a mail goes to each person of to, cc and bcc once, everything else
 * to one recipient, which is NULL. Their number; *ret is a heap array of borrowed texts. */
size_t story_recipients(const struct config_notify *n, const char ***ret);

/* The key of the first message of an item's thread. installation: the state's own id, so that two
 * installations never make one key; item: its identity, the same after a restart. */
void story_key_first(struct text installation, const char *alert, const char *notify, struct text item,
                     char ret[KEY_SIZE]);
/* Of a later message of a thread. */
void story_key_later(struct text installation, const char *alert, const char *notify, int64_t thread,
                     enum message_kind kind, int64_t revision, char ret[KEY_SIZE]);
/* Of one event that is held for a notifier. */
void story_key_held(struct text installation, const char *alert, const char *notify, int64_t event,
                    char ret[KEY_SIZE]);
/* Of what takes held ones along: n keys, which are sorted. */
void story_key_list(struct text installation, const char *notify, enum message_kind kind,
                    char (*keys)[KEY_SIZE], size_t n, char ret[KEY_SIZE]);

#endif
