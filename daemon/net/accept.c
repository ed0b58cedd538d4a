#include "net/accept.h"

#include <time.h>

/* A rest and no timer: the callback has no place to keep one, and without descriptors little else goes on. */
static void rest(struct evconnlistener *listener, void *arg) {
    const struct timespec ms20 = {0, 20000000};
    (void)listener, (void)arg;
    nanosleep(&ms20, NULL);
}

void accept_at_rest(struct evconnlistener *listener) {
    evconnlistener_set_error_cb(listener, rest);
}
