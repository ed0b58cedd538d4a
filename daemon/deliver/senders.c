/* Which sender sends what: a file of its own, so that a test can put other ones in its place. */
#include "deliver/sender.h"

struct sender sender_of(const struct config_notify *notify) {
    static const struct sender senders[] = {
        [NOTIFY_WEBHOOK] = {http_start, http_cancel},
        [NOTIFY_EMAIL] = {smtp_start, smtp_cancel},
        [NOTIFY_COMMAND] = {program_start, program_cancel},
        [NOTIFY_TERMINAL] = {terminal_start, terminal_cancel},
        [NOTIFY_PLUGIN] = {relay_start, relay_cancel},
    };
    static const struct sender sendmail = {sendmail_start, program_cancel};
    return notify->kind == NOTIFY_EMAIL && notify->command ? sendmail : senders[notify->kind];
}
