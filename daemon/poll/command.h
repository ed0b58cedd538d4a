/* Feeds that are programs: standard output is the feed. At most LIMIT_COMMANDS run at once, the others wait
 * their turn (the time-out counts from the start). The output is capped at the feed's max_size; an exit code
 * other than 0, a signal, the time-out and too much output are failures with words, and what was written is
 * then not read. The end of standard error goes to the log, cleaned and capped. Loop thread. See net/spawn.h
 * for what the program gets; NEWSALERT_FEED in its environment is the feed's name. */
#ifndef NEWSALERTD_POLL_COMMAND_H
#define NEWSALERTD_POLL_COMMAND_H

#include "poll/poller.h"

struct commands; /* of one poller */
struct commands *commands_new(struct event_base *base);
struct commands *commands_free(struct commands *c); /* ends what runs; nobody is told */

struct command;
typedef void command_done_fn(void *arg, struct fetched *answer); /* ownership passes */
/* Copies what it needs of the feed. done() is called once, from the loop, never from within this call. */
struct command *command_start(struct commands *c, const struct config_feed *feed, command_done_fn *done,
                              void *arg);
/* Ends it without done(). NULL is fine; returns NULL. */
struct command *command_cancel(struct command *run);

#endif
