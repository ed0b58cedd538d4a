/* Which sender sends which kind: a file of its own, so that a test can put other ones in its place. */
#include "deliver/sender.h"

struct sender sender_of(enum notify_kind kind) {
    static const struct sender senders[] = {
        [NOTIFY_WEBHOOK] = {http_start, http_cancel},
        [NOTIFY_EMAIL] = {smtp_start, smtp_cancel},
        [NOTIFY_COMMAND] = {NULL, NULL},
        [NOTIFY_TERMINAL] = {terminal_start, terminal_cancel},
        [NOTIFY_PLUGIN] = {relay_start, relay_cancel},
    };
    return senders[kind];
}
