/* Every folder of tests/golden/render: facts.json in, the bytes of each format out. What is promised of all
 * of them (no raw controls, lengths, escapes) is checked besides, so that a wrong golden file does not hide
 * it. RENDER_GOLDEN=write writes the files anew, to be read before they are committed. */
#include "unit.h"

#include "base/limits.h"
#include "base/time.h"
#include "deliver/render/mime.h"
#include "deliver/render/prose.h"
#include "deliver/render/render.h"
#include "deliver/stale.h"

#include <dirent.h>
#include <sys/stat.h>

#define NOW INT64_C(1795489230000) /* 2026-11-24T03:00:30Z, half a minute after the facts' `fired` */
#define KEY "na_abcdefghijklmnopqrstuvwxyz"

static char *to[] = {(char *)"Desk, \"the\" news <desk@example.test>",
                     (char *)"j\xC3\xB6rg@b\xC3\xBC"
                             "cher.test",
                     (char *)"Zo\xC3\xAB <zoe@b\xC3\xBC"
                             "cher.test>"};
static const struct config_notify notify = {.name = (char *)"x",
                                            .kind_name = (char *)"email",
                                            .from = (char *)"Newsalert Desk <alerts@example.test>",
                                            .to = {to, 3, 3},
                                            .excerpt = 280,
                                            .link = true};

static struct render_ask ask_of(void) {
    return (struct render_ask){&notify, KEY, "desk@example.test", "host.example", NOW, false};
}

static char *read_file(const char *path, size_t *ret_len) {
    FILE *f = fopen(path, "rb");
    if (!f) return NULL;
    char *text = malloc(1 << 20);
    *ret_len = fread(text, 1, (1 << 20) - 1, f);
    text[*ret_len] = '\0';
    fclose(f);
    return text;
}

static void facts_in(const char *text, struct arena *a, struct facts *ret) {
    const struct row row = {.facts = (char *)(uintptr_t)text};
    arena_init(a, 1 << 24);
    assert_int_equal(stale_facts(&row, a, ret), 0);
}

static int render_plugin(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    struct notice n;
    notice_render(ask, f, &n);
    buf_addf(out, "thread: %s\ntitle: %s\nurl: %s\nbody: %s\n", n.thread, buf_str(&n.title), buf_str(&n.url),
             buf_str(&n.body));
    notice_clear(&n);
    return 0;
}
static int render_narrow(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    return render_terminal(ask, f, (struct terminal_look){.color = false, .width = 60}, out);
}

static const struct {
    const char *file;
    render_fn *render;
} forms[] = {{"json", render_json},
             {"slack", render_slack},
             {"mail", render_mail},
             {"terminal", render_narrow},
             {"plugin", render_plugin}};
#define N_FORMS (sizeof forms / sizeof *forms)

/* -- what holds for all ---- */
static void check_no_controls(struct text t, bool crlf) {
    for (size_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.ptr[i];
        if (c == '\r') assert_true(crlf && i + 1 < t.len && t.ptr[i + 1] == '\n');
        if (c == '\n') assert_true(!crlf || (i && t.ptr[i - 1] == '\r'));
        assert_true(c >= ' ' || c == '\n' || (c == '\r' && crlf));
        assert_int_not_equal(c, 0x7F);
    }
    for (size_t i = 0; i + 2 < t.len; i++) {
        const unsigned char *p = (const unsigned char *)t.ptr + i;
        assert_false(p[0] == 0xE2 && ((p[1] == 0x80 && p[2] >= 0xAA && p[2] <= 0xAE) ||
                                      (p[1] == 0x81 && p[2] >= 0xA6 && p[2] <= 0xA9)));
    }
}

static json_t *load(const struct buf *b) {
    json_t *j = json_loadb(b->ptr, b->len, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(j);
    return j;
}

static void check_json(const struct buf *b) {
    json_t *j = load(b), *data = json_object_get(j, "data");
    assert_true(b->len <= LIMIT_WEBHOOK_BODY);
    assert_true(json_is_string(json_object_get(j, "type")));
    assert_string_equal(json_string_value(json_object_get(j, "timestamp")), "2026-11-24T03:00:00Z");
    assert_string_equal(json_string_value(json_object_get(data, "id")), KEY);
    assert_null(strstr(b->ptr, "hunter2"));
    assert_null(strstr(b->ptr, "javascript:"));
    assert_null(strstr(b->ptr, "\\u00"));
    const char *title = json_string_value(json_object_get(json_object_get(data, "item"), "title"));
    assert_true(!title || !strchr(title, '\n'));
    json_decref(j);
}

static size_t text_length(const json_t *object) {
    const json_t *t = json_object_get(object, "text");
    return prose_length((struct text){json_string_value(t), json_string_length(t)}, PROSE_UTF16);
}

static void check_slack(const struct buf *b) {
    json_t *j = load(b), *blocks = json_object_get(j, "blocks"), *block;
    size_t i;
    assert_true(text_length(j) <= 4000);
    assert_null(strstr(json_string_value(json_object_get(j, "text")), "<!"));
    assert_true(json_array_size(blocks) > 0 && json_array_size(blocks) <= 50);
    json_array_foreach(blocks, i, block) {
        const char *kind = json_string_value(json_object_get(block, "type"));
        const json_t *text = json_object_get(block, "text");
        if (!strcmp(kind, "header")) {
            assert_true(text_length(text) <= 150);
            assert_string_equal(json_string_value(json_object_get(text, "type")), "plain_text");
            assert_true(json_is_false(json_object_get(text, "emoji")));
        } else if (!strcmp(kind, "section")) {
            assert_true(text_length(text) <= 3000);
            const char *s = json_string_value(json_object_get(text, "text"));
            assert_null(strstr(s, "<!"));
            assert_null(strstr(s, "<@"));
            assert_null(strstr(s, "<#"));
        }
    }
    json_decref(j);
}

static void check_mail(const struct buf *b) {
    struct text t = buf_text(b);
    bool head = true;
    check_no_controls(t, true);
    while (t.len) {
        size_t n = (size_t)((const char *)memchr(t.ptr, '\n', t.len) - t.ptr) - 1;
        struct text line = {t.ptr, n};
        if (!n) head = false;
        assert_true(n <= 78);
        for (size_t i = 0; i < n; i++) assert_true((unsigned char)line.ptr[i] < 0x80);
        if (head) {
            assert_false(text_starts(line, TEXT("Bcc")));
            assert_false(text_starts(line, TEXT("X-Evil")));
        }
        t.ptr += n + 2, t.len -= n + 2;
    }
    /* The local part that is not ASCII is named only in its own mail. */
    assert_null(strstr(b->ptr, "rg@xn--"));
}

static void check_form(size_t form, const struct buf *b) {
    switch (form) {
    case 0: check_json(b); break;
    case 1: check_slack(b); break;
    case 2: check_mail(b); break;
    default: check_no_controls(buf_text(b), false);
    }
}

static void walk_folder(const char *folder) {
    size_t len;
    char path[4096];
    snprintf(path, sizeof path, "%s/facts.json", folder);
    char *stored = read_file(path, &len);
    assert_non_null(stored);
    struct arena a;
    struct facts f;
    facts_in(stored, &a, &f);
    const struct render_ask ask = ask_of();
    for (size_t i = 0; i < N_FORMS; i++) {
        struct buf out;
        buf_init(&out, 1 << 20);
        assert_int_equal(forms[i].render(&ask, &f, &out), 0);
        snprintf(path, sizeof path, "%s/%s", folder, forms[i].file);
        const char *mode = getenv("RENDER_GOLDEN");
        if (mode && !strcmp(mode, "write")) {
            FILE *w = fopen(path, "wb");
            assert_non_null(w);
            fwrite(out.ptr, 1, out.len, w);
            fclose(w);
        }
        char *expected = read_file(path, &len);
        if (!expected || len != out.len || memcmp(expected, out.ptr, len) != 0) {
            fprintf(stderr, "# %s differs; it is now:\n%s\n", path, buf_str(&out));
            fail();
        }
        free(expected);
        check_form(i, &out);
        buf_clear(&out);
    }
    free(stored);
    arena_clear(&a);
}

static void golden_files(void **state) {
    (void)state;
    const char *root = TEST_SOURCE "/tests/golden/render";
    DIR *d = opendir(root);
    size_t n = 0;
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));) {
        char path[2048];
        if (e->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", root, e->d_name);
        walk_folder(path);
        n++;
    }
    closedir(d);
    assert_true(n >= 10);
}

/* -- what the golden files do not show ---- */
static const char *const stored_plain =
    "{\"kind\":\"new\",\"alert\":\"la\",\"level\":\"urgent\",\"fired\":1795489200000,\"story\":3,"
    "\"item\":{\"id\":\"g\",\"url\":\"https://gazette.example/1\",\"title\":\"T\",\"summary\":\"S\"},"
    "\"feed\":{\"name\":\"gaz\"}}";

static void late_is_said(void **state) {
    (void)state;
    struct arena a;
    struct facts f;
    facts_in(stored_plain, &a, &f);
    struct render_ask ask = ask_of();
    struct buf out;
    buf_init(&out, 1 << 20);
    ask.now = f.fired + RENDER_LATE_AFTER;
    assert_int_equal(render_json(&ask, &f, &out), 0);
    assert_null(strstr(out.ptr, "delayed_s"));
    ask.now = f.fired + 3 * HOUR;
    buf_reset(&out);
    assert_int_equal(render_json(&ask, &f, &out), 0);
    assert_non_null(strstr(out.ptr, "\"delayed_s\":10800"));
    buf_reset(&out);
    assert_int_equal(render_slack(&ask, &f, &out), 0);
    assert_non_null(strstr(out.ptr, "delayed 3 h"));
    buf_clear(&out);
    arena_clear(&a);
}

/* A digest far over 256 KiB fits in the end, and says how many entries are left out. */
static void body_is_capped(void **state) {
    (void)state;
    enum { N = 900 };
    char *long_text = malloc(5000);
    memset(long_text, 'x', 5000);
    struct fact_entry *entries = calloc(N, sizeof *entries);
    for (size_t i = 0; i < N; i++) {
        entries[i] = (struct fact_entry){.alert = TEXT("la"), .level = LEVEL_URGENT, .fired = NOW};
        entries[i].item = (struct item){.published = TIME_NONE, .updated = TIME_NONE};
        entries[i].item.title = (struct text){long_text, 600};
        entries[i].item.summary = (struct text){long_text, 5000};
    }
    struct facts f = {.kind = KIND_DIGEST, .fired = NOW, .entries = entries, .n_entries = N};
    f.item.published = f.item.updated = TIME_NONE;
    const struct render_ask ask = ask_of();
    struct buf out;
    buf_init(&out, LIMIT_WEBHOOK_BODY);
    assert_int_equal(render_json(&ask, &f, &out), 0);
    json_t *j = load(&out), *data = json_object_get(j, "data");
    size_t items = json_array_size(json_object_get(data, "items"));
    assert_true(items > 100 && items < N);
    assert_int_equal((size_t)json_integer_value(json_object_get(data, "more")) + items, N);
    json_decref(j);
    buf_clear(&out);
    free(entries);
    free(long_text);
}

static void halved_is_shorter(void **state) {
    (void)state;
    struct facts f = {.kind = KIND_NEW, .fired = NOW};
    char *text = malloc(4000);
    memset(text, 'y', 4000);
    f.item = (struct item){.published = TIME_NONE, .updated = TIME_NONE, .summary = {text, 4000}};
    struct render_ask ask = ask_of();
    for (size_t i = 0; i < N_FORMS; i++) {
        struct buf whole, half;
        buf_init(&whole, 1 << 20);
        buf_init(&half, 1 << 20);
        ask.halve = false;
        assert_int_equal(forms[i].render(&ask, &f, &whole), 0);
        ask.halve = true;
        assert_int_equal(forms[i].render(&ask, &f, &half), 0);
        assert_true(half.len < whole.len);
        buf_clear(&whole);
        buf_clear(&half);
    }
    free(text);
}

static void threads_have_one_key(void **state) {
    (void)state;
    char a[KEY_SIZE], b[KEY_SIZE], c[KEY_SIZE];
    struct facts f = {.kind = KIND_NEW, .alert = TEXT("la"), .story = 3, .item.id = TEXT("1")};
    struct facts later = {.kind = KIND_UPDATE, .alert = TEXT("la"), .story = 3, .item.id = TEXT("2")};
    render_thread_key(&f, a);
    render_thread_key(&later, b);
    assert_string_equal(a, b);
    later.story = 0;
    render_thread_key(&later, c);
    assert_string_not_equal(a, c);
    later.kind = KIND_NEW;
    render_thread_key(&later, b);
    assert_string_equal(b, c);
}

static void table_is_sound(void **state) {
    (void)state;
    const struct format *f;
    for (size_t i = 0; (f = format_at(i)); i++) {
        assert_ptr_equal(format_of(f->name), f);
        assert_non_null(f->render);
        assert_non_null(f->content_type);
        assert_true(f->burst > 0);
    }
    assert_string_equal(format_of(NULL)->name, "json");
    assert_null(format_of("carrier-pigeon"));
}

static void bad_recipient(void **state) {
    (void)state;
    struct facts f = {.kind = KIND_NEW, .fired = NOW, .item = {.published = TIME_NONE, .updated = TIME_NONE}};
    struct render_ask ask = ask_of();
    struct buf out;
    buf_init(&out, 1 << 20);
    ask.recipient = "a@b.test>\r\nRCPT TO:<c@d.test";
    assert_int_equal(render_mail(&ask, &f, &out), -1);
    buf_clear(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_files),         cmocka_unit_test(late_is_said),
        cmocka_unit_test(body_is_capped),       cmocka_unit_test(halved_is_shorter),
        cmocka_unit_test(threads_have_one_key), cmocka_unit_test(table_is_sound),
        cmocka_unit_test(bad_recipient),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
