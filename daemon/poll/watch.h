/* Files that are feeds, watched by inotify on the loop. What is watched is the folder, so that a file that is
 * replaced, or comes later, is seen too. Loop thread. */
#ifndef NEWSALERTD_POLL_WATCH_H
#define NEWSALERTD_POLL_WATCH_H

#include <event2/event.h>

struct watch;
/* The file may have changed (or events were lost: all may have). */
typedef void watch_changed_fn(void *arg, void *file);

struct watch *watch_new(struct event_base *base, watch_changed_fn *changed, void *arg);
struct watch *watch_free(struct watch *w);
/* `file` is what changed() gets. Repeating it tries again a folder that was not there. */
void watch_add(struct watch *w, const char *path, void *file);
void watch_remove(struct watch *w, void *file);

#endif
