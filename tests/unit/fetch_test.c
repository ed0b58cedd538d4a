#include "poll/fetch.c"

#include "http_server.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* -- pages: what servers do ------------------------------------------------------------------------------ */

#define FEED_TEXT "<rss><channel><title>Invented Gazette</title></channel></rss>"

static bool page_feed(struct server *s, int fd, const char *request) {
    (void)s, (void)request;
    return server_reply(fd,
                        "200 OK\r\nContent-Type: application/rss+xml\r\nETag: W/\"a  b\"\r\n"
                        "Last-Modified: about noon\r\nCache-Control: max-age=60\r\n",
                        FEED_TEXT);
}

static bool page_same(struct server *s, int fd, const char *request) {
    (void)s, (void)request;
    static const char answer[] = "HTTP/1.1 304 Not Modified\r\nETag: \"renewed\"\r\n\r\n";
    return server_send(fd, answer, sizeof answer - 1);
}

static bool page_empty(struct server *s, int fd, const char *request) {
    (void)s, (void)request;
    return server_reply(fd, "200 OK\r\n", "");
}

/* /hops/N: N redirects, then a feed. */
static bool page_hops(struct server *s, int fd, const char *request) {
    int n = (int)strtol(strstr(request, "/hops/") + 6, NULL, 10);
    char head[200];
    if (!n) return page_feed(s, fd, request);
    snprintf(head, sizeof head, "302 Found\r\nETag: \"of the redirect\"\r\nLocation: ../hops/%d#part\r\n",
             n - 1);
    return server_reply(fd, head, "moved");
}

/* /to?WHERE: redirects there, byte for byte; "%" stands for a tab. */
static bool page_to(struct server *s, int fd, const char *request) {
    char head[1000];
    const char *to = strchr(request, '?') + 1;
    (void)s;
    snprintf(head, sizeof head, "301 Moved\r\nLocation: %.*s\r\n", (int)strcspn(to, " "), to);
    for (char *c = head; *c; c++)
        if (*c == '%') *c = '\t';
    return server_reply(fd, head, "");
}

static bool page_over(struct server *s, int fd, const char *request) {
    char head[200];
    (void)request;
    snprintf(head, sizeof head, "307 Over\r\nLocation: http://u:p@127.0.0.1:%u/feed\r\n", s->other->port);
    return server_reply(fd, head, "");
}

static bool page_nowhere(struct server *s, int fd, const char *request) {
    (void)s, (void)request;
    return server_reply(fd, "301 Moved\r\n", "");
}

static bool page_drip(struct server *s, int fd, const char *request) {
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" FEED_TEXT;
    (void)s, (void)request;
    server_send(fd, head, sizeof head - 1);
    for (int i = 0; i < 200 && server_send(fd, "x", 1); i++) server_sleep(50);
    return false;
}

static bool page_silent(struct server *s, int fd, const char *request) {
    char c;
    (void)s, (void)request;
    while (recv(fd, &c, 1, 0) > 0) {
    }
    return false;
}

static bool page_declared(struct server *s, int fd, const char *request) {
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n" FEED_TEXT;
    (void)s, (void)request;
    server_send(fd, head, sizeof head - 1);
    return page_silent(s, fd, request);
}

static bool page_endless(struct server *s, int fd, const char *request) {
    static const char head[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    static char chunk[0x1000 + 8] = "1000\r\n";
    (void)s, (void)request;
    memset(chunk + 6, 'x', 0x1000);
    memcpy(chunk + 6 + 0x1000, "\r\n", 2);
    server_send(fd, head, sizeof head - 1);
    for (int i = 0; i < 50000 && server_send(fd, chunk, sizeof chunk); i++) {
    }
    return false;
}

static bool page_endless_error(struct server *s, int fd, const char *request) {
    char block[4096] = "HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n";
    (void)s, (void)request;
    for (int i = 0; i < 50000 && server_send(fd, block, sizeof block); i++) {
    }
    return false;
}

static bool page_cut(struct server *s, int fd, const char *request) {
    static const char text[] = "HTTP/1.1 200 OK\r\nETag: \"cut\"\r\nContent-Length: 5000\r\n\r\n" FEED_TEXT;
    (void)s, (void)request;
    server_send(fd, text, sizeof text - 1);
    return false;
}

static bool page_cut_chunk(struct server *s, int fd, const char *request) {
    static const char text[] =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n<rss><channel></c\r\n";
    (void)s, (void)request;
    server_send(fd, text, sizeof text - 1);
    return false;
}

static bool page_no_answer(struct server *s, int fd, const char *request) {
    (void)s, (void)fd, (void)request;
    return false;
}

static bool page_garbage(struct server *s, int fd, const char *request) {
    (void)s, (void)request;
    server_send(fd, FEED_TEXT, sizeof FEED_TEXT - 1); /* HTTP/0.9 */
    return false;
}

static bool page_headers(struct server *s, int fd, const char *request) {
    char line[1024] = "X-Long: ";
    (void)s, (void)request;
    memset(line + 8, 'y', sizeof line - 10);
    memcpy(line + sizeof line - 2, "\r\n", 2);
    server_send(fd, "HTTP/1.1 200 OK\r\n", 17);
    for (int i = 0; i < 100000 && server_send(fd, line, sizeof line); i++) {
    }
    return false;
}

static bool page_status(struct server *s, int fd, const char *request) {
    char head[200];
    (void)s;
    snprintf(head, sizeof head, "%.3s Whatever\r\nRetry-After: 120\r\n", strstr(request, "/status/") + 8);
    return server_reply(fd, head, "a page in words");
}

/* zlib is libcurl's, so it is there; its header may not be. */
static unsigned char *deflated(size_t n, size_t *ret_len) {
    void *zlib = dlopen("libz.so.1", RTLD_NOW);
    assert_non_null(zlib);
    int (*compress)(unsigned char *, unsigned long *, const unsigned char *, unsigned long) =
        (int (*)(unsigned char *, unsigned long *, const unsigned char *, unsigned long))dlsym(zlib,
                                                                                               "compress");
    unsigned char *zeros = calloc(1, n), *out = malloc(n / 100 + 1000);
    unsigned long len = n / 100 + 1000;
    assert_int_equal(compress(out, &len, zeros, n), 0);
    free(zeros);
    dlclose(zlib);
    *ret_len = len;
    return out;
}

/* Made before the servers, whose threads may send it after the reader has gone. */
static struct zeros {
    unsigned char *bytes;
    size_t len;
} bomb, megabyte;

static bool send_zeros(int fd, const struct zeros *z) {
    char head[200];
    int n = snprintf(head, sizeof head,
                     "HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nContent-Length: %zu\r\n\r\n", z->len);
    return server_send(fd, head, (size_t)n) && server_send(fd, z->bytes, z->len);
}

static bool page_bomb(struct server *s, int fd, const char *request) {
    (void)s, (void)request;
    return send_zeros(fd, &bomb);
}

static bool page_megabyte(struct server *s, int fd, const char *request) {
    (void)s, (void)request;
    return send_zeros(fd, &megabyte);
}

static bool page_six_codings(struct server *s, int fd, const char *request) {
    (void)s, (void)request;
    return server_reply(fd, "200 OK\r\nContent-Encoding: gzip, gzip, gzip, gzip, gzip, gzip\r\n", "xxxx");
}

static const struct page pages[] = {
    {"/feed", page_feed},
    {"/same", page_same},
    {"/empty", page_empty},
    {"/hops/", page_hops},
    {"/to?", page_to},
    {"/over", page_over},
    {"/nowhere", page_nowhere},
    {"/drip", page_drip},
    {"/silent", page_silent},
    {"/declared", page_declared},
    {"/endless-error", page_endless_error},
    {"/endless", page_endless},
    {"/cut-chunk", page_cut_chunk},
    {"/cut", page_cut},
    {"/no-answer", page_no_answer},
    {"/garbage", page_garbage},
    {"/headers", page_headers},
    {"/status/", page_status},
    {"/bomb", page_bomb},
    {"/megabyte", page_megabyte},
    {"/six", page_six_codings},
    {NULL, NULL},
};

/* -- one fetch, all hops --------------------------------------------------------------------------------- */

static struct server *server, *other;
static struct event_base *base;
static struct net *net;
static struct bodies room_for_all = {.small = LIMIT_BODY};

struct run {
    struct fetch *fetch;
    bool ended;
    unsigned hops;
    enum fetch_step last;
};

static void on_step(void *arg, enum fetch_step step) {
    struct run *r = arg;
    r->last = step;
    if (step == FETCH_HOP) {
        r->hops++;
        if (!fetch_start(r->fetch, net, NULL, on_step, r)) return;
    }
    r->ended = true;
    event_base_loopbreak(base);
}

static struct config_feed feed_of(const char *path) {
    static char urls[8][600];
    static unsigned next;
    char *url = urls[next++ % 8];
    snprintf(url, sizeof urls[0], "http://127.0.0.1:%u%s", server->port, path);
    return (struct config_feed){.name = url,
                                .location = url,
                                .source = SOURCE_URL,
                                .timeout = 10000,
                                .max_size = 1 << 20,
                                .allow_private = true,
                                .enabled = true};
}

static struct fetched *fetch_all(const struct config_feed *feed, const struct feed_status *status) {
    static const struct feed_status none;
    struct run r = {.fetch = fetch_new(feed, status ? status : &none, true, NULL,
                                       "newsalertd/0 (+desk@newsroom.test)", &room_for_all)};
    if (fetch_start(r.fetch, net, NULL, on_step, &r)) r.ended = true;
    if (!r.ended) event_base_dispatch(base);
    assert_true(r.ended);
    struct fetched *f = fetch_take(r.fetch);
    fetch_free(r.fetch);
    assert_int_equal(net_running(net), 0);
    assert_string_equal(f->location, feed->location);
    return f;
}

static struct fetched *get(const char *path) {
    struct config_feed feed = feed_of(path);
    return fetch_all(&feed, NULL);
}

static void assert_kind(struct fetched *f, enum answer_kind kind, int status, const char *says) {
    if (f->answer.kind != kind || f->answer.status != status || !strstr(f->answer.error, says))
        fail_msg("kind %d, status %d, \"%s\" instead of %d, %d, \"%s\"", (int)f->answer.kind,
                 f->answer.status, f->answer.error, (int)kind, status, says);
    if (kind != ANSWER_FEED && kind != ANSWER_CUT) assert_null(f->body);
    fetched_free(f);
}

static bool has_line(const char *request, const char *line) {
    char whole[500];
    snprintf(whole, sizeof whole, "\r\n%s\r\n", line);
    return strstr(request, whole) != NULL;
}

static bool has_field(const char *request, const char *name) {
    char start[100];
    snprintf(start, sizeof start, "\r\n%s:", name);
    return strcasestr(request, start) != NULL;
}

static void what_is_asked_and_what_comes_back(void **state) {
    (void)state;
    struct fetched *f = get("/feed?x=%C3%A4&y#part");
    const char *r = server_last(server, "/feed?x=");
    assert_true(strstr(r, "GET /feed?x=%C3%A4&y HTTP/1.1\r\n") == r);
    assert_true(has_line(r, "User-Agent: newsalertd/0 (+desk@newsroom.test)"));
    assert_true(has_line(r, "Accept-Encoding: gzip, deflate, br"));
    assert_non_null(strstr(r, "\r\nAccept: application/atom+xml, application/rss+xml"));
    static const char *const never[] = {
        "Cookie",        "Referer",           "Range", "Cache-Control", "Pragma",
        "If-None-Match", "If-Modified-Since", "A-IM",  "Authorization"};
    for (size_t i = 0; i < sizeof never / sizeof *never; i++) assert_false(has_field(r, never[i]));
    assert_int_equal(f->answer.kind, ANSWER_FEED);
    assert_string_equal(f->body, FEED_TEXT);
    assert_int_equal(f->body_len, strlen(FEED_TEXT));
    assert_string_equal(f->content_type, "application/rss+xml");
    assert_string_equal(f->etag, "W/\"a  b\"");
    assert_string_equal(f->last_modified, "about noon");
    assert_null(strchr(f->final_url, '#'));
    assert_int_equal(f->answer.fresh_for, 60 * SECOND);
    assert_int_equal(f->answer.retry_after, -1);
    assert_false(f->cut || f->answer.conditional);
    fetched_free(f);
    f = get("/empty");
    assert_int_equal(f->answer.kind, ANSWER_FEED);
    assert_string_equal(f->body, "");
    fetched_free(f);
}

static void validators_go_back_verbatim_to_the_url_that_gave_them(void **state) {
    (void)state;
    char url[100], target[200];
    struct config_feed feed = feed_of("/same");
    struct feed_status status = {
        .etag = (char *)"W/\"a  b\"", .last_modified = (char *)"about noon", .validator_url = url};
    snprintf(url, sizeof url, "http://127.0.0.1:%u/same", server->port);
    struct fetched *f = fetch_all(&feed, &status);
    assert_int_equal(f->answer.kind, ANSWER_NOT_MODIFIED);
    assert_true(f->answer.conditional);
    assert_string_equal(f->etag, "\"renewed\"");
    assert_null(f->last_modified);
    assert_true(has_line(server_last(server, "/same"), "If-None-Match: W/\"a  b\""));
    assert_true(has_line(server_last(server, "/same"), "If-Modified-Since: about noon"));
    fetched_free(f);

    status.last_modified = NULL; /* each only if the last answer had it */
    fetched_free(fetch_all(&feed, &status));
    assert_false(has_field(server_last(server, "/same"), "If-Modified-Since"));

    snprintf(target, sizeof target, "/to?http://127.0.0.1:%u/same", server->port);
    feed = feed_of(target); /* at whichever hop it comes */
    f = fetch_all(&feed, &status);
    assert_false(has_field(server_last(server, "/to?"), "If-None-Match"));
    assert_true(has_line(server_last(server, "/same"), "If-None-Match: W/\"a  b\""));
    assert_true(f->answer.conditional);
    assert_string_equal(f->final_url, url);
    fetched_free(f);

    snprintf(url, sizeof url, "http://127.0.0.1:%u/elsewhere", server->port);
    feed = feed_of("/same");
    f = fetch_all(&feed, &status);
    assert_false(has_field(server_last(server, "/same"), "If-None-Match"));
    assert_false(f->answer.conditional); /* a 304 that nobody asked for can be told */
    fetched_free(f);
}

static void credentials_and_own_headers_stay_at_the_origin(void **state) {
    (void)state;
    char *own[] = {(char *)"X-Key: hush-hush", (char *)"Accept: text/plain"};
    struct config_feed feed = feed_of("/over");
    feed.user = (char *)"desk", feed.password = (char *)"pass-word";
    feed.headers = (struct strings){own, 2, 2};
    struct fetched *f = fetch_all(&feed, NULL);
    assert_int_equal(f->answer.kind, ANSWER_FEED);
    assert_null(strchr(f->final_url, '@'));
    const char *first = server_last(server, "/over"), *second = server_last(other, "/feed");
    assert_true(has_line(first, "Authorization: Basic ZGVzazpwYXNzLXdvcmQ="));
    assert_true(has_line(first, "X-Key: hush-hush") && has_line(first, "Accept: text/plain"));
    assert_null(strstr(first, "Accept: application"));
    assert_false(has_field(second, "Authorization") || has_field(second, "X-Key"));
    assert_non_null(strstr(second, "Accept: application/atom+xml"));
    fetched_free(f);
    feed = feed_of("/hops/1"); /* the same origin at the second hop: still */
    feed.token = (char *)"tok-en";
    fetched_free(fetch_all(&feed, NULL));
    assert_true(has_line(server_last(server, "/hops/0"), "Authorization: Bearer tok-en"));
    char url[100];
    snprintf(url, sizeof url, "http://de%%73k:pw@127.0.0.1:%u/feed", server->port);
    feed.location = url, feed.token = NULL;
    f = fetch_all(&feed, NULL);
    assert_true(has_line(server_last(server, "/feed"), "Authorization: Basic ZGVzazpwdw=="));
    assert_null(strchr(f->final_url, '@'));
    fetched_free(f);
}

static void five_hops_and_no_more(void **state) {
    (void)state;
    struct fetched *f = get("/hops/5");
    assert_int_equal(f->answer.kind, ANSWER_FEED);
    assert_string_equal(f->etag, "W/\"a  b\""); /* not the redirect's */
    assert_string_equal(strrchr(f->final_url, '/'), "/0");
    fetched_free(f);
    size_t before = server_count(server, "/hops/");
    assert_kind(get("/hops/6"), ANSWER_REDIRECTS, 302, "more than 5 redirects");
    assert_int_equal(server_count(server, "/hops/") - before, 6);
}

static void redirects_that_are_refused(void **state) {
    (void)state;
    assert_kind(get("/to?file:///etc/passwd"), ANSWER_REDIRECTS, 301, "no http or https");
    assert_kind(get("/to?ftp://127.0.0.1/x"), ANSWER_REDIRECTS, 301, "no http or https");
    assert_kind(get("/to?gopher://127.0.0.1/x"), ANSWER_REDIRECTS, 301, "no http or https");
    assert_kind(get("/to?javascript:alert(1)"), ANSWER_REDIRECTS, 301, "no http or https");
    assert_kind(get("/to?/a%b"), ANSWER_REDIRECTS, 301, "control characters");
    assert_kind(get("/nowhere"), ANSWER_NOT_FEED, 301, "without saying where");
    assert_kind(get("/to?http://169.254.169.254/latest/"), ANSWER_NETWORK, 0, "169.254.169.254");
    assert_kind(get("/to?http://[::ffff:169.254.169.254]/"), ANSWER_NETWORK, 0, "169.254.169.254");
    /* From https down to http: no server is needed to see that. */
    struct config_feed feed = feed_of("/x");
    struct feed_status none = {0};
    feed.location = (char *)"https://gazette.example/feed";
    struct fetch *f = fetch_new(&feed, &none, true, NULL, "x", &room_for_all);
    headers_line(&f->got, TEXT("Location: http://gazette.example/feed"));
    assert_int_equal(fetch_hop(f, 301, false), -1);
    assert_int_equal(f->answer.kind, ANSWER_REDIRECTS);
    headers_clear(&f->got);
    headers_line(&f->got, TEXT("Location: //other.example/feed"));
    assert_int_equal(fetch_hop(f, 301, false), 0);
    assert_string_equal(f->url, "https://other.example/feed");
    fetch_free(f);
}

static void private_addresses_need_leave_on_reused_connections_too(void **state) {
    (void)state;
    struct config_feed feed = feed_of("/feed");
    static const char *const forms[] = {"127.0.0.1", "127.1",     "2130706433",
                                        "0177.1",    "localhost", "[::ffff:127.0.0.1]"};
    fetched_free(fetch_all(&feed, NULL)); /* leaves an open connection behind */
    size_t before = server_count(server, "/"), connections = server_connections(server);
    feed.allow_private = false;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        char url[100];
        snprintf(url, sizeof url, "http://%s:%u/feed", forms[i], server->port);
        feed.location = url;
        struct fetched *f = fetch_all(&feed, NULL);
        assert_kind(f, ANSWER_NETWORK, 0, "allow_private = yes");
    }
    server_sleep(50);
    assert_int_equal(server_count(server, "/"), before);
    assert_int_equal(server_connections(server), connections); /* not even a connection is tried */
}

static void bodies_that_are_too_large(void **state) {
    (void)state;
    assert_kind(get("/endless"), ANSWER_NOT_FEED, 200, "larger than 1 MiB");
    assert_kind(get("/declared"), ANSWER_NOT_FEED, 200, "larger than 16 MiB");
    assert_kind(get("/bomb"), ANSWER_NOT_FEED, 200, "larger than 1 MiB");
    assert_true(bomb.len < 200000);
    struct fetched *f = get("/megabyte"); /* exactly as much as may be */
    assert_int_equal(f->answer.kind, ANSWER_FEED);
    assert_int_equal(f->body_len, 1 << 20);
    fetched_free(f);
    assert_kind(get("/endless-error"), ANSWER_STATUS, 404, "not found");
    assert_kind(get("/six"), ANSWER_NETWORK, 200, "compression");
    /* Undecoded bytes are counted apart: a body may be small decoded and endless on the wire. */
    struct config_feed feed = feed_of("/endless");
    feed.max_size = 64 << 20;
    struct feed_status none = {0};
    struct run r = {.fetch = fetch_new(&feed, &none, true, NULL, "x", &room_for_all)};
    r.fetch->max_wire = 1 << 20;
    assert_int_equal(fetch_start(r.fetch, net, NULL, on_step, &r), 0);
    event_base_dispatch(base);
    assert_kind(fetch_take(r.fetch), ANSWER_NOT_FEED, 200, "larger than 1 MiB");
    fetch_free(r.fetch);
}

static void transfers_that_break_off(void **state) {
    (void)state;
    static const char *const cut[] = {"/cut", "/cut-chunk", "/drip"};
    for (size_t i = 0; i < 3; i++) {
        struct config_feed feed = feed_of(cut[i]);
        double began = server_clock();
        feed.timeout = 700;
        struct fetched *f = fetch_all(&feed, NULL);
        assert_int_equal(f->answer.kind, ANSWER_CUT);
        assert_int_equal(f->answer.status, 200);
        assert_true(f->cut);
        assert_memory_equal(f->body, "<rss><channel>", 14);
        assert_true(strlen(f->answer.error) > 20);
        assert_true(server_clock() - began < 5);
        fetched_free(f);
    }
    assert_kind(get("/no-answer"), ANSWER_NETWORK, 0, "without an answer");
    assert_kind(get("/garbage"), ANSWER_NETWORK, 0, "");
    assert_kind(get("/headers"), ANSWER_NETWORK, 200, "header is larger");
    struct config_feed feed = feed_of("/silent");
    feed.timeout = 300;
    assert_kind(fetch_all(&feed, NULL), ANSWER_NETWORK, 0, "in time");
}

static void other_statuses(void **state) {
    (void)state;
    static const struct {
        const char *path;
        int status;
        enum answer_kind kind;
    } table[] = {
        {"/status/204", 204, ANSWER_NOT_FEED}, {"/status/206", 206, ANSWER_NOT_FEED},
        {"/status/300", 300, ANSWER_NOT_FEED}, {"/status/305", 305, ANSWER_NOT_FEED},
        {"/status/401", 401, ANSWER_STATUS},   {"/status/404", 404, ANSWER_STATUS},
        {"/status/410", 410, ANSWER_STATUS},   {"/status/429", 429, ANSWER_STATUS},
        {"/status/503", 503, ANSWER_STATUS},   {"/status/599", 599, ANSWER_STATUS},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct fetched *f = get(table[i].path);
        if (i != 0) assert_int_equal(f->answer.retry_after, 120 * SECOND);
        assert_kind(f, table[i].kind, table[i].status, "the server answers");
    }
    struct fetched *f = get("/status/226");
    assert_int_equal(f->answer.kind, ANSWER_FEED);
    fetched_free(f);
}

static void hosts_that_cannot_be_reached(void **state) {
    (void)state;
    struct config_feed feed = feed_of("/x");
    feed.location = (char *)"http://127.0.0.1:1/feed";
    assert_kind(fetch_all(&feed, NULL), ANSWER_NETWORK, 0, "cannot connect");
    feed.location = (char *)"http://nobody.invalid/feed";
    struct fetched *f = fetch_all(&feed, NULL);
    assert_true(f->answer.slow_error);
    assert_kind(f, ANSWER_NETWORK, 0, "resolved");
    feed.location = (char *)"no address at all";
    assert_kind(fetch_all(&feed, NULL), ANSWER_NETWORK, 0, "no http or https address");
}

static void a_fetch_can_be_dropped(void **state) {
    (void)state;
    struct config_feed feed = feed_of("/silent");
    struct feed_status none = {0};
    struct run r = {.fetch = fetch_new(&feed, &none, true, NULL, "x", &room_for_all)};
    assert_int_equal(fetch_start(r.fetch, net, NULL, on_step, &r), 0);
    for (int i = 0; i < 20; i++) {
        event_base_loop(base, EVLOOP_NONBLOCK);
        server_sleep(5);
    }
    assert_int_equal(net_running(net), 1);
    r.fetch = fetch_free(r.fetch);
    assert_int_equal(net_running(net), 0);
    assert_false(r.ended);
}

/* After a sleep or a lost address kept connections are not used again; what is under way goes on. */
static void connections_are_forgotten(void **state) {
    (void)state;
    fetched_free(get("/feed"));
    size_t before = server_connections(server);
    fetched_free(get("/feed"));
    assert_int_equal(server_connections(server), before);
    net_forget_connections(net);
    fetched_free(get("/feed"));
    assert_int_equal(server_connections(server), before + 1);
    static const struct feed_status none;
    struct config_feed feed = feed_of("/feed");
    struct run r = {.fetch = fetch_new(&feed, &none, true, NULL, "x", &room_for_all)};
    assert_int_equal(fetch_start(r.fetch, net, NULL, on_step, &r), 0);
    net_forget_connections(net);
    assert_int_equal(net_running(net), 1);
    event_base_dispatch(base);
    assert_true(r.ended);
    struct fetched *f = fetch_take(r.fetch);
    assert_int_equal(f->answer.kind, ANSWER_FEED);
    fetched_free(f);
    fetch_free(r.fetch);
    assert_int_equal(net_running(net), 0);
}

static void a_body_without_room_is_given_up(void **state) {
    (void)state;
    static const struct feed_status none;
    struct config_feed feed = feed_of("/feed");
    struct bodies full = {.small = 10, .large = 1 << 20, .taken = 1};
    struct run r = {.fetch = fetch_new(&feed, &none, true, NULL, "x", &full)};
    assert_false(fetch_take_place(r.fetch, LIMIT_BODY));
    fetch_start(r.fetch, net, NULL, on_step, &r);
    event_base_dispatch(base);
    assert_int_equal(r.last, FETCH_CROWDED);
    fetch_free(r.fetch);
    assert_int_equal(full.taken, 1);
}

static void origins(void **state) {
    (void)state;
    static const char *const table[][2] = {
        {"HTTPS://Gazette.Example/x", "https://gazette.example:443"},
        {"http://u:p@gazette.example/x", "http://gazette.example:80"},
        {"http://gazette.example:8080", "http://gazette.example:8080"},
        {"http://[::1]/", "http://[::1]:80"},
        {"ftp://gazette.example/x", NULL},
        {"/x", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *is = origin_of(table[i][0]);
        if (!is != !table[i][1] || (is && strcmp(is, table[i][1])))
            fail_msg("%s: %s", table[i][0], is ? is : "none");
        free(is);
    }
}

static int setup(void **state) {
    (void)state;
    bomb.bytes = deflated(64 << 20, &bomb.len);
    megabyte.bytes = deflated(1 << 20, &megabyte.len);
    server = server_new(pages);
    other = server_new(pages);
    server->other = other;
    base = event_base_new();
    net = net_new(base);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    net_free(net);
    event_base_free(base);
    server_stop(server);
    server_stop(other);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_asked_and_what_comes_back),
        cmocka_unit_test(validators_go_back_verbatim_to_the_url_that_gave_them),
        cmocka_unit_test(credentials_and_own_headers_stay_at_the_origin),
        cmocka_unit_test(five_hops_and_no_more),
        cmocka_unit_test(redirects_that_are_refused),
        cmocka_unit_test(private_addresses_need_leave_on_reused_connections_too),
        cmocka_unit_test(bodies_that_are_too_large),
        cmocka_unit_test(transfers_that_break_off),
        cmocka_unit_test(other_statuses),
        cmocka_unit_test(hosts_that_cannot_be_reached),
        cmocka_unit_test(a_fetch_can_be_dropped),
        cmocka_unit_test(connections_are_forgotten),
        cmocka_unit_test(a_body_without_room_is_given_up),
        cmocka_unit_test(origins),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
