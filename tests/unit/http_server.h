/* A scripted HTTP server for unit tests: threads of the test program, on a free port of 127.0.0.1. It does
 * what honest servers do not. One thread a connection; a page writes its whole answer itself, and returns
 * true if the connection goes on. Every request is kept as it came. */
#ifndef TESTS_UNIT_HTTP_SERVER_H
#define TESTS_UNIT_HTTP_SERVER_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct server;
typedef bool page_fn(struct server *s, int fd, const char *request);
struct page {
    const char *path; /* a prefix of the request's path */
    page_fn *answer;
};

#define SERVER_REQUESTS 256
struct server {
    const struct page *pages;
    int fd;
    unsigned port;
    pthread_t thread;
    pthread_mutex_t lock;
    char *requests[SERVER_REQUESTS]; /* head of each, in order */
    double at[SERVER_REQUESTS];      /* seconds */
    size_t connections;
    size_t n, now, most;  /* requests; open ones at a time: now, and at most */
    struct server *other; /* for pages that redirect to another port */
    struct server *next;
};

static inline double server_clock(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static inline void server_sleep(long ms) {
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

static inline bool server_send(int fd, const void *ptr, size_t len) {
    for (size_t done = 0; done < len;) {
        ssize_t n = send(fd, (const char *)ptr + done, len - done, MSG_NOSIGNAL);
        if (n <= 0) return false;
        done += (size_t)n;
    }
    return true;
}

/* Status line and fields as given ("200 OK\r\nETag: …\r\n"), Content-Length and body by it. */
static inline bool server_reply(int fd, const char *head, const char *body) {
    char text[4096];
    int n = snprintf(text, sizeof text, "HTTP/1.1 %sContent-Length: %zu\r\n\r\n%s", head, strlen(body), body);
    return server_send(fd, text, (size_t)n);
}

struct server_connection {
    struct server *server;
    int fd;
};

static inline bool server_read(int fd, char *head, size_t size) {
    size_t n = 0;
    while (n + 1 < size && recv(fd, head + n, 1, 0) == 1) {
        head[++n] = '\0';
        if (n >= 4 && !memcmp(head + n - 4, "\r\n\r\n", 4)) return true;
    }
    return false;
}

static inline bool server_answer(struct server *s, int fd, const char *request) {
    const char *path = strchr(request, ' ');
    for (const struct page *p = s->pages; path && p->path; p++)
        if (!strncmp(path + 1, p->path, strlen(p->path))) return p->answer(s, fd, request);
    return server_reply(fd, "404 Not Found\r\n", "no such page");
}

static inline void *server_talk(void *arg) {
    struct server_connection c = *(struct server_connection *)arg;
    char request[8192];
    free(arg);
    while (server_read(c.fd, request, sizeof request)) {
        pthread_mutex_lock(&c.server->lock);
        if (c.server->n < SERVER_REQUESTS) {
            c.server->at[c.server->n] = server_clock();
            c.server->requests[c.server->n++] = strdup(request);
        }
        if (++c.server->now > c.server->most) c.server->most = c.server->now;
        pthread_mutex_unlock(&c.server->lock);
        bool goes_on = server_answer(c.server, c.fd, request);
        pthread_mutex_lock(&c.server->lock);
        c.server->now--;
        pthread_mutex_unlock(&c.server->lock);
        if (!goes_on) break;
    }
    close(c.fd);
    return NULL;
}

static inline void *server_run(void *arg) {
    struct server *s = arg;
    for (int fd; (fd = accept(s->fd, NULL, NULL)) >= 0;) {
        pthread_mutex_lock(&s->lock);
        s->connections++;
        pthread_mutex_unlock(&s->lock);
        struct server_connection *c = malloc(sizeof *c);
        pthread_t thread;
        *c = (struct server_connection){s, fd};
        if (pthread_create(&thread, NULL, server_talk, c)) abort();
        pthread_detach(thread);
    }
    return NULL;
}

static struct server *server_all; /* threads of open connections outlive server_stop */

static inline struct server *server_new(const struct page *pages) {
    struct server *s = calloc(1, sizeof *s);
    s->next = server_all;
    server_all = s;
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    s->pages = pages;
    pthread_mutex_init(&s->lock, NULL);
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(s->fd, (struct sockaddr *)&a, sizeof a) || listen(s->fd, 64) ||
        getsockname(s->fd, (struct sockaddr *)&a, &len) || pthread_create(&s->thread, NULL, server_run, s))
        abort();
    s->port = ntohs(a.sin_port);
    return s;
}

static inline size_t server_connections(struct server *s) {
    pthread_mutex_lock(&s->lock);
    size_t n = s->connections;
    pthread_mutex_unlock(&s->lock);
    return n;
}

/* Requests whose path starts so. */
static inline size_t server_count(struct server *s, const char *path) {
    size_t n = 0;
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->n; i++) n += !strncmp(strchr(s->requests[i], ' ') + 1, path, strlen(path));
    pthread_mutex_unlock(&s->lock);
    return n;
}

/* The last of them, NULL: none. Lives as long as the server's process. */
static inline const char *server_last(struct server *s, const char *path) {
    const char *last = NULL;
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->n; i++)
        if (!strncmp(strchr(s->requests[i], ' ') + 1, path, strlen(path))) last = s->requests[i];
    pthread_mutex_unlock(&s->lock);
    return last;
}

/* Its memory stays, reachable, until the process ends. */
static inline void server_stop(struct server *s) {
    shutdown(s->fd, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    close(s->fd);
}

#endif
