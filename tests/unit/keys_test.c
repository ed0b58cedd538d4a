#include "unit.h"

#include "base/mem.h"
#include "config/keys.c"

#include <jansson.h>

/* Every row can be documented, found and used. */
static void test_rows(void **state) {
    (void)state;
    for (size_t i = 0; i < N_KEYS; i++) {
        const struct config_key *k = &keys[i];
        enum key_form form;
        struct key_value v;
        char why[KEY_WHY];
        assert_true(k->help && strlen(k->help) > 5 && k->help[strlen(k->help) - 1] == '.');
        assert_true(strlen(k->name) && strspn(k->name, "abcdefghijklmnopqrstuvwxyz_") == strlen(k->name));
        assert_true(*config_key_preset(k));
        assert_true(!i || keys[i - 1].section <= k->section); /* a section's rows stand together */
        assert_true((k->section == SECTION_NOTIFY) == (k->kinds != 0));
        if (k->preset && key_check(k, text_of(k->preset), &v, why) < 0)
            fail_msg("%s = %s: %s", k->name, k->preset, why);
        if (k->type == KEY_CHOICE || k->type == KEY_EITHER) assert_non_null(k->words);
        if (k->max) assert_true(k->min < k->max);
        for (int kind = 0; kind <= NOTIFY_PLUGIN; kind++) {
            if (k->section == SECTION_NOTIFY ? !(k->kinds & KIND(kind)) : kind > 0) continue;
            assert_ptr_equal(key_find_form(k->section, text_of(k->name), (enum notify_kind)kind, &form), k);
            assert_int_equal(form, FORM_PLAIN);
        }
    }
}

/* The keys of the documentation, all of them, with their defaults: a row that is lost is noticed. */
static void test_contract(void **state) {
    (void)state;
    static const struct {
        enum key_section section;
        int kind;
        const char *names;
    } want[] = {
        {SECTION_TOP, 0,
         "include contact state timezone plugins every min_every max_every pace budget parallel "
         "host_parallel host_spacing "
         "timeout allow_private first_run max_item_age keep notices story_window story_threshold outbox_max "
         "once_wait log"},
        {SECTION_FEED, 0,
         "url path command every min_every max_every timeout hints delta tags publisher language header user "
         "password "
         "password_file token_credential proxy ca_file allow_private first_run max_item_age max_size "
         "enabled"},
        {SECTION_OPML, 0, "path every tags token enabled"},
        {SECTION_ALERT, 0,
         "query feeds notify level updates group window sources unconfirmed follow_up limit quiet digest "
         "timezone enabled"},
        {SECTION_NOTIFY, NOTIFY_PLUGIN,
         "kind levels rate in_flight timeout retry_first retry_max retry_for max_age quiet digest timezone "
         "break_through "
         "excerpt link enabled"},
        {SECTION_NOTIFY, NOTIFY_WEBHOOK,
         "format url url_file url_credential secret secret_file token user password from to channel username "
         "topic api "
         "header ca_file proxy story_thread method content_type body body_file success success_body"},
        {SECTION_NOTIFY, NOTIFY_EMAIL,
         "server command tls ca_file user password password_file oauth_token oauth_token_credential from to "
         "cc bcc hello"},
        {SECTION_NOTIFY, NOTIFY_COMMAND, "command"},
        {SECTION_NOTIFY, NOTIFY_TERMINAL, "color width"},
        {SECTION_PLUGIN, 0, "enabled"},
        {SECTION_WEBSUB, 0, "callback listen path"},
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        for (const char *at = want[i].names; *at;) {
            size_t len = strcspn(at, " ");
            enum key_form form;
            if (!key_find_form(want[i].section, (struct text){at, len}, (enum notify_kind)want[i].kind,
                               &form))
                fail_msg("%.*s is no key", (int)len, at);
            at += len + (at[len] == ' ');
        }
    enum key_form form;
    assert_null(key_find(SECTION_NOTIFY, TEXT("server"), NOTIFY_WEBHOOK));
    assert_null(key_find(SECTION_OPML, TEXT("url"), 0));
    assert_null(key_find_form(SECTION_FEED, TEXT("user_file"), 0, &form));
    assert_null(key_find_form(SECTION_FEED, TEXT("_file"), 0, &form));
    assert_string_equal(key_nearest(SECTION_FEED, TEXT("evrey"), 0), "every");
    assert_null(key_nearest(SECTION_FEED, TEXT("colour"), 0));
}

static void test_check(void **state) {
    (void)state;
    static const struct {
        enum key_section section;
        const char *key, *value, *why; /* NULL: fine */
        int64_t n;
    } cases[] = {
        {SECTION_TOP, "every", "auto", NULL, 0},
        {SECTION_TOP, "every", "90s", NULL, 90000},
        {SECTION_TOP, "every", "5x", "is not a duration such as 90s, 5m, 1h30m or 2d, nor auto", 0},
        {SECTION_TOP, "every", "0s", "is out of range (1s to 30d)", 0},
        {SECTION_TOP, "every", "", "the value is empty", 0},
        {SECTION_TOP, "first_run", "NONE", NULL, FIRST_RUN_NONE},
        {SECTION_TOP, "first_run", "all", NULL, FIRST_RUN_ALL},
        {SECTION_TOP, "parallel", "0", "is out of range (1 to 1024)", 0},
        {SECTION_TOP, "parallel", "many", "is not a whole number", 0},
        {SECTION_TOP, "story_threshold", "1.5", "is out of range (0 to 1)", 0},
        {SECTION_TOP, "story_threshold", "0.5", NULL, 0},
        {SECTION_TOP, "log", "wraning", "is none of error, warning, info, debug; did you mean warning?", 0},
        {SECTION_ALERT, "follow_up", "none", NULL, -1},
        {SECTION_ALERT, "group", "story", NULL, 1},
        {SECTION_ALERT, "level", "loud", "is none of routine, urgent, flash", 0},
        {SECTION_FEED, "tags", "a,,b", "nothing stands between two commas", 0},
        {SECTION_FEED, "publisher", "", NULL, 0},
        {SECTION_FEED, "publisher", "a\nb", "holds a line break or control character", 0},
        {SECTION_FEED, "max_size", "17MiB", "is out of range (1024 to 16777216)", 0},
        {SECTION_FEED, "enabled", "maybe", "is neither yes nor no", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct key_value v = {.n = 77};
        char why[KEY_WHY];
        const struct config_key *k = key_find(cases[i].section, text_of(cases[i].key), 0);
        int r = key_check(k, text_of(cases[i].value), &v, why);
        assert_int_equal(r, cases[i].why ? -1 : 0);
        if (cases[i].why)
            assert_string_equal(why, cases[i].why);
        else
            assert_int_equal(v.n, cases[i].n);
    }
}

static void test_help(void **state) {
    (void)state;
    AUTOFREE char *all = config_key_help(NULL), *every = config_key_help("every"),
                  *one = config_key_help("feed.every");
    AUTOFREE char *section = config_key_help("notify"), *secret = config_key_help("token_file");
    for (size_t i = 0; i < N_KEYS; i++) assert_non_null(strstr(all, keys[i].name));
    assert_non_null(strstr(every, "top level"));
    assert_non_null(strstr(every, "[feed NAME]"));
    assert_null(strstr(one, "top level"));
    assert_non_null(strstr(one, "as at the top"));
    /* "notify" is a section and an alert's key. */
    assert_non_null(strstr(section, "[alert NAME]"));
    assert_non_null(strstr(section, "retry_first"));
    assert_non_null(strstr(secret, "token_credential"));
    assert_null(config_key_help("frist_run"));
    assert_null(config_key_help("alert.url"));
}

static void test_json(void **state) {
    (void)state;
    char *text = NULL;
    size_t size = 0, lines = 0;
    FILE *f = open_memstream(&text, &size);
    assert_int_equal(config_keys_json(NULL, f), 0);
    assert_int_equal(config_keys_json("nope", f), -1);
    fclose(f);
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1, lines++) {
        json_t *j = json_loadb(line, (size_t)(end - line), 0, NULL);
        assert_string_equal(json_string_value(json_object_get(j, "key")), keys[lines].name);
        json_decref(j);
    }
    assert_int_equal(lines, N_KEYS);
    free(text);
}

static void test_man(void **state) {
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    config_keys_man(f);
    fclose(f);
    static const char *const parts[] = {
        "newsalertd.conf(5)\n", "# NAME\n",     "# SYNTAX\n",   "# FEED\n",      "## kind = email\n",
        "# SECRETS\n",          "# EXAMPLES\n", "# SEE ALSO\n", "*min\\_every*", "*url\\_credential*"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!strstr(text, parts[i])) fail_msg("the page lacks %s", parts[i]);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows), cmocka_unit_test(test_contract), cmocka_unit_test(test_check),
        cmocka_unit_test(test_help), cmocka_unit_test(test_json),     cmocka_unit_test(test_man),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
