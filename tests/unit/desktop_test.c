/* The notifier plugin `desktop`, with a real bus and a real notification server (tests/e2e/lib/desktop.py).
 * This program plays the daemon: it loads the plugin and writes down what comes back. */
#include "newsalert_plugin.h"

#include <dlfcn.h>
#include <glob.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define SCRIPT TEST_SOURCE "/tests/e2e/lib/desktop.py"

/* -- what the host heard --------------------------------------------------------------------------------- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char heard[65536]; /* one line an event: "sent 7 0 0 why", "available 1 ", "acted KEY open" … */
static bool stopped;
static const char *option_expire = "10000", *option_on_screen = "5", *option_sound = "yes";

static void hear(const char *format, ...) {
    va_list args;
    va_start(args, format);
    pthread_mutex_lock(&lock);
    size_t n = strlen(heard);
    if (stopped) snprintf(heard + n, sizeof heard - n, "AFTER STOP ");
    n = strlen(heard);
    vsnprintf(heard + n, sizeof heard - n, format, args);
    pthread_mutex_unlock(&lock);
    va_end(args);
}
static void host_log(void *ctx, int level, const char *line) {
    (void)ctx;
    hear("log %d %s\n", level, line);
}
static const char *host_option(void *ctx, const char *name) {
    (void)ctx;
    return !strcmp(name, "expire")      ? option_expire
           : !strcmp(name, "on_screen") ? option_on_screen
           : !strcmp(name, "sound")     ? option_sound
                                        : NULL;
}
static void host_sent(void *ctx, uint64_t ticket, int result, int64_t retry_after_ms, const char *why) {
    (void)ctx;
    hear("sent %d %d %d %s\n", (int)ticket, result, (int)retry_after_ms, why ? why : "");
}
static void host_acted(void *ctx, struct na_text key, struct na_text action) {
    (void)ctx;
    hear("acted %.*s %.*s\n", (int)key.len, key.ptr, (int)action.len, action.ptr);
}
static void host_closed(void *ctx, struct na_text key, int reason) {
    (void)ctx;
    hear("closed %.*s %d\n", (int)key.len, key.ptr, reason);
}
static void host_available(void *ctx, int yes, const char *why) {
    (void)ctx;
    hear("available %d %s\n", yes, why ? why : "");
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void nap(int ms) {
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000L}, NULL);
}

static int count(const char *what) {
    int n = 0;
    pthread_mutex_lock(&lock);
    for (const char *p = heard; (p = strstr(p, what)); p++) n++;
    pthread_mutex_unlock(&lock);
    return n;
}

/* Waits until `what` was heard; fails with all that was heard instead. */
static void expect(const char *what, double seconds) {
    for (double end = now() + seconds; !count(what); nap(20))
        if (now() > end) fail_msg("not heard within %g s: \"%s\" in:\n%s", seconds, what, heard);
}

static void unhear(void) {
    pthread_mutex_lock(&lock);
    heard[0] = 0;
    pthread_mutex_unlock(&lock);
}

/* -- the plugin and the desktop ---- */

static const struct na_notifier *notifier;
static void *instance;
static char work[] = "desktop-test-XXXXXX", *folder, missing[256];
static char answer[32768]; /* what the script printed last */
static char said[65536];   /* what was on the bus */

static void desk(const char *command, const char *argument) {
    int out[2];
    assert_int_equal(pipe(out), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(out[1], 1);
        close(out[0]);
        close(out[1]);
        execlp("python3", "python3", SCRIPT, folder, command, argument, (char *)NULL);
        _exit(127);
    }
    close(out[1]);
    size_t n = 0;
    for (ssize_t got; n < sizeof answer - 1 && (got = read(out[0], answer + n, sizeof answer - 1 - n)) > 0;)
        n += (size_t)got;
    answer[n] = 0;
    close(out[0]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (status) fail_msg("desktop.py %s: status %d", command, status);
}

static int load(void **state) {
    (void)state;
    void *so = dlopen(TEST_BUILD "/plugins/desktop.so", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!so) return snprintf(missing, sizeof missing, "%s", dlerror()), 0;
    const struct na_plugin *(*entry)(void) = NULL;
    *(void **)&entry = dlsym(so, "newsalert_plugin_1");
    notifier = entry()->notifier;
    folder = realpath(mkdtemp(work), NULL);
    desk("missing", NULL);
    answer[strcspn(answer, "\n")] = 0;
    if (answer[0]) snprintf(missing, sizeof missing, "not installed: %.200s", answer);
    return 0;
}

static int unload(void **state) {
    (void)state;
    free(folder);
    return 0;
}

static void start_plugin(void) {
    struct na_notifier_host host = {.size = sizeof host,
                                    .log = host_log,
                                    .option = host_option,
                                    .sent = host_sent,
                                    .acted = host_acted,
                                    .closed = host_closed,
                                    .available = host_available};
    unhear();
    stopped = false;
    double began = now();
    assert_int_equal(notifier->start(&host, &instance), NA_OK);
    assert_true(now() - began < 0.5);
}

static void stop_plugin(void) {
    double began = now(), took;
    notifier->stop(instance);
    took = now() - began;
    instance = NULL;
    stopped = true;
    if (took > 1.0) fail_msg("stop took %g s", took);
}

/* Each test but the first has a fresh desktop with the server it names, and a plugin that is available. */
static void begin(const char *server) {
    if (missing[0]) {
        printf("# %s\n", missing);
        skip();
    }
    desk("start", server);
    char address[4200];
    snprintf(address, sizeof address, "unix:path=%s/bus", folder);
    setenv("DBUS_SESSION_BUS_ADDRESS", address, 1);
    start_plugin();
    expect(strcmp(server, "none") ? "available 1" : "available 0 no notification server", 10);
}

static int end(void **state) {
    (void)state;
    if (instance) stop_plugin();
    if (!missing[0]) desk("stop", NULL);
    option_on_screen = "5";
    return count("AFTER STOP") ? -1 : 0;
}

struct what {
    const char *key, *thread, *title, *body, *url;
    uint64_t level, silent;
};
#define TEXT(s) ((struct na_text){(s) ? (s) : "", strlen((s) ? (s) : "")})

static void send_of(uint64_t ticket, const char *kind, struct what w, const struct na_entry *entries,
                    size_t n) {
    struct na_action actions[] = {{TEXT("mute"), TEXT("Mute 2 h")}};
    struct na_message m = {.size = sizeof m,
                           .key = TEXT(w.key),
                           .thread = TEXT(w.thread),
                           .kind = TEXT(kind),
                           .level = w.level,
                           .title = TEXT(w.title),
                           .body = TEXT(w.body),
                           .url = TEXT(w.url),
                           .actions = actions,
                           .n_actions = 1,
                           .action_stride = sizeof actions[0],
                           .silent = w.silent,
                           .expire_ms = -1,
                           .fired = 1764000000,
                           .entries = entries,
                           .n_entries = n,
                           .entry_stride = sizeof *entries};
    double began = now();
    assert_int_equal(notifier->send(instance, &m, ticket), NA_OK);
    assert_true(now() - began < 0.05); /* it is the loop that calls */
}

static void send(uint64_t ticket, struct what w) {
    send_of(ticket, "new", w, NULL, 0);
}

static void expect_history(const char *part) {
    desk("history", NULL);
    if (!strstr(answer, part)) fail_msg("no %s in the history:\n%s", part, answer);
}

static void expect_showing(const char *n) {
    desk("showing", NULL);
    answer[strcspn(answer, "\n")] = 0;
    assert_string_equal(answer, n);
}

/* What was said on the bus since the last call, in `said`. */
static void listen_to_bus(void) {
    char path[4200];
    snprintf(path, sizeof path, "%s/monitor.log", folder);
    nap(300);
    FILE *f = fopen(path, "r+e");
    assert_non_null(f);
    said[fread(said, 1, sizeof said - 1, f)] = 0;
    assert_int_equal(ftruncate(fileno(f), 0), 0);
    fclose(f);
}

static void expect_said(const char *part) {
    if (!strstr(said, part)) fail_msg("no \"%s\" on the bus:\n%s", part, said);
}

/* -- the tests ------------------------------------------------------------------------------------------- */

static void test_no_bus(void **state) {
    (void)state;
    if (!notifier) skip();
    unsetenv("DBUS_SESSION_BUS_ADDRESS");
    unsetenv("XDG_RUNTIME_DIR");
    start_plugin();
    expect("available 0 no session bus: neither", 5);
    send(1, (struct what){"k", "t", "Title", "Body", NULL, NA_URGENT, 0});
    expect("sent 1 1 0 no session bus", 5);
    stop_plugin();

    setenv("XDG_RUNTIME_DIR", "/nonexistent", 1);
    start_plugin();
    expect("available 0 no session bus: ", 5);
    stop_plugin();

    setenv("DBUS_SESSION_BUS_ADDRESS", "autolaunch:", 1); /* GLib would start a bus of its own */
    start_plugin();
    expect("available 0 no session bus: DBUS_SESSION_BUS_ADDRESS", 5);
    stop_plugin();
}

static void test_server_comes(void **state) {
    (void)state;
    begin("none");
    desk("server", "dunst");
    expect("available 1", 5);
    send(7, (struct what){"na_1", "t1", "Harbour of <b>Windmoor</b> & port\nclosed\x07",
                          "Gazette · 2 min\nTugs <i>&amp;</i> ferries \xE2\x80\xAEstay",
                          "https://gazette.example/1", NA_URGENT, 0});
    expect("sent 7 0 0 \n", 5);
    expect_history("\"summary\": \"Harbour of <b>Windmoor</b> & port closed\"");
    expect_history("\"body\": \"Gazette · 2 min\\nTugs &lt;i&gt;&amp;amp;&lt;/i&gt; ferries stay\"");
    expect_history("\"category\": \"network\"");
    expect("closed na_1 2", 5);
}

static void test_hostile_text(void **state) {
    (void)state;
    begin("dunst");
    char title[1200] = "";
    for (int i = 0; i < 198; i++) strcat(title, "x");
    /* A family of three stands at the cut: it goes as a whole. */
    strcat(title, "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7 and more");
    send(1, (struct what){"na_1", "t1", title, "not UTF-8: \xFF\xFE", "javascript:alert(1)", NA_URGENT, 0});
    expect("sent 1 0", 5);
    title[198] = 0;
    strcat(title, "…\"");
    expect_history(title);
    expect_history("not UTF-8: \uFFFD\uFFFD");
    assert_null(strstr(answer, "javascript"));
}

static void test_no_markup(void **state) {
    (void)state;
    begin("dunst-plain");
    send(1, (struct what){"na_1", "t1", "Plain & simple", "Tugs & ferries <3, not &lt;i&gt;", NULL,
                          NA_ROUTINE, 0});
    expect("sent 1 0", 5);
    /* The zero-width space keeps what looks like an entity from being taken for one. */
    expect_history("\"body\": \"Tugs & ferries <3, not &\u200Blt;i&\u200Bgt;\"");
}

static void test_replaces(void **state) {
    (void)state;
    begin("dunst");
    send(1, (struct what){"na_1", "story-9", "First outlet", "one", NULL, NA_URGENT, 0});
    expect("sent 1 0", 5);
    send(2, (struct what){"na_2", "story-9", "Second outlet", "two", NULL, NA_URGENT, 0});
    expect("sent 2 0", 5);
    expect("closed na_1 3", 5);
    expect_showing("1");
    send(3, (struct what){"na_2", "story-9", "Second outlet", "two", NULL, NA_URGENT, 0}); /* the same key */
    expect("sent 3 0", 5);
    assert_int_equal(count("closed na_2"), 0);
    expect_showing("1");
    expect_history("Second outlet");
    assert_null(strstr(answer, "First outlet"));
    expect("closed na_2 2", 5);
    send(4, (struct what){"na_3", "story-9", "Third outlet", "three", NULL, NA_URGENT, 0});
    expect("sent 4 0", 5);
    expect_showing("1");
}

static void test_frozen(void **state) {
    (void)state;
    begin("dunst");
    desk("freeze", NULL);
    double began = now();
    send(1, (struct what){"na_1", "t1", "While it is frozen", "b", NULL, NA_URGENT, 0});
    send(2, (struct what){"na_2", "t2", "This one is cancelled", "b", NULL, NA_URGENT, 0});
    notifier->cancel(instance, 2);
    expect("sent 1 1 0 the notification server did not answer within 5 s", 8);
    assert_true(now() - began > 4.5);
    expect("available 0 the notification server does not answer", 1);
    assert_int_equal(count("sent 2"), 0);
    unhear();
    desk("thaw", NULL);
    expect("available 1", 15);
    send(3, (struct what){"na_1", "t1", "While it is frozen", "b", NULL, NA_URGENT,
                          0}); /* the daemon tries again */
    expect("sent 3 0", 5);
    expect_history("\"summary\": \"While it is frozen\"");
    const char *first = strstr(answer, "\"summary\": \"While it is frozen\"");
    assert_null(strstr(first + 1, "\"summary\": \"While it is frozen\"")); /* shown once, not twice */

    desk("freeze", NULL);
    send(4, (struct what){"na_4", "t4", "Stop while it is frozen", "b", NULL, NA_URGENT, 0});
    nap(300);
    stop_plugin(); /* asserts: within a second */
    nap(300);
}

static void test_slow(void **state) {
    (void)state;
    begin("dunst");
    desk("freeze", NULL);
    send(1, (struct what){"na_1", "t1", "Slow", "b", NULL, NA_URGENT, 0});
    notifier->cancel(instance, 1);
    send(2, (struct what){"na_1", "t1", "Slow", "b", NULL, NA_URGENT,
                          0}); /* waits for the answer to the first */
    nap(300);
    desk("thaw", NULL);
    expect("sent 2 0", 5);
    assert_int_equal(count("sent 1"), 0);
    expect_showing("1");
}

static void test_server_restarts(void **state) {
    (void)state;
    begin("dunst");
    send(1, (struct what){"na_1", "t1", "Before", "b", NULL, NA_FLASH, 0});
    expect("sent 1 0", 5);
    unhear();
    desk("server", "none");
    expect("closed na_1 4", 5);
    expect("available 0 no notification server", 5);
    desk("server", "dunst-plain"); /* other capabilities: no markup */
    expect("available 1", 5);
    send(2, (struct what){"na_2", "t1", "After", "a & b", NULL, NA_FLASH, 0});
    expect("sent 2 0", 5);
    expect_history("\"body\": \"a & b\"");
}

static void test_bus_dies(void **state) {
    (void)state;
    begin("dunst");
    send(1, (struct what){"na_1", "t1", "Before", "b", NULL, NA_FLASH, 0});
    expect("sent 1 0", 5);
    desk("killbus", NULL);
    expect("available 0 the session bus closed the connection", 5);
    expect("closed na_1 4", 5);
    unhear();
    desk("startbus", NULL);
    desk("server", "dunst");
    expect("available 1", 15);
    send(2, (struct what){"na_2", "t2", "After", "b", NULL, NA_URGENT, 0});
    expect("sent 2 0", 5);
    expect_history("After");
}

static void test_actions(void **state) {
    (void)state;
    begin("dunst");
    desk("monitor", NULL);
    send(1, (struct what){"na_1", "t1", "Click me", "b", "https://gazette.example/a|b", NA_URGENT, 0});
    expect("sent 1 0", 5);
    listen_to_bus();
    expect_said("\"default\"");
    expect_said("\"Mute 2 h\"");
    desk("action", "0");
    expect("acted na_1 open", 5);
    /* No portal and no systemd on this bus: it is said, and nothing is run. */
    expect("log 4 desktop: cannot open the link", 15);
}

/* The explanation takes the place of the pop-up, keeps its key, and shows though its key was shown before. */
static void test_why(void **state) {
    (void)state;
    begin("dunst");
    send(1, (struct what){"na_1", "t1", "Why me", "b", NULL, NA_URGENT, 0});
    expect("sent 1 0", 5);
    send_of(2, "why",
            (struct what){"na_1", "t1", "Why me", "la: harbour\nharbour in the title", NULL, NA_URGENT, 1},
            NULL, 0);
    expect("sent 2 0", 5);
    expect_showing("1");
    desk("action", "0"); /* "Mute 2 h" of the explanation */
    expect("acted na_1 mute", 5);
    expect_history("\"body\": \"la: harbour\\nharbour in the title\"");
    /* A screen that is full has room for what a person asked. */
    stop_plugin();
    option_on_screen = "1";
    start_plugin();
    expect("available 1", 10);
    send(3, (struct what){"na_3", "t3", "Full", "b", NULL, NA_URGENT, 0});
    expect("sent 3 0", 5);
    send_of(4, "why", (struct what){"na_4", "t4", "Closed already", "because", NULL, NA_URGENT, 1}, NULL, 0);
    expect("sent 4 0", 5);
    expect_history("\"summary\": \"Closed already\"");
    assert_null(strstr(answer, "more alert"));
}

/* The one page in the folder of this session, in `said`; false: there is none. */
static bool read_page(mode_t *ret_mode) {
    glob_t found;
    char pattern[4200];
    struct stat st;
    snprintf(pattern, sizeof pattern, "%s/newsalertd-alerts-*.html", folder);
    bool one = glob(pattern, 0, NULL, &found) == 0 && found.gl_pathc == 1 && !stat(found.gl_pathv[0], &st);
    FILE *f = one ? fopen(found.gl_pathv[0], "re") : NULL;
    globfree(&found);
    if (!f) return false;
    said[fread(said, 1, sizeof said - 1, f)] = 0;
    fclose(f);
    *ret_mode = st.st_mode & 07777;
    return true;
}

/* What a summary stands for is a page: private, escaped, web addresses alone, and gone at the end. */
static void test_summary_opens(void **state) {
    (void)state;
    mode_t mode = 0;
    if (!missing[0]) setenv("XDG_RUNTIME_DIR", folder, 1);
    begin("dunst");
    const struct na_entry entries[] = {
        {TEXT("First <b>&amp;</b>"), TEXT("https://gazette.example/?a=\"><script>"), TEXT("la · Gazette")},
        {TEXT("\xE2\x80\xAE"
              "Second"),
         TEXT("javascript:alert(1)"), TEXT("la · Wire")}};
    send_of(1, "summary", (struct what){"na_1", "t1", "2 more alerts", "First\nSecond", NULL, NA_URGENT, 0},
            entries, 2);
    expect("sent 1 0", 5);
    assert_false(read_page(&mode)); /* nobody asked for it */
    desk("action", "0");
    expect("acted na_1 list", 5);
    expect("log 4 desktop: cannot open the link", 15); /* no portal, no systemd on this bus */
    assert_true(read_page(&mode));
    assert_int_equal(mode, 0600);
    expect_said("<h1>2 alerts</h1>");
    expect_said("<a href=\"https://gazette.example/?a=%22%3E%3Cscript%3E\" dir=\"auto\">First "
                "&lt;b&gt;&amp;amp;&lt;/b&gt;</a>");
    expect_said("<span dir=\"auto\">Second</span>");
    assert_true(strstr(said, "Second") < strstr(said, "First")); /* the newest first */
    assert_null(strstr(said, "javascript"));
    stop_plugin();
    assert_false(read_page(&mode));
}

static void test_hints(void **state) {
    (void)state;
    begin("dunst");
    desk("monitor", NULL);
    static const struct what messages[] = {{"na_1", "t1", "Flash", "b", NULL, NA_FLASH, 0},
                                           {"na_2", "t2", "Routine", "b", NULL, NA_ROUTINE, 1}};
    static const char *const want[2][4] = {{"byte 2", "message-new-instant", "int32 0", "desktop-entry"},
                                           {"byte 0", "suppress-sound", "int32 10000", "\"newsalertd\""}};
    for (int i = 0; i < 2; i++) {
        listen_to_bus();
        send((uint64_t)i + 1, messages[i]);
        expect(i ? "sent 2 0" : "sent 1 0", 5);
        listen_to_bus();
        for (int k = 0; k < 4; k++) expect_said(want[i][k]);
    }
    assert_null(strstr(said, "sound-name"));
}

static void test_on_screen(void **state) {
    (void)state;
    option_on_screen = "2";
    if (!missing[0]) setenv("XDG_RUNTIME_DIR", folder, 1);
    begin("dunst");
    static const char *const titles[] = {"One", "Two", "Three", "Four", "Five"};
    for (int i = 0; i < 5; i++) {
        char key[16], ticket[32];
        snprintf(key, sizeof key, "na_%d", i);
        snprintf(ticket, sizeof ticket, "sent %d 0", i);
        send((uint64_t)i, (struct what){key, key, titles[i], "b", NULL, NA_URGENT, 0});
        expect(ticket, 5);
    }
    send(9, (struct what){"na_9", "na_9", "Flash", "b", NULL, NA_FLASH, 0}); /* is never folded away */
    expect("sent 9 0", 5);
    expect_showing("4");
    for (int i = 0; i < 3; i++) desk("close_first", NULL); /* dunst can press the first one's button only */
    desk("action", "0");
    expect("acted na_4 list", 5);
    mode_t mode = 0;
    expect("log 4 desktop: cannot open the link", 15);
    assert_true(read_page(&mode) && mode == 0600);
    expect_said("<h1>3 alerts</h1>");
    for (int i = 2; i < 5; i++) expect_said(titles[i]);
    assert_null(strstr(said, titles[1]));
    expect_history("\"summary\": \"3 more alerts\"");
    expect_history("\"body\": \"Three\\nFour\\nFive\"");
    assert_null(strstr(answer, "\"summary\": \"Four\""));
}

static void test_started_by_bus(void **state) {
    (void)state;
    begin("none");
    desk("services", "/nonexistent/server");
    stop_plugin();
    start_plugin();
    expect("available 1", 5); /* it can be started, and is not before there is something to show */
    send(1, (struct what){"na_1", "t1", "Cannot start", "b", NULL, NA_URGENT, 0});
    expect("sent 1 1 0 the notification server does not start", 5);
    expect("available 0 the notification server does not start", 1);

    char program[4300];
    snprintf(program, sizeof program, "%s/start-dunst", folder);
    FILE *f = fopen(program, "we");
    assert_non_null(f);
    fprintf(f, "#!/bin/sh\nread -r n <%s/display\nexport DISPLAY=:$n\necho $$ >%s/server.pid\nexec dunst\n",
            folder, folder);
    fclose(f);
    assert_int_equal(chmod(program, 0755), 0);
    desk("services", program);
    unhear();
    expect("available 1", 5);
    assert_int_equal(access(program, X_OK), 0);
    send(2, (struct what){"na_2", "t2", "Started", "b", NULL, NA_URGENT, 0});
    expect("sent 2 0", 15);
    expect_history("Started");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_no_bus, end),
        cmocka_unit_test_teardown(test_server_comes, end),
        cmocka_unit_test_teardown(test_hostile_text, end),
        cmocka_unit_test_teardown(test_no_markup, end),
        cmocka_unit_test_teardown(test_replaces, end),
        cmocka_unit_test_teardown(test_frozen, end),
        cmocka_unit_test_teardown(test_slow, end),
        cmocka_unit_test_teardown(test_server_restarts, end),
        cmocka_unit_test_teardown(test_bus_dies, end),
        cmocka_unit_test_teardown(test_actions, end),
        cmocka_unit_test_teardown(test_why, end),
        cmocka_unit_test_teardown(test_summary_opens, end),
        cmocka_unit_test_teardown(test_hints, end),
        cmocka_unit_test_teardown(test_on_screen, end),
        cmocka_unit_test_teardown(test_started_by_bus, end),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
