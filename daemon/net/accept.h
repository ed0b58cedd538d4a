/* A listener that cannot accept, because there are no descriptors, stays readable: libevent would come back
 * at once, over and over, with a line in the log each time. This one rests 20 ms between two tries. Loop
 * thread. */
#ifndef NEWSALERTD_NET_ACCEPT_H
#define NEWSALERTD_NET_ACCEPT_H

#include <event2/listener.h>

void accept_at_rest(struct evconnlistener *listener);

#endif
