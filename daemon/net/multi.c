#include "net/net.h"

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"

/* The invariant: `running` holds exactly the transfers whose handles are in the multi. A transfer leaves it
 * before its done() is called, so done() may add the handle again or clean it up. */
struct transfer {
    CURL *easy;
    net_done_fn *done;
    void *arg;
    struct transfer *next, **link;
};

struct net_socket {
    struct net *net;
    struct event *event;
    curl_socket_t fd;
    short wanted;
    struct net_socket *next, **link;
};

struct net {
    struct event_base *base;
    CURLM *multi;
    struct event *timer;
    struct transfer *running;
    struct net_socket *sockets;
    size_t n_running;
};

static void transfer_unlink(struct net *n, struct transfer *t) {
    *t->link = t->next;
    if (t->next) t->next->link = t->link;
    n->n_running--;
    curl_multi_remove_handle(n->multi, t->easy);
    curl_easy_setopt(t->easy, CURLOPT_PRIVATE, NULL);
    free(t);
}

static void net_collect(struct net *n) {
    CURLMsg *m;
    int left;
    while ((m = curl_multi_info_read(n->multi, &left))) {
        if (m->msg != CURLMSG_DONE) continue;
        CURL *easy = m->easy_handle;
        CURLcode code = m->data.result; /* the message dies with the next call */
        struct transfer *t = NULL;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&t);
        if (!t) continue;
        net_done_fn *done = t->done;
        void *arg = t->arg;
        transfer_unlink(n, t);
        done(arg, easy, code);
    }
}

static void net_on_socket(evutil_socket_t fd, short what, void *arg) {
    struct net *n = arg;
    int still, action = (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0);
    curl_multi_socket_action(n->multi, fd, action, &still);
    net_collect(n);
}

static void net_on_timer(evutil_socket_t fd, short what, void *arg) {
    struct net *n = arg;
    int still;
    (void)fd, (void)what;
    curl_multi_socket_action(n->multi, CURL_SOCKET_TIMEOUT, 0, &still);
    net_collect(n);
}

/* libcurl may call this from within net_add and net_cancel: it only arms, also for 0 ms. */
static int net_set_timer(CURLM *multi, long ms, void *arg) {
    struct net *n = arg;
    (void)multi;
    if (ms < 0) {
        evtimer_del(n->timer);
    } else {
        struct timeval tv = {ms / 1000, ms % 1000 * 1000};
        evtimer_add(n->timer, &tv);
    }
    return 0;
}

static void net_socket_free(struct net_socket *s) {
    *s->link = s->next;
    if (s->next) s->next->link = s->link;
    if (s->event) event_free(s->event);
    free(s);
}

static int net_set_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket) {
    struct net *n = arg;
    struct net_socket *s = socket;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (s) {
            curl_multi_assign(n->multi, fd, NULL);
            net_socket_free(s);
        }
        return 0;
    }
    short wanted =
        (short)((what & CURL_POLL_IN ? EV_READ : 0) | (what & CURL_POLL_OUT ? EV_WRITE : 0) | EV_PERSIST);
    if (!s) {
        s = xcalloc(1, sizeof *s);
        s->net = n;
        s->fd = fd;
        s->next = n->sockets;
        s->link = &n->sockets;
        if (s->next) s->next->link = &s->next;
        n->sockets = s;
        curl_multi_assign(n->multi, fd, s);
    }
    if (s->event && s->wanted == wanted) return 0;
    if (s->event) event_free(s->event);
    s->wanted = wanted;
    s->event = event_new(n->base, fd, wanted, net_on_socket, n);
    if (!s->event || event_add(s->event, NULL)) {
        log_error("no memory to watch a connection; it will time out");
        return 0;
    }
    return 0;
}

struct net *net_new(struct event_base *base) {
    struct net *n = xcalloc(1, sizeof *n);
    if (curl_global_init(CURL_GLOBAL_ALL) || !(n->multi = curl_multi_init())) out_of_memory(sizeof *n);
    n->base = base;
    n->timer = evtimer_new(base, net_on_timer, n);
    if (!n->timer) out_of_memory(sizeof *n);
    curl_multi_setopt(n->multi, CURLMOPT_SOCKETFUNCTION, net_set_socket);
    curl_multi_setopt(n->multi, CURLMOPT_SOCKETDATA, n);
    curl_multi_setopt(n->multi, CURLMOPT_TIMERFUNCTION, net_set_timer);
    curl_multi_setopt(n->multi, CURLMOPT_TIMERDATA, n);
    curl_multi_setopt(n->multi, CURLMOPT_MAXCONNECTS, (long)LIMIT_IDLE_CONNECTIONS);
    return n;
}

struct net *net_free(struct net *n) {
    if (!n) return NULL;
    while (n->running) transfer_unlink(n, n->running);
    curl_multi_cleanup(n->multi);
    while (n->sockets) net_socket_free(n->sockets);
    event_free(n->timer);
    free(n);
    curl_global_cleanup();
    return NULL;
}

int net_add(struct net *n, CURL *easy, net_done_fn *done, void *arg) {
    struct transfer *t = xcalloc(1, sizeof *t);
    *t = (struct transfer){.easy = easy, .done = done, .arg = arg};
    curl_easy_setopt(easy, CURLOPT_PRIVATE, (char *)t);
    if (curl_multi_add_handle(n->multi, easy)) {
        curl_easy_setopt(easy, CURLOPT_PRIVATE, NULL);
        free(t);
        return -1;
    }
    t->next = n->running;
    t->link = &n->running;
    if (t->next) t->next->link = &t->next;
    n->running = t;
    n->n_running++;
    return 0;
}

void net_cancel(struct net *n, CURL *easy) {
    struct transfer *t = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&t);
    if (t) transfer_unlink(n, t);
}

size_t net_running(const struct net *n) {
    return n->n_running;
}
