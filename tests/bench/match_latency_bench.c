/* One item against 100,000 standing queries, through the real pipeline thread, store and plugins: from the
 * bytes of its document handed over to the rows of what fired committed (synchronous FULL). And how long the
 * loop stands still while those 100,000 are compiled anew and swapped. Median, p99 and worst of N documents.
 */
#include "pipeline/pipeline.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/time.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static struct plugins *plugins_beside(const struct config *config, struct problems *problems);
#define plugins_load plugins_beside
#include "setup.c"
#undef plugins_load

#define FEED "https://p.example/feed"
enum { QUERIES = 100000, WORDS = 50000, DOCUMENTS = 200, WORDS_AN_ITEM = 320, RELOADS = 5 };

/* The plugins' folder is ../../plugins of the folder of this program. */
static struct plugins *plugins_beside(const struct config *config, struct problems *problems) {
    char path[1000] = "";
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 20);
    path[n > 0 ? n : 0] = '\0';
    for (int up = 0; up < 3; up++) *strrchr(path, '/') = '\0';
    memcpy(path + strlen(path), "/plugins", sizeof "/plugins");
    const struct plugin_places places = {.builtin = path};
    return plugins_load_from(&places, config, problems);
}

static struct {
    struct event_base *base;
    struct setup *setup;
    struct pipeline *pipeline;
    size_t answered, stored, reloaded;
} b;

static void on_answered(void *ctx, const char *location, const struct feed_status *status, const char *says) {
    (void)ctx, (void)location, (void)status, (void)says;
    b.answered++;
}
static void on_text(void *ctx, const char *location, const char *why) {
    (void)ctx;
    fprintf(stderr, "%s: %s\n", location, why);
}
static void on_rows(void *ctx, const char *notify, struct row **rows, size_t n, bool more) {
    (void)ctx;
    for (size_t i = 0; i < n; i++) { /* sent at once, so that the outbox stays as small as it is in life */
        struct row_result sent = {.row = rows[i]->id, .outcome = OUTCOME_SENT, .at = time_wall()};
        snprintf(sent.notify, sizeof sent.notify, "%s", notify);
        pipeline_result(b.pipeline, &sent);
        row_free(rows[i]);
    }
    if (more) pipeline_want(b.pipeline, notify);
}
static void on_stored(void *ctx, const char *notify, int64_t row) {
    (void)ctx, (void)notify, (void)row;
    b.stored++;
}
static void on_answer(void *ctx, uint64_t ticket, json_t *answer) {
    (void)ctx, (void)ticket;
    json_decref(answer);
}
static void on_reloaded(void *ctx, struct setup *fresh, const struct problems *problems, uint64_t ticket) {
    (void)ctx, (void)problems, (void)ticket;
    if (!fresh) abort();
    setup_unref(b.setup);
    b.setup = fresh;
    b.reloaded++;
}
static void on_trouble(void *ctx, const char *why) {
    (void)ctx;
    if (why) fprintf(stderr, "%s\n", why);
}

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static uint64_t seed = 88172645463325252u;
static uint32_t random_below(uint32_t n) {
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return (uint32_t)(seed >> 20) % n;
}
/* Frequent words are frequent: squared twice. */
static uint32_t random_word(void) {
    double x = (double)random_below(1u << 20) / (1u << 20);
    return (uint32_t)(x * x * x * x * WORDS);
}

static void write_config(const char *path, const char *state) {
    FILE *f = fopen(path, "we");
    if (!f) abort();
    fprintf(f,
            "contact = a@b.example\noutbox_max = 1000000\nstate = %s\n[feed f]\nurl = " FEED
            "\n[notify t]\nkind = terminal\n",
            state);
    for (int i = 0; i < QUERIES; i++) /* one in a thousand fires on an item */
        fprintf(f, "[alert n%d]\nquery = \"word%u word%u\" OR ((word%u word%u) NOT sports)\n", i,
                random_below(WORDS), random_below(WORDS), random_below(WORDS), random_word());
    fclose(f);
    chmod(path, 0600);
}

static void hand_in(int number) {
    char *body;
    size_t len;
    FILE *f = open_memstream(&body, &len);
    if (!f) abort();
    fprintf(f,
            "<?xml version=\"1.0\"?><rss "
            "version=\"2.0\"><channel><title>P</title><item><guid>%d</guid><title>Item %d</title>"
            "<description>",
            number, number);
    for (int i = 0; i < WORDS_AN_ITEM; i++) fprintf(f, "word%u%s", random_word(), i % 17 == 16 ? ". " : " ");
    fputs("</description></item></channel></rss>", f);
    fclose(f);
    struct fetched *d = xcalloc(1, sizeof *d);
    d->location = xstrdup(FEED);
    d->final_url = xstrdup(FEED);
    d->answer = (struct answer){.kind = ANSWER_FEED, .status = 200, .retry_after = -1, .at = time_wall()};
    d->body = body;
    d->body_len = len;
    pipeline_fetched(b.pipeline, d);
}

static int by_value(const void *x, const void *y) {
    double a = *(const double *)x, c = *(const double *)y;
    return a < c ? -1 : a > c;
}

static void tick(evutil_socket_t fd, short what, void *arg) {
    (void)fd, (void)what, (void)arg;
}

/* The longest time between two ticks of a millisecond (beyond that millisecond), until a reload is done; or,
 * without a reload, for so many milliseconds: what this machine does to a loop that nothing disturbs. */
static double loop_lag(const char *conf, double ms_without) {
    const struct timeval ms = {0, 1000};
    struct event *timer = event_new(b.base, -1, EV_PERSIST, tick, NULL);
    double worst = 0, began = now_ms(), last = began;
    size_t before = b.reloaded;
    event_add(timer, &ms);
    if (conf) pipeline_reload(b.pipeline, conf, 5);
    while (conf ? b.reloaded == before : last - began < ms_without) {
        event_base_loop(b.base, EVLOOP_ONCE);
        double t = now_ms();
        if (t - last > worst) worst = t - last;
        last = t;
    }
    event_free(timer);
    return worst - 1;
}

static void run_reloads(const char *conf) {
    double lags[RELOADS], idle[RELOADS], total = 0;
    for (int i = 0; i < RELOADS; i++) {
        double began = now_ms();
        lags[i] = loop_lag(conf, 0);
        double took = now_ms() - began;
        total += took;
        idle[i] = loop_lag(NULL, took);
    }
    qsort(lags, RELOADS, sizeof *lags, by_value);
    qsort(idle, RELOADS, sizeof *idle, by_value);
    printf("match-reload %11.1f ms    the loop's longest pause in a reload of %d queries, median of %d, "
           "worst %.1f; "
           "of as long without one %.1f, worst %.1f; a reload takes %.2f s\n",
           lags[RELOADS / 2], QUERIES, RELOADS, lags[RELOADS - 1], idle[RELOADS / 2], idle[RELOADS - 1],
           total / 1e3 / RELOADS);
}

static void run(const char *conf) {
    static double took[DOCUMENTS];
    for (int i = 0; i < DOCUMENTS; i++) {
        size_t before = b.answered;
        double began = now_ms();
        hand_in(i);
        while (b.answered == before) event_base_loop(b.base, EVLOOP_ONCE);
        took[i] = now_ms() - began;
        const struct timeval ms = {0, 1000};
        while (!pipeline_idle(b.pipeline)) {
            event_base_loopexit(b.base, &ms);
            event_base_dispatch(b.base);
        }
    }
    qsort(took, DOCUMENTS, sizeof *took, by_value);
    printf("match-latency %10.2f ms    median from bytes to committed rows of one item, %d queries; p99 "
           "%.2f, worst %.2f; %.0f rows an item\n",
           took[DOCUMENTS / 2], QUERIES, took[DOCUMENTS * 99 / 100], took[DOCUMENTS - 1],
           (double)b.stored / DOCUMENTS);
    run_reloads(conf);
}

static void on_claimed(void *ctx, const char *location) {
    (void)ctx, (void)location;
}
static void on_notice(void *ctx, bool destination, const char *subject, const char *says, bool well) {
    (void)ctx, (void)destination, (void)subject, (void)says, (void)well;
}

int main(void) {
    char dir[] = "/tmp/newsalert-latency-XXXXXX", conf[200], state[200];
    const struct pipeline_events events = {.answered = on_answered,
                                           .not_committed = on_text,
                                           .rows = on_rows,
                                           .result_stored = on_stored,
                                           .answer = on_answer,
                                           .reloaded = on_reloaded,
                                           .trouble = on_trouble,
                                           .claimed = on_claimed,
                                           .notice = on_notice};
    struct problems problems = PROBLEMS_INIT;
    char *why = NULL;
    if (!mkdtemp(dir)) return 1;
    snprintf(conf, sizeof conf, "%s/n.conf", dir);
    snprintf(state, sizeof state, "%s/state", dir);
    log_init("match_latency_bench");
    log_set_level(LOG_LEVEL_ERROR);
    write_config(conf, state);
    b.base = event_base_new();
    b.setup = setup_build(conf, CONFIG_START, &problems);
    if (!b.setup) problems_print(&problems, stderr);
    if (!b.setup || pipeline_start(b.base, b.setup, state, &events, &b.pipeline, &why) < 0) {
        fprintf(stderr, "%s\n", why ? why : "the configuration is refused");
        return 1;
    }
    run(conf);
    pipeline_stop(b.pipeline);
    setup_unref(b.setup);
    event_base_free(b.base);
    problems_clear(&problems);
    static const char *const files[] = {"state/newsalertd.db", "state/newsalertd.db-wal",
                                        "state/newsalertd.db-shm", "state/lock", "n.conf"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[300];
        snprintf(path, sizeof path, "%s/%s", dir, files[i]);
        unlink(path);
    }
    rmdir(state);
    return rmdir(dir) ? 1 : 0;
}
