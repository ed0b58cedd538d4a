#include "net/spawn.c"

#include "unit.h"

#include <dirent.h>
#include <sys/stat.h>

/* What a run ended with; output as a string. */
struct room {
    struct event_base *base;
    struct spawns *spawns;
    struct spawn_request request;
    enum spawn_end end;
    int code;
    size_t done, length;
    char output[4096], errors[LIMIT_SPAWN_ERRORS + 1], words[200];
    bool errors_cut;
};

static void on_done(void *arg, const struct spawn_result *r) {
    struct room *room = arg;
    room->done++;
    room->end = r->end;
    room->code = r->code;
    room->length = r->output->len;
    snprintf(room->output, sizeof room->output, "%s", buf_str(r->output));
    snprintf(room->errors, sizeof room->errors, "%.*s", TEXT_ARGS(r->errors));
    room->errors_cut = r->errors_cut;
    spawn_words(r, &room->request, room->words, sizeof room->words);
}

static void room_open(struct room *r) {
    *r = (struct room){.base = event_base_new()};
    r->spawns = spawns_new(r->base);
}

static void room_close(struct room *r) {
    spawns_free(r->spawns);
    event_base_free(r->base);
}

static void turn(struct room *r, int64_t ms) {
    struct timeval tv = {ms / 1000, ms % 1000 * 1000};
    event_base_loopexit(r->base, &tv);
    event_base_dispatch(r->base);
}

static void run_shell(struct room *r, const char *script, struct spawn_request more) {
    const char *words[] = {"sh", "-c", script, NULL};
    const char *const mine[] = {"OWN=yes"};
    char **environment = spawn_environment(mine, 1);
    const char *why = NULL;
    r->request = more;
    r->request.argv = (char *const *)words;
    r->request.environment = environment;
    if (!r->request.max_output) r->request.max_output = 1 << 20;
    if (!r->request.timeout) r->request.timeout = 20 * SECOND;
    r->done = 0;
    assert_non_null(spawn_start(r->spawns, &r->request, on_done, r, &why));
    assert_int_equal(r->done, 0);
    for (int i = 0; i < 1000 && !r->done; i++) turn(r, 20);
    assert_int_equal(r->done, 1);
    spawn_environment_free(environment);
}

static size_t descriptors(void) {
    size_t n = 0;
    DIR *d = opendir("/proc/self/fd");
    while (readdir(d)) n++;
    closedir(d);
    return n;
}

static void ends(void **state) {
    (void)state;
    struct room r;
    room_open(&r);
    size_t before = descriptors();
    run_shell(&r, "echo hello; echo trouble >&2", (struct spawn_request){0});
    assert_int_equal(r.end, SPAWN_EXITED);
    assert_string_equal(r.output, "hello\n");
    assert_string_equal(r.errors, "trouble\n");
    assert_string_equal(r.words, "");
    run_shell(&r, "exit 3", (struct spawn_request){0});
    assert_string_equal(r.words, "it ended with exit code 3");
    run_shell(&r, "kill -9 $$", (struct spawn_request){0});
    assert_int_equal(r.end, SPAWN_SIGNALLED);
    assert_string_equal(r.words, "it was ended by signal SIGKILL");
    run_shell(&r, "sleep 60; echo late", (struct spawn_request){.timeout = 150});
    assert_int_equal(r.end, SPAWN_TIMEOUT);
    assert_non_null(strstr(r.words, "150ms"));
    run_shell(&r, "trap '' TERM; sleep 60 & wait; sleep 60", (struct spawn_request){.timeout = 100});
    assert_int_equal(r.end, SPAWN_TIMEOUT);
    run_shell(&r, "while :; do echo news; done", (struct spawn_request){.max_output = 100000});
    assert_int_equal(r.end, SPAWN_TOO_MUCH);
    assert_non_null(strstr(r.words, "100000 bytes"));
    assert_true(r.length <= 100000);
    assert_int_equal(spawns_running(r.spawns), 0);
    assert_int_equal(descriptors(), before);
    room_close(&r);
}

/* What fits to the last byte is no excess; standard error keeps its end. */
static void caps(void **state) {
    (void)state;
    struct room r;
    room_open(&r);
    run_shell(&r, "printf 12345", (struct spawn_request){.max_output = 5});
    assert_int_equal(r.end, SPAWN_EXITED);
    assert_string_equal(r.output, "12345");
    run_shell(&r, "printf 123456", (struct spawn_request){.max_output = 5});
    assert_int_equal(r.end, SPAWN_TOO_MUCH);
    run_shell(&r, "i=0; while [ $i -lt 3000 ]; do echo line $i >&2; i=$((i+1)); done",
              (struct spawn_request){0});
    assert_true(r.errors_cut);
    assert_int_equal(strlen(r.errors), LIMIT_SPAWN_ERRORS);
    assert_string_equal(r.errors + strlen(r.errors) - 10, "line 2999\n");
    room_close(&r);
}

static void input(void **state) {
    (void)state;
    struct room r;
    room_open(&r);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL);
    size_t len = 300000;
    char *long_text = malloc(len);
    memset(long_text, 'x', len);
    run_shell(&r, "cat", (struct spawn_request){.input = {long_text, len}});
    assert_int_equal(r.length, len);
    run_shell(&r, "exec <&-; sleep 0.2; exit 4", (struct spawn_request){.input = {long_text, len}});
    assert_int_equal(r.code, 4);
    run_shell(&r, "read line || echo none", (struct spawn_request){0});
    assert_string_equal(r.output, "none\n");
    free(long_text);
    room_close(&r);
}

/* Nothing is inherited but three descriptors, default signals, and the variables that are named. */
static void clean(void **state) {
    (void)state;
    struct room r;
    room_open(&r);
    setenv("https_proxy", "http://proxy.test", 1);
    setenv("CREDENTIALS_DIRECTORY", "/secret", 1);
    setenv("LC_TIME", "C", 1);
    int leak = dup(2); /* without O_CLOEXEC */
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL);
    run_shell(&r, "env; ls /proc/self/fd | wc -l; grep SigIgn /proc/self/status", (struct spawn_request){0});
    close(leak);
    assert_null(strstr(r.output, "proxy"));
    assert_null(strstr(r.output, "CREDENTIALS"));
    assert_non_null(strstr(r.output, "OWN=yes\n"));
    assert_non_null(strstr(r.output, "LC_TIME=C\n"));
    assert_non_null(strstr(r.output, "PATH="));
    assert_non_null(strstr(r.output, "\n4\n")); /* ls opens one itself */
    /* The first 31; two behind them are the C library's own. */
    const char *ignored = strstr(r.output, "SigIgn:\t");
    assert_non_null(ignored);
    assert_int_equal(strtoull(ignored + 8, NULL, 16) & 0x7fffffff, 0);
    room_close(&r);
}

/* What a program leaves behind ends with it, and a cancelled one is not heard of again. */
static void groups(void **state) {
    (void)state;
    struct room r;
    char name[] = "spawn-test-XXXXXX", script[200];
    room_open(&r);
    assert_non_null(mkdtemp(name));
    snprintf(script, sizeof script, "(sleep 0.5; touch %s/left) & echo gone", name);
    run_shell(&r, script, (struct spawn_request){0});
    assert_string_equal(r.output, "gone\n");

    const char *words[] = {"sleep", "60", NULL};
    char *const environment[] = {NULL};
    const struct spawn_request request = {
        .argv = (char *const *)words, .environment = environment, .max_output = 10, .timeout = 20 * SECOND};
    const char *why = NULL;
    r.done = 0;
    struct spawn *run = spawn_start(r.spawns, &request, on_done, &r, &why);
    pid_t pid = run->pid;
    spawn_cancel(run);
    for (int i = 0; i < 200 && spawns_running(r.spawns); i++) turn(&r, 20);
    assert_int_equal(spawns_running(r.spawns), 0);
    assert_int_equal(kill(pid, 0), -1);
    assert_int_equal(r.done, 0);

    run = spawn_start(r.spawns, &request, on_done, &r, &why);
    pid = run->pid;
    turn(&r, 700);
    room_close(&r); /* with one still running */
    assert_int_equal(kill(pid, 0), -1);
    snprintf(script, sizeof script, "%s/left", name);
    struct stat st;
    assert_int_equal(stat(script, &st), -1);
    rmdir(name);
}

static void no_program(void **state) {
    (void)state;
    struct room r;
    room_open(&r);
    const char *words[] = {"/nonexistent/program", NULL};
    char *const environment[] = {NULL};
    const struct spawn_request request = {
        .argv = (char *const *)words, .environment = environment, .max_output = 10, .timeout = SECOND};
    const char *why = NULL;
    size_t before = descriptors();
    assert_null(spawn_start(r.spawns, &request, on_done, &r, &why));
    assert_string_equal(why, "No such file or directory");
    words[0] = "/";
    assert_null(spawn_start(r.spawns, &request, on_done, &r, &why));
    assert_int_equal(descriptors(), before);
    room_close(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(ends),   cmocka_unit_test(caps),
                                       cmocka_unit_test(input),  cmocka_unit_test(clean),
                                       cmocka_unit_test(groups), cmocka_unit_test(no_program)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
