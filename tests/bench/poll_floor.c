/* What a pass over many feeds costs at least: a bare downloader on libcurl's multi and libevent, which keeps
 * validators and does nothing with what comes. The daemon is measured against it in the same run.
 *
 *     poll_floor PARALLEL <<< "URL…, one a line, an empty line, then one line a pass"
 * prints one line of JSON a pass: {"wall": s, "cpu": s, "unchanged": n, "changed": n, "failed": n, "rss_kb":
 * n} */
#include <curl/curl.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

struct floor_feed {
    char *url, *etag, *modified;
};

struct slot { /* one request at a time */
    CURL *easy;
    struct curl_slist *headers;
    struct floor_feed *feed;
    char *etag, *modified;
    size_t bytes;
};

struct floor_socket {
    struct event *event;
};

static struct event_base *base;
static struct event *timer;
static CURLM *multi;
static struct floor_feed *feeds;
static size_t n_feeds, next_feed, running, unchanged, changed, failed;

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cpu(void) {
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
           (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

static long rss_kb(void) {
    long pages = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f && fscanf(f, "%ld %ld", &pages, &resident) != 2) resident = 0;
    if (f) fclose(f);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static size_t on_body(char *ptr, size_t size, size_t n, void *arg) {
    struct slot *s = arg;
    (void)ptr;
    s->bytes += size * n;
    return size * n;
}

static void keep(char **slot, const char *ptr, size_t len, size_t skip) {
    while (skip < len && ptr[skip] == ' ') skip++;
    while (len > skip && (ptr[len - 1] == '\r' || ptr[len - 1] == '\n')) len--;
    free(*slot);
    *slot = strndup(ptr + skip, len - skip);
}

static size_t on_header(char *ptr, size_t size, size_t n, void *arg) {
    struct slot *s = arg;
    size_t len = size * n;
    if (len > 5 && !strncasecmp(ptr, "ETag:", 5)) keep(&s->etag, ptr, len, 5);
    if (len > 14 && !strncasecmp(ptr, "Last-Modified:", 14)) keep(&s->modified, ptr, len, 14);
    return len;
}

static void add_header(struct slot *s, const char *name, const char *value) {
    char line[2000];
    if (!value) return;
    snprintf(line, sizeof line, "%s: %s", name, value);
    s->headers = curl_slist_append(s->headers, line);
}

static bool slot_start(struct slot *s) {
    if (next_feed == n_feeds) return false;
    s->feed = &feeds[next_feed++];
    curl_slist_free_all(s->headers);
    s->headers = NULL;
    add_header(s, "If-None-Match", s->feed->etag);
    add_header(s, "If-Modified-Since", s->feed->modified);
    s->bytes = 0;
    curl_easy_setopt(s->easy, CURLOPT_URL, s->feed->url);
    curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, s->headers);
    curl_multi_add_handle(multi, s->easy);
    running++;
    return true;
}

static void slot_done(struct slot *s, CURLcode code) {
    long status = 0;
    curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_multi_remove_handle(multi, s->easy);
    running--;
    if (code != CURLE_OK || (status != 200 && status != 304))
        failed++;
    else if (status == 304)
        unchanged++;
    else
        changed++;
    if (status == 200) {
        free(s->feed->etag);
        free(s->feed->modified);
        s->feed->etag = s->etag;
        s->feed->modified = s->modified;
        s->etag = s->modified = NULL;
    }
    if (!slot_start(s) && !running) event_base_loopbreak(base);
}

static void collect(void) {
    CURLMsg *m;
    int left;
    while ((m = curl_multi_info_read(multi, &left))) {
        struct slot *s = NULL;
        CURLcode code = m->data.result;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&s);
        slot_done(s, code);
    }
}

static void on_socket(evutil_socket_t fd, short what, void *arg) {
    int still;
    (void)arg;
    curl_multi_socket_action(
        multi, fd, (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0), &still);
    collect();
}

static void on_timer(evutil_socket_t fd, short what, void *arg) {
    int still;
    (void)fd, (void)what, (void)arg;
    curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &still);
    collect();
}

static int set_timer(CURLM *m, long ms, void *arg) {
    struct timeval tv = {ms / 1000, ms % 1000 * 1000};
    (void)m, (void)arg;
    return ms < 0 ? evtimer_del(timer) : evtimer_add(timer, &tv);
}

static int set_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket) {
    struct floor_socket *s = socket;
    (void)easy, (void)arg;
    if (s && s->event) event_free(s->event);
    if (what == CURL_POLL_REMOVE) {
        free(s);
        return 0;
    }
    if (!s) {
        s = calloc(1, sizeof *s);
        if (!s) abort();
        curl_multi_assign(multi, fd, s);
    }
    s->event = event_new(
        base, fd,
        (short)((what & CURL_POLL_IN ? EV_READ : 0) | (what & CURL_POLL_OUT ? EV_WRITE : 0) | EV_PERSIST),
        on_socket, NULL);
    event_add(s->event, NULL);
    return 0;
}

static void read_feeds(void) {
    char line[1000];
    size_t cap = 0;
    while (fgets(line, sizeof line, stdin) && line[0] != '\n') {
        line[strcspn(line, "\n")] = '\0';
        if (n_feeds == cap) {
            cap = cap ? cap * 2 : 1024;
            feeds = realloc(feeds, cap * sizeof *feeds);
            if (!feeds) abort();
        }
        feeds[n_feeds++] = (struct floor_feed){.url = strdup(line)};
    }
}

static void slot_init(struct slot *s) {
    s->easy = curl_easy_init();
    curl_easy_setopt(s->easy, CURLOPT_PRIVATE, (char *)s);
    curl_easy_setopt(s->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(s->easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate, br");
    curl_easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(s->easy, CURLOPT_WRITEDATA, s);
    curl_easy_setopt(s->easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(s->easy, CURLOPT_HEADERDATA, s);
    curl_easy_setopt(s->easy, CURLOPT_TIMEOUT, 30L);
}

int main(int argc, char **argv) {
    size_t parallel = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 64;
    char line[100];
    struct slot *slots = calloc(parallel, sizeof *slots);
    if (!slots || curl_global_init(CURL_GLOBAL_ALL)) return 1;
    base = event_base_new();
    timer = evtimer_new(base, on_timer, NULL);
    multi = curl_multi_init();
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, set_socket);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 256L);
    read_feeds();
    for (size_t i = 0; i < parallel; i++) slot_init(&slots[i]);
    while (fgets(line, sizeof line, stdin)) {
        double began = seconds(), used = cpu();
        next_feed = unchanged = changed = failed = 0;
        for (size_t i = 0; i < parallel && slot_start(&slots[i]); i++) continue;
        if (running) event_base_dispatch(base);
        printf("{\"wall\": %.4f, \"cpu\": %.4f, \"unchanged\": %zu, \"changed\": %zu, \"failed\": %zu, "
               "\"rss_kb\": %ld}\n",
               seconds() - began, cpu() - used, unchanged, changed, failed, rss_kb());
        fflush(stdout);
    }
    return 0;
}
