/* Every folder of tests/golden/render: facts.json in, the bytes of each format out; with a file `posted`,
 * what the service calls the first message, of those that edit. What is promised of all of them (no raw
 * controls, lengths, escapes) is checked besides, so that a wrong golden file does not hide it.
 * RENDER_GOLDEN=write writes the files anew, to be read before they are committed. */
#include "unit.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"
#include "config/keys.h"
#include "deliver/render/mime.h"
#include "deliver/render/prose.h"
#include "deliver/render/render.h"
#include "deliver/render/template.h"
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
    return (struct render_ask){&notify, KEY, "desk@example.test", "host.example", NOW, false, NULL};
}

static char *room[] = {(char *)"!room:chat.example"};
static const struct config_notify chat = {
    .name = (char *)"x",
    .kind_name = (char *)"webhook",
    .url = (char *)"https://chat.example/hook/",
    .token = (char *)"12:s3cret",
    .topic = NULL,
    .from = (char *)"+15550100",
    .to = {room, 1, 1},
    .excerpt = 280,
    .link = true,
    .story_thread = true,
    .content_type = (char *)"application/json",
    .body =
        (char *)"{\"$$\":\"${alert}/${level}\",\"t\":\"${title}\",\"x\":\"${text}\",\"h\":\"${title|html}\""
                "${if url},\"u\":\"${url}\"${end},\"b\":\"${byline}\",\"k\":\"${kind} ${key}\"}"};
static struct render_ask chat_ask(void) {
    struct render_ask ask = ask_of();
    ask.notify = &chat;
    ask.recipient = NULL;
    return ask;
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
             {"plugin", render_plugin},
             {"discord", render_discord},
             {"mattermost", render_mattermost},
             {"rocketchat", render_rocketchat},
             {"teams", render_teams},
             {"google-chat", render_google_chat},
             {"zulip", render_zulip},
             {"matrix", render_matrix},
             {"telegram", render_telegram},
             {"ntfy", render_ntfy},
             {"gotify", render_gotify},
             {"apprise", render_apprise},
             {"signal", render_signal},
             {"custom", render_custom}};
#define FIRST_CHAT 5
#define N_FORMS    (sizeof forms / sizeof *forms)

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

/* -- what the chats are promised ---- */
static size_t length_of(const json_t *t, enum prose_unit unit) {
    return prose_length((struct text){json_string_value(t), json_string_length(t)}, unit);
}
static const char *string_in(const json_t *j, const char *a, const char *b) {
    const char *s = json_string_value(json_object_get(a ? json_object_get(j, a) : j, b));
    return s ? s : "";
}
/* No sign that calls somebody stands bare: U+200B follows each. */
static void check_at(const char *s) {
    for (; (s = strchr(s, '@')); s++) assert_memory_equal(s + 1, PROSE_ZW, 3);
}
static void check_discord(const json_t *j) {
    const json_t *embed = json_array_get(json_object_get(j, "embeds"), 0),
                 *footer = json_object_get(json_object_get(embed, "footer"), "text"),
                 *author = json_object_get(json_object_get(embed, "author"), "name"),
                 *title = json_object_get(embed, "title"), *text = json_object_get(embed, "description");
    assert_int_equal(json_array_size(json_object_get(json_object_get(j, "allowed_mentions"), "parse")), 0);
    assert_true(json_is_array(json_object_get(json_object_get(j, "allowed_mentions"), "parse")));
    size_t all = length_of(title, PROSE_UTF16);
    assert_true(all && all <= 256);
    assert_true(length_of(text, PROSE_UTF16) <= 4096);
    all += length_of(text, PROSE_UTF16) + length_of(footer, PROSE_UTF16) + length_of(author, PROSE_UTF16);
    assert_true(all <= 6000);
    check_at(string_in(embed, NULL, "title"));
    check_at(string_in(embed, NULL, "description"));
}
static void check_attachment(const json_t *j) {
    const json_t *one = json_array_get(json_object_get(j, "attachments"), 0);
    check_at(string_in(one, NULL, "title"));
    check_at(string_in(one, NULL, "text"));
    check_at(string_in(one, NULL, "fallback"));
    check_at(string_in(j, NULL, "text"));
    assert_true(strlen(string_in(one, NULL, "title")) > 0);
}
static void check_teams(const struct buf *b, const json_t *j) {
    const json_t *content = json_object_get(json_array_get(json_object_get(j, "attachments"), 0), "content"),
                 *block;
    size_t i;
    assert_true(b->len <= 28 * 1024);
    json_array_foreach(json_object_get(content, "body"), i, block)
        assert_string_equal(string_in(block, NULL, "type"), "RichTextBlock");
    assert_null(strstr(b->ptr, "<at>"));
    assert_null(json_object_get(content, "msteams"));
}
static void check_google(const struct buf *b, const json_t *j) {
    assert_true(b->len <= 32000);
    assert_null(json_object_get(j, "text"));
    const json_t *card = json_object_get(json_array_get(json_object_get(j, "cardsV2"), 0), "card"),
                 *section = json_array_get(json_object_get(card, "sections"), 0), *widget;
    size_t i;
    json_array_foreach(json_object_get(section, "widgets"), i, widget) {
        const char *s = string_in(widget, "textParagraph", "text");
        assert_null(strstr(s, "<users"));
        assert_null(strstr(s, "<script"));
    }
}
static void check_zulip(const struct buf *b) {
    const char *topic = strstr(b->ptr, "&topic=");
    assert_non_null(topic);
    assert_non_null(strstr(b->ptr, "type=stream&to="));
    for (const char *at = strstr(topic, "&content="); (at = strstr(at, "%40"));
         at += 3) /* @ is followed by U+200B */
        assert_memory_equal(at + 3, "%E2%80%8B", 9);
    for (size_t i = 0; i < b->len; i++) assert_true(b->ptr[i] > ' ' && b->ptr[i] < 0x7F);
}
static void check_html(const char *s) {
    assert_null(strstr(s, "<script"));
    assert_null(strstr(s, "</title"));
}
static void check_matrix(const struct buf *b, const json_t *j) {
    assert_true(b->len <= 32768);
    assert_true(json_is_object(json_object_get(j, "m.mentions")));
    assert_int_equal(json_object_size(json_object_get(j, "m.mentions")), 0);
    assert_string_equal(string_in(j, NULL, "msgtype"), "m.notice");
    check_html(string_in(j, NULL, "formatted_body"));
}
static void check_telegram(const json_t *j) {
    assert_true(text_length(j) <= 4096);
    check_html(string_in(j, NULL, "text"));
    check_at(string_in(j, NULL, "text"));
}
static void check_ntfy(const json_t *j) {
    assert_true(length_of(json_object_get(j, "message"), PROSE_BYTES) <= 4096);
    assert_true(length_of(json_object_get(j, "message"), PROSE_BYTES) > 0);
    assert_true(length_of(json_object_get(j, "title"), PROSE_BYTES) <= 250);
    assert_null(json_object_get(j, "markdown"));
}
static void check_chat(const char *name, const struct buf *b) {
    assert_null(strstr(b->ptr, "javascript:"));
    assert_null(strstr(b->ptr, "hunter2"));
    assert_null(strstr(b->ptr, "s3cret"));
    if (!strcmp(name, "zulip")) {
        check_zulip(b);
        return;
    }
    json_t *j = load(b);
    if (!strcmp(name, "discord")) check_discord(j);
    if (!strcmp(name, "mattermost") || !strcmp(name, "rocketchat")) check_attachment(j);
    if (!strcmp(name, "teams")) check_teams(b, j);
    if (!strcmp(name, "google-chat")) check_google(b, j);
    if (!strcmp(name, "matrix")) check_matrix(b, j);
    if (!strcmp(name, "telegram")) check_telegram(j);
    if (!strcmp(name, "ntfy")) check_ntfy(j);
    json_decref(j);
}

static void check_form(size_t form, const struct buf *b) {
    if (form >= FIRST_CHAT) check_chat(forms[form].file, b);
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
    struct render_ask asks[] = {ask_of(), chat_ask()};
    snprintf(path, sizeof path, "%s/posted", folder);
    char *posted = read_file(path, &len);
    asks[1].posted = posted;
    for (size_t i = 0; i < N_FORMS; i++) {
        struct buf out;
        const struct format *format = format_of(forms[i].file);
        if (posted && !(format && format->name_member)) continue;
        buf_init(&out, 1 << 20);
        assert_int_equal(forms[i].render(&asks[i >= FIRST_CHAT], &f, &out), 0);
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
    free(posted);
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
    for (size_t i = 0; i < N_FORMS; i++) {
        struct render_ask ask = i >= FIRST_CHAT ? chat_ask() : ask_of();
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

static void addresses(void **state) {
    (void)state;
    static const struct {
        const char *format, *expected;
    } rows[] = {
        {"discord", "https://chat.example/hook/?wait=true"},
        {"google-chat", "https://chat.example/hook/?messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"},
        {"zulip", "https://chat.example/hook/api/v1/messages"},
        {"matrix", "https://chat.example/hook/_matrix/client/v3/rooms/%21room%3Achat.example/send/"
                   "m.room.message/" KEY},
        {"telegram", "https://api.telegram.org/bot12:s3cret/sendMessage"},
        {"gotify", "https://chat.example/hook/message"},
        {"signal", "https://chat.example/hook/v2/send"},
    };
    const struct facts f = {.kind = KIND_NEW};
    const struct render_ask ask = chat_ask();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out;
        buf_init(&out, 4096);
        assert_int_equal(format_of(rows[i].format)->address(&ask, &f, &out), 0);
        assert_string_equal(buf_str(&out), rows[i].expected);
        buf_clear(&out);
    }
}

static void add_name(void *arg, const char *name, struct text value) {
    (void)value;
    buf_addf(arg, "%s\n", name);
}

/* newsalertd.conf(5) names each fact that a template may ask for, and each format. */
static void manual_names_all(void **state) {
    (void)state;
    char *page = NULL;
    size_t size;
    FILE *out = open_memstream(&page, &size);
    config_keys_man(out);
    fclose(out);
    const char *names = strstr(page, "Names: title, "), *end = names ? strstr(names, "Escapes: ") : NULL;
    assert_non_null(end);
    const struct facts f = {.kind = KIND_NEW, .item = {.published = TIME_NONE, .updated = TIME_NONE}};
    const struct render_ask ask = chat_ask();
    struct buf list;
    buf_init(&list, 4096);
    template_each(&ask, &f, add_name, &list);
    size_t n = 0;
    for (char *name = list.ptr, *next; (next = strchr(name, '\n')); name = next + 1, n++) {
        *next = '\0';
        const char *at = strstr(names, name);
        if (!at || at > end) fail_msg("%s is not in the manual", name);
    }
    assert_true(n >= 14);
    for (size_t i = 0; format_at(i); i++) {
        AUTOFREE char *head = xasprintf("\n*%s*\n\t", format_at(i)->name);
        if (!strstr(page, head)) fail_msg("%s is not in the manual", format_at(i)->name);
    }
    buf_clear(&list);
    free(page);
}

static void templates(void **state) {
    (void)state;
    static const struct {
        const char *body, *type, *why; /* why NULL: it is good */
    } rows[] = {
        {"{\"a\":\"${title}\"}", "application/json", NULL},
        {"{\"a\":${title}}", "application/json", "it is no JSON"},
        {"{\"a\":\"${title|plain}\"}", "application/json", "it is no JSON"},
        {"{\"a\":\"${titel}\"}", "application/json", "${titel} is unknown"},
        {"{\"a\":\"${title|jsno}\"}", "application/json", "jsno is no escape"},
        {"{\"a\":\"${title\"}", "application/json", "is unknown"},
        {"${title", "text/plain", "never closed"},
        {"${if url}x", "text/plain", "without ${end}"},
        {"x${end}", "text/plain", "without ${if"},
        {"{${if url}\"u\":\"${url}\",${end}\"a\":1}", "application/json", NULL},
        {"{${if author}\"u\":1${end}${if url},\"a\":1${end}}", "application/json", NULL},
        {"{\"a\":1${if url},${end}}", "application/json", "hostile text"},
        {"{\"a\":1${if url},\"b\":2${end}${if title}${end}", "application/json", "it is no JSON"},
        {"costs $5, $$5 and ${title|md}", "text/plain", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char why[TEMPLATE_WHY] = "";
        int r = template_check(text_of(rows[i].body), rows[i].type, why);
        if ((r < 0) != (rows[i].why != NULL) || (rows[i].why && !strstr(why, rows[i].why)))
            fail_msg("%s: %d %s", rows[i].body, r, why);
    }
}

static void template_text(void **state) {
    (void)state;
    struct arena a;
    struct facts f;
    facts_in(stored_plain, &a, &f);
    f.item.title = TEXT("a <b> & \"c\"");
    f.item.url = TEXT_NONE;
    const struct render_ask ask = chat_ask();
    static const struct {
        const char *body, *type, *expected;
    } rows[] = {
        {"${title}", "text/html", "a &lt;b&gt; &amp; &quot;c&quot;"},
        {"${title}", "text/plain", "a <b> & \"c\""},
        {"${title}", "application/x-www-form-urlencoded", "a%20%3Cb%3E%20%26%20%22c%22"},
        {"${ title | json }", "text/plain", "a <b> & \\\"c\\\""},
        {"${if url}${if title}x${end}${url}${end}-${if title}y${end}", "text/plain", "-y"},
        {"$$$ $${title}", "text/plain", "$$ ${title}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out;
        buf_init(&out, 4096);
        assert_int_equal(template_render(&ask, &f, text_of(rows[i].body), rows[i].type, &out), 0);
        assert_string_equal(buf_str(&out), rows[i].expected);
        buf_clear(&out);
    }
    arena_clear(&a);
}

/* A later state of a message is put where the service named the first one. */
static void edits(void **state) {
    (void)state;
    struct config_notify n = notify;
    char *rooms[] = {(char[]){"!room:chat.example"}};
    n.url = (char[]){"https://discord.example/api/webhooks/1/token?thread_id=5"};
    n.to = (struct strings){rooms, 1, 1};
    n.token = (char[]){"t0ken"};
    n.story_thread = true;
    struct render_ask ask = {&n, KEY, NULL, "host.example", NOW, false, "1234567890123"};
    struct facts f = {.kind = KIND_EDIT, .alert = TEXT("a"), .fired = NOW, .story = 7, .level = LEVEL_URGENT};
    f.item = (struct item){.title = TEXT("Harbour quiet"), .published = TIME_NONE, .updated = TIME_NONE};
    static const struct {
        const char *format, *address, *body;
    } cases[] = {
        {"discord", "https://discord.example/api/webhooks/1/token/messages/1234567890123?thread_id=5",
         "Harbour quiet"},
        {"telegram", "https://api.telegram.org/bott0ken/editMessageText", "\"message_id\":1234567890123"},
        {"matrix", NULL, "\"m.relates_to\":{\"rel_type\":\"m.replace\",\"event_id\":\"1234567890123\"}"},
        {"ntfy", NULL, "\"priority\":2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct format *format = format_of(cases[i].format);
        struct buf address, body;
        buf_init(&address, 10000);
        buf_init(&body, 1 << 20);
        if (format->address) assert_int_equal(format->address(&ask, &f, &address), 0);
        assert_int_equal(format->render(&ask, &f, &body), 0);
        if (cases[i].address) assert_string_equal(buf_str(&address), cases[i].address);
        assert_non_null(strstr(buf_str(&body), cases[i].body));
        buf_clear(&address);
        buf_clear(&body);
    }
}

static void diffs(void **state) {
    (void)state;
    static const char *const cases[][3] = {
        {"Fire kills 3 in Springfield", "Fire kills 5 in Springfield",
         "Fire kills [-3-] {+5+} in Springfield"},
        {"Mayor resigns", "Mayor does not resign", "Mayor [-resigns-] {+does not resign+}"},
        {"Mayor resigns", "Mayor resigns.", "Mayor resigns."},
        {"One two", "One two three", "One two {+three+}"},
        {"Up -3 today", "Up 3 today", "Up [--3-] {+3+} today"},
        {"Up \xE2\x88\x92"
         "3 today",
         "Up -3 today", "Up -3 today"},
        {"", "New", "{+New+}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf b;
        buf_init(&b, 1000);
        render_diff(text_of(cases[i][0]), text_of(cases[i][1]), &b);
        assert_string_equal(buf_str(&b), cases[i][2]);
        buf_clear(&b);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(manual_names_all),
        cmocka_unit_test(templates),
        cmocka_unit_test(template_text),
        cmocka_unit_test(golden_files),
        cmocka_unit_test(edits),
        cmocka_unit_test(diffs),
        cmocka_unit_test(late_is_said),
        cmocka_unit_test(body_is_capped),
        cmocka_unit_test(halved_is_shorter),
        cmocka_unit_test(threads_have_one_key),
        cmocka_unit_test(table_is_sound),
        cmocka_unit_test(bad_recipient),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
