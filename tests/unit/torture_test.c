/* Each allocation of a reading fails once, in turn: our own, expat's, jansson's and iconv's. What comes of it
 * is the whole document, or one that says it was cut and whose items are all right, or an error, or the one
 * message of a small allocation (base/mem.h). Never a crash, never a wrong item, never a leak.
 *
 * The allocator is replaced for the whole process, so this does not run under a sanitizer that has its own;
 * leaks are counted here. TORTURE=all takes every golden feed, else every fifth. */
#include "unit.h"

#include "base/limits.h"
#include "item/item.h"
#include "parse/parse.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
int main(void) {
    puts("1..1\nok 1 - every_allocation_once # SKIP the sanitizer has an allocator of its own");
    return 0;
}
#else

/* -- an allocator that refuses the n-th request ---- */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void __libc_free(void *p);

static struct {
    bool on;
    long asked, refuse; /* refuse 0: none */
    long live;
} torture;

static bool refused(void) {
    return torture.on && ++torture.asked == torture.refuse;
}

void *malloc(size_t size) {
    if (refused()) return NULL;
    void *p = __libc_malloc(size);
    if (torture.on && p) torture.live++;
    return p;
}
void *calloc(size_t n, size_t size) {
    if (refused()) return NULL;
    void *p = __libc_calloc(n, size);
    if (torture.on && p) torture.live++;
    return p;
}
void *realloc(void *old, size_t size) {
    if (refused()) return NULL;
    void *p = __libc_realloc(old, size);
    if (torture.on && p && !old) torture.live++;
    return p;
}
void free(void *p) {
    if (torture.on && p) torture.live--;
    __libc_free(p);
}

/* -- one reading ---- */
enum { SAME = 10, CUT, NO_FEED, NO_MEMORY, WRONG, LEAKED };

struct feed {
    char name[256];
    char *bytes;
    size_t len;
    char *expected; /* as JSON; NULL: it is no feed */
    bool keeps;     /* iconv loads and unloads its modules: what lives is not ours alone */
};

/* Every item that is there is one of the whole document's, in its order. */
static bool is_part(const struct document *d, const char *whole) {
    json_t *all = json_loads(whole, 0, NULL), *list = json_object_get(all, "items");
    json_t *part = document_json(d), *mine = json_object_get(part, "items"), *one;
    size_t i, at = 0;
    bool good = true;
    json_array_foreach(mine, i, one) {
        while (at < json_array_size(list) && !json_equal(json_array_get(list, at), one)) at++;
        good = good && at++ < json_array_size(list);
    }
    json_decref(all);
    json_decref(part);
    return good;
}

static int read_once(const struct feed *f, long refuse) {
    const struct parse_input in = {.bytes = {f->bytes, f->len}, .base = TEXT("https://base.example/d/f.xml")};
    struct parse_warnings w = {0};
    struct document *d = NULL;
    char *why = NULL;
    torture.asked = torture.live = 0;
    torture.refuse = refuse;
    torture.on = true;
    int r = parse_document(&in, &w, &d, &why);
    parse_warnings_clear(&w);
    torture.on = false;
    int result = r == -1 ? NO_FEED : r == -2 ? NO_MEMORY : CUT;
    if (!r) {
        json_t *j = document_json(d);
        char *text = json_dumps(j, JSON_COMPACT);
        bool same = f->expected && !strcmp(text, f->expected);
        if (same)
            result = SAME;
        else if (d->complete || !f->expected || !is_part(d, f->expected))
            result = WRONG;
        free(text);
        json_decref(j);
    }
    torture.on = true;
    document_free(d);
    free(why);
    torture.on = false;
    return torture.live && !f->keeps ? LEAKED : result;
}

/* In a process of its own: the message of a small allocation ends it. */
static int read_apart(const struct feed *f, long refuse, bool *ret_died) {
    int status, message[2];
    assert_int_equal(pipe(message), 0);
    pid_t pid = fork();
    if (!pid) {
        dup2(message[1], STDERR_FILENO);
        _exit(read_once(f, refuse));
    }
    close(message[1]);
    char said[128] = "";
    ssize_t n = read(message[0], said, sizeof said - 1);
    close(message[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    *ret_died = WIFEXITED(status) && WEXITSTATUS(status) == 1 && n > 0 && !strncmp(said, "out of memory", 13);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void torture_feed(struct feed *f, long *ret_runs) {
    const struct parse_input in = {.bytes = {f->bytes, f->len}, .base = TEXT("https://base.example/d/f.xml")};
    struct document *d = NULL;
    char *why = NULL;
    bool feed = !parse_document(&in, NULL, &d, &why);
    if (feed) {
        json_t *j = document_json(d);
        f->expected = json_dumps(j, JSON_COMPACT);
        json_decref(j);
    }
    document_free(d);
    free(why);
    /* Whole first: what iconv and the like keep for good is not counted, and how many requests there are. */
    read_once(f, 0);
    f->keeps = read_once(f, 0) == LEAKED;
    int result = read_once(f, 0);
    if (result != (feed ? SAME : NO_FEED)) fail_msg("%s: result %d without any refusal", f->name, result);
    long requests = torture.asked;
    for (long n = 1; n <= requests; n++) {
        bool died;
        result = read_apart(f, n, &died);
        bool good = died || result == SAME || result == CUT || result == NO_MEMORY || result == NO_FEED;
        if (!good) fail_msg("%s: request %ld of %ld refused: result %d", f->name, n, requests, result);
    }
    *ret_runs += requests;
    free(f->expected);
}

static bool read_feed(const char *folder, struct feed *f) {
    static const char *const ends[] = {"feed.xml", "feed.json", "feed.html"};
    for (size_t i = 0; i < 3; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/tests/golden/parse/%s/%s", TEST_SOURCE, folder, ends[i]);
        FILE *in = fopen(path, "rb");
        if (!in) continue;
        snprintf(f->name, sizeof f->name, "%s", folder);
        f->bytes = malloc(1 << 20);
        f->len = fread(f->bytes, 1, 1 << 20, in);
        fclose(in);
        return true;
    }
    return false;
}

static void every_allocation_once(void **state) {
    (void)state;
    struct dirent **list;
    const char *all = getenv("TORTURE");
    int n = scandir(TEST_SOURCE "/tests/golden/parse", &list, NULL, alphasort);
    long runs = 0, feeds = 0;
    assert_true(n > 100);
    for (int i = 0; i < n; i++) {
        struct feed f = {0};
        if (list[i]->d_name[0] != '.' && (all || i % 5 == 0) && read_feed(list[i]->d_name, &f)) {
            torture_feed(&f, &runs);
            free(f.bytes);
            feeds++;
        }
        free(list[i]);
    }
    free(list);
    fprintf(stderr, "# %ld feeds, %ld refusals\n", feeds, runs);
    assert_true(runs > feeds * 5);
}

int main(void) {
    json_memory_checked();
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
#endif
