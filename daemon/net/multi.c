#include "net/net.h"

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"

#include <openssl/ssl.h>
#include <stdint.h>
#include <time.h>

/* A multi with its connections. New transfers go to the first pool; older ones only end what they began, and
 * then go with all their connections: that is how connections of a network that is gone, or that idled long
 * enough, are closed, which libcurl does by itself only when the next request comes.
 *
 * The invariant: `running` holds exactly the transfers whose handles are in the multi. A transfer leaves it
 * before its done() is called, so done() may add the handle again or clean it up. */
struct pool {
    struct net *net;
    CURLM *multi;
    struct event *timer;
    struct transfer *running;
    struct net_socket *sockets;
    size_t n_running;
    bool inside; /* libcurl, or a done(), is at work in it: it may not be freed */
    struct pool *older;
};

struct transfer {
    struct pool *pool;
    CURL *easy;
    net_done_fn *done;
    void *arg;
    struct transfer *next, **link;
};

struct net_socket {
    struct pool *pool;
    struct event *event;
    curl_socket_t fd;
    short wanted;
    struct net_socket *next, **link;
};

struct net {
    struct event_base *base;
    const void *reading; /* the TLS connection that is read at a stretch, */
    unsigned records;    /* how much of it came, and the thread's CPU time when it began */
    int64_t reading_since;
    struct pool *first;
    CURL *spare[LIMIT_SPARE_HANDLES];
    size_t n_spare;
    CURLSH *share;
    struct event *idle; /* armed while the first pool keeps connections and runs nothing */
};

static void pool_free(struct pool *p);

/* Frees older pools that have nothing left to end. */
static void net_sweep(struct net *n) {
    for (struct pool **at = &n->first->older; *at;) {
        struct pool *p = *at;
        if (p->n_running || p->inside) {
            at = &p->older;
            continue;
        }
        *at = p->older;
        pool_free(p);
    }
}

static void transfer_unlink(struct transfer *t) {
    struct pool *p = t->pool;
    *t->link = t->next;
    if (t->next) t->next->link = t->link;
    p->n_running--;
    curl_multi_remove_handle(p->multi, t->easy);
    curl_easy_setopt(t->easy, CURLOPT_PRIVATE, NULL);
    free(t);
    if (p == p->net->first && !p->n_running && p->net->idle) {
        struct timeval wait = {LIMIT_HOST_IDLE_S, 0};
        evtimer_add(p->net->idle, &wait);
    }
}

static void pool_collect(struct pool *p) {
    CURLMsg *m;
    int left;
    while ((m = curl_multi_info_read(p->multi, &left))) {
        if (m->msg != CURLMSG_DONE) continue;
        CURL *easy = m->easy_handle;
        CURLcode code = m->data.result; /* the message dies with the next call */
        struct transfer *t = NULL;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&t);
        if (!t) continue;
        net_done_fn *done = t->done;
        void *arg = t->arg;
        transfer_unlink(t);
        done(arg, easy, code);
    }
}

static void pool_act(struct pool *p, curl_socket_t fd, int action) {
    int still;
    struct net *n = p->net;
    p->inside = true;
    n->reading = NULL;
    curl_multi_socket_action(p->multi, fd, action, &still);
    pool_collect(p);
    p->inside = false;
    if (p != n->first) net_sweep(n);
}

static int64_t cpu_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

/* While the peer sends frames that carry nothing of an answer (HTTP/2's settings, pings, empty data), libcurl
 * reads on and on, and asks none of its callbacks or time-outs. OpenSSL tells of each record: a connection
 * that has had its share of this round is said to have ended. CPU time: a busy machine is nobody's fault. */
static void net_on_record(int sent, int version, int type, const void *ptr, size_t len, SSL *tls, void *arg) {
    struct net *n = arg;
    (void)version, (void)ptr, (void)len;
    if (sent || type != SSL3_RT_HEADER) return;
    if (n->reading != tls) {
        n->reading = tls;
        n->records = 0;
        n->reading_since = cpu_ms();
    } else if (++n->records % 100 == 0 && cpu_ms() - n->reading_since > LIMIT_READ_CPU_MS) {
        SSL_set_shutdown(tls, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    }
}

static CURLcode net_on_tls(CURL *easy, void *context, void *arg) {
    (void)easy;
    SSL_CTX_set_msg_callback(context, net_on_record);
    SSL_CTX_set_msg_callback_arg(context, arg);
    return CURLE_OK;
}

static void net_on_socket(evutil_socket_t fd, short what, void *arg) {
    pool_act(arg, fd, (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0));
}

static void net_on_timer(evutil_socket_t fd, short what, void *arg) {
    (void)fd, (void)what;
    pool_act(arg, CURL_SOCKET_TIMEOUT, 0);
}

/* libcurl may call this from within net_add and net_cancel: it only arms, also for 0 ms. */
static int pool_set_timer(CURLM *multi, long ms, void *arg) {
    struct pool *p = arg;
    (void)multi;
    if (ms < 0) {
        evtimer_del(p->timer);
    } else {
        struct timeval tv = {ms / 1000, ms % 1000 * 1000};
        evtimer_add(p->timer, &tv);
    }
    return 0;
}

static void net_socket_free(struct net_socket *s) {
    *s->link = s->next;
    if (s->next) s->next->link = s->link;
    if (s->event) event_free(s->event);
    free(s);
}

static int pool_set_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket) {
    struct pool *p = arg;
    struct net_socket *s = socket;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (s) {
            curl_multi_assign(p->multi, fd, NULL);
            net_socket_free(s);
        }
        return 0;
    }
    short wanted =
        (short)((what & CURL_POLL_IN ? EV_READ : 0) | (what & CURL_POLL_OUT ? EV_WRITE : 0) | EV_PERSIST);
    if (!s) {
        s = xcalloc(1, sizeof *s);
        s->pool = p;
        s->fd = fd;
        s->next = p->sockets;
        s->link = &p->sockets;
        if (s->next) s->next->link = &s->next;
        p->sockets = s;
        curl_multi_assign(p->multi, fd, s);
    }
    if (s->event && s->wanted == wanted) return 0;
    if (s->event)
        event_del(s->event);
    else
        s->event = event_new(p->net->base, fd, wanted, net_on_socket, p);
    s->wanted = wanted;
    if (!s->event || event_assign(s->event, p->net->base, fd, wanted, net_on_socket, p) ||
        event_add(s->event, NULL)) {
        log_error("no memory to watch a connection; it will time out");
        return 0;
    }
    return 0;
}

static struct pool *pool_new(struct net *n) {
    struct pool *p = xcalloc(1, sizeof *p);
    p->net = n;
    p->multi = curl_multi_init();
    p->timer = evtimer_new(n->base, net_on_timer, p);
    if (!p->multi || !p->timer) out_of_memory(sizeof *p);
    curl_multi_setopt(p->multi, CURLMOPT_SOCKETFUNCTION, pool_set_socket);
    curl_multi_setopt(p->multi, CURLMOPT_SOCKETDATA, p);
    curl_multi_setopt(p->multi, CURLMOPT_TIMERFUNCTION, pool_set_timer);
    curl_multi_setopt(p->multi, CURLMOPT_TIMERDATA, p);
    curl_multi_setopt(p->multi, CURLMOPT_MAXCONNECTS, (long)LIMIT_IDLE_CONNECTIONS);
    return p;
}

static void pool_free(struct pool *p) {
    while (p->running) transfer_unlink(p->running);
    curl_multi_cleanup(p->multi);
    while (p->sockets) net_socket_free(p->sockets);
    event_free(p->timer);
    free(p);
}

void net_forget_connections(struct net *n) {
    struct pool *fresh = pool_new(n);
    fresh->older = n->first;
    n->first = fresh;
    evtimer_del(n->idle);
    net_sweep(n);
}

static void net_on_idle(evutil_socket_t fd, short what, void *arg) {
    struct net *n = arg;
    (void)fd, (void)what;
    if (!n->first->n_running) net_forget_connections(n);
}

struct net *net_new(struct event_base *base) {
    struct net *n = xcalloc(1, sizeof *n);
    if (curl_global_init(CURL_GLOBAL_ALL)) out_of_memory(sizeof *n);
    n->base = base;
    n->first = pool_new(n);
    n->idle = evtimer_new(base, net_on_idle, n);
    if (!n->idle) out_of_memory(sizeof *n);
    return n;
}

struct net *net_free(struct net *n) {
    if (!n) return NULL;
    event_free(n->idle);
    n->idle = NULL;
    while (n->n_spare) curl_easy_cleanup(n->spare[--n->n_spare]);
    CURLSH *share = n->share;
    for (struct pool *p = n->first, *older; p; p = older) {
        older = p->older;
        pool_free(p);
    }
    free(n);
    if (share) curl_share_cleanup(share);
    curl_global_cleanup();
    return NULL;
}

CURL *net_easy(struct net *n) {
    return n->n_spare ? n->spare[--n->n_spare] : curl_easy_init();
}

CURLSH *net_share(struct net *n) {
    if (!n->share && (n->share = curl_share_init()))
        curl_share_setopt(n->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    return n->share;
}

void net_easy_done(struct net *n, CURL *easy) {
    if (n->n_spare == LIMIT_SPARE_HANDLES) {
        curl_easy_cleanup(easy);
        return;
    }
    curl_easy_setopt(easy, CURLOPT_SHARE, NULL); /* a reset leaves it, and its owner may go */
    curl_easy_reset(easy);
    n->spare[n->n_spare++] = easy;
}

int net_add(struct net *n, CURL *easy, net_done_fn *done, void *arg) {
    struct transfer *t = xcalloc(1, sizeof *t);
    struct pool *p = n->first;
    *t = (struct transfer){.pool = p, .easy = easy, .done = done, .arg = arg};
    curl_easy_setopt(easy, CURLOPT_PRIVATE, (char *)t);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, net_on_tls);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, n);
    if (curl_multi_add_handle(p->multi, easy)) {
        curl_easy_setopt(easy, CURLOPT_PRIVATE, NULL);
        free(t);
        return -1;
    }
    t->next = p->running;
    t->link = &p->running;
    if (t->next) t->next->link = &t->next;
    p->running = t;
    p->n_running++;
    evtimer_del(n->idle);
    return 0;
}

void net_cancel(struct net *n, CURL *easy) {
    struct transfer *t = NULL;
    (void)n;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&t);
    if (t) transfer_unlink(t);
}

size_t net_running(const struct net *n) {
    size_t running = 0;
    for (const struct pool *p = n->first; p; p = p->older) running += p->n_running;
    return running;
}
