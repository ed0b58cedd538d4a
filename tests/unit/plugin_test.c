/* Loading: whom it trusts, what it refuses, and what it says. The plugins are those of tests/plugins. */
#include "unit.h"

#include "plugin/plugin.h"

#include "base/mem.h"
#include "plugin/trust.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONF "/etc/news/conf"

static char *new_folder(void) {
    char *path = xasprintf("%s/plugins-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    assert_non_null(mkdtemp(path));
    assert_int_equal(chmod(path, 0755), 0);
    return path;
}

static void write_file(const char *path, const char *bytes, size_t n) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), n);
    close(fd);
    assert_int_equal(chmod(path, 0644), 0);
}

/* Puts plugins of the tests into a folder. */
static void put(const char *folder, const char *name) {
    AUTOFREE char *from = xasprintf(TEST_BUILD "/tests/plugins/%s.so", name);
    AUTOFREE char *to = xasprintf("%s/%s.so", folder, name);
    int fd = open(from, O_RDONLY | O_CLOEXEC);
    if (fd < 0) fail_msg("%s is not built (make badplugins)", from);
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    AUTOFREE char *bytes = xmalloc((size_t)st.st_size);
    assert_int_equal(read(fd, bytes, (size_t)st.st_size), st.st_size);
    close(fd);
    write_file(to, bytes, (size_t)st.st_size);
}

static void remove_folder(char **path) {
    static const char *const names[] = {
        "old_abi.so",  "old_symbol.so", "missing_symbol.so", "new_abi.so",   "liar.so",    "talker.so",
        "misnamed.so", "thief.so",      "twin_a.so",         "twin_b.so",    "refuses.so", "empty.so",
        "needy.so",    "bad_option.so", "needy.bin",         "messenger.so", "garbage.so", "not a name.so",
        "folder.so",   "notes.txt",     ".hidden.so"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        AUTOFREE char *file = xasprintf("%s/%s", *path, names[i]);
        if (unlink(file)) rmdir(file);
    }
    assert_int_equal(rmdir(*path), 0);
    free(*path);
}
#define FOLDER CLEANUP(remove_folder) char *

static struct plugins *load(const char *builtin, const struct config *config, struct problems *problems) {
    const struct plugin_places places = {.builtin = builtin, .data = builtin};
    struct plugins *p = plugins_load_from(&places, config, problems);
    assert_non_null(p);
    problems_sort(problems);
    return p;
}

/* Exactly one problem, and it says both. */
static void assert_says(const struct problems *problems, const char *one, const char *two) {
    if (problems->n != 1) {
        problems_print(problems, stdout);
        fail_msg("%zu problems", problems->n);
    }
    AUTOFREE char *line = problem_format(&problems->list[0]);
    if (!strstr(line, one) || !strstr(line, two)) fail_msg("%s\nlacks: %s\nor: %s", line, one, two);
}

/* ---- good ones ----------------------------------------------------------------------------------------- */

static void test_loads(void **state) {
    (void)state;
    FOLDER folder = new_folder();
    struct problems problems = PROBLEMS_INIT;
    size_t n;
    put(folder, "talker");
    put(folder, "new_abi");
    AUTOFREE char *text = xasprintf("%s/notes.txt", folder), *hidden = xasprintf("%s/.hidden.so", folder);
    write_file(text, "no plugin", 9);
    write_file(hidden, "half copied", 11);
    struct plugins *p = load(folder, NULL, &problems);
    assert_int_equal(problems.n, 0);
    assert_int_equal(plugins_count(p), 2);
    assert_string_equal(plugin_description(plugins_at(p, 0))->name, "new_abi");
    assert_null(plugins_at(p, 2));
    struct plugin *talker = plugins_by_name(p, "talker");
    assert_ptr_equal(talker, plugins_at(p, 1));
    assert_ptr_equal(talker, plugins_by_prefix(p, TEXT("talker")));
    assert_ptr_equal(talker, plugins_by_prefix(p, TEXT("Talker")));
    assert_null(plugins_by_prefix(p, TEXT("talk")));
    assert_null(plugins_by_prefix(p, TEXT("")));
    assert_non_null(plugins_prefixes(p, &n));
    assert_int_equal(n, 2);
    AUTOFREE char *file = xasprintf("%s/talker.so", folder);
    assert_string_equal(plugin_file(talker), file);
    char why[200] = "x";
    assert_false(plugin_degraded(talker, why, sizeof why));
    assert_string_equal(why, "");
    plugins_free(p);
    assert_null(plugins_free(NULL));
}

/* A second setup stands beside the first, with the same code; a file that changed since is named. */
static void test_loads_again(void **state) {
    (void)state;
    FOLDER folder = new_folder();
    struct problems problems = PROBLEMS_INIT;
    put(folder, "talker");
    struct plugins *first = load(folder, NULL, &problems), *second = load(folder, NULL, &problems);
    assert_int_equal(problems.n, 0);
    assert_ptr_not_equal(plugins_at(first, 0), plugins_at(second, 0));
    assert_ptr_equal(plugin_description(plugins_at(first, 0)), plugin_description(plugins_at(second, 0)));
    plugins_free(first);
    AUTOFREE char *file = xasprintf("%s/talker.so", folder);
    assert_int_equal(unlink(file), 0);
    put(folder, "talker");
    struct plugins *third = load(folder, NULL, &problems);
    assert_int_equal(problems.errors, 0);
    assert_says(&problems, "talker.so: warning: has changed", "Restart newsalertd");
    assert_int_equal(plugins_count(third), 1);
    plugins_free(second);
    plugins_free(third);
    problems_clear(&problems);
}

/* Two folders with a file of one name each: each gets its own, though the name was loaded before. */
static void test_same_name_elsewhere(void **state) {
    (void)state;
    FOLDER one = new_folder();
    FOLDER two = new_folder();
    struct problems problems = PROBLEMS_INIT;
    put(one, "talker");
    put(two, "talker");
    struct plugins *p = load(one, NULL, &problems), *q = load(two, NULL, &problems);
    assert_int_equal(problems.n, 0);
    assert_ptr_not_equal(plugin_description(plugins_at(p, 0)), plugin_description(plugins_at(q, 0)));
    plugins_free(p);
    plugins_free(q);
    char *folders[] = {two, two, one};
    const struct config config = {.file = (char *)CONF, .plugin_folders = {folders, 3, 3}};
    p = load(one, &config, &problems);
    assert_says(&problems, two, "talker.so is in another folder");
    plugins_free(p);
    problems_clear(&problems);
}

/* ---- bad ones ------------------------------------------------------------------------------------------ */

static void test_bad_files(void **state) {
    (void)state;
    static const struct {
        const char *name, *what, *to_do;
    } rows[] = {
        {"old_abi", "older, unfinished interface", "Build it against"},
        {"old_symbol", "exports no newsalert_plugin_1()", "Build it against"},
        {"missing_symbol", "newsalert_nobody_has_this", "Build it against"},
        {"misnamed", "calls itself \"keyword\"", "one name"},
        {"thief", "claims the prefix title:", "Take this plugin out"},
        {"refuses", "did not open", "[plugin refuses]"},
        {"bad_option", "the default of its option radius, \"900\"", "int 1..500"},
        {"empty", "neither matches nor notifies", "Build it against"},
        {"garbage", "cannot be loaded", "take it out"},
        {"folder", "not a plain file", "folder.so"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        FOLDER folder = new_folder();
        struct problems problems = PROBLEMS_INIT;
        AUTOFREE char *file = xasprintf("%s/%s.so", folder, rows[i].name);
        if (!strcmp(rows[i].name, "garbage"))
            write_file(file, "no shared object", 16);
        else if (!strcmp(rows[i].name, "folder"))
            assert_int_equal(mkdir(file, 0755), 0);
        else
            put(folder, rows[i].name);
        put(folder, "talker");
        struct plugins *p = load(folder, NULL, &problems);
        assert_int_equal(problems.errors, 1);
        assert_says(&problems, rows[i].what, rows[i].to_do);
        assert_string_equal(problems.list[0].file, file);
        assert_null(strstr(problems.list[0].what, "/proc/self"));
        /* The others are not disturbed. */
        assert_int_equal(plugins_count(p), 1);
        plugins_free(p);
        problems_clear(&problems);

        /* Switched off, it does no harm, and is not even loaded. */
        struct config_plugin off = {(char *)rows[i].name, {CONF, 3}, false, {0}};
        const struct config config = {.file = (char *)CONF, .plugins = &off, .n_plugins = 1};
        p = load(folder, &config, &problems);
        assert_int_equal(problems.n, 0);
        assert_int_equal(plugins_count(p), 1);
        plugins_free(p);
    }
}

static void test_twins(void **state) {
    (void)state;
    FOLDER folder = new_folder();
    struct problems problems = PROBLEMS_INIT;
    put(folder, "twin_a");
    put(folder, "twin_b");
    struct plugins *p = load(folder, NULL, &problems);
    assert_says(&problems, "twin_b.so: claims the prefix \"twin:\"", "twin_a.so has already");
    assert_int_equal(plugins_count(p), 1);
    plugins_free(p);
    problems_clear(&problems);
}

static void test_bad_names(void **state) {
    (void)state;
    FOLDER folder = new_folder();
    struct problems problems = PROBLEMS_INIT;
    AUTOFREE char *file = xasprintf("%s/not a name.so", folder), *linked = xasprintf("%s/garbage.so", folder);
    write_file(file, "", 0);
    struct plugins *p = load(folder, NULL, &problems);
    assert_says(&problems, "\"not a name.so\"", "Rename it");
    plugins_free(p);
    problems_clear(&problems);
    unlink(file);
    assert_int_equal(symlink(TEST_BUILD "/tests/plugins/talker.so", linked), 0);
    p = load(folder, NULL, &problems);
    assert_says(&problems, "symbolic link", "Put the file itself there");
    plugins_free(p);
    problems_clear(&problems);
}

static void test_missing_folder(void **state) {
    (void)state;
    FOLDER folder = new_folder();
    struct problems problems = PROBLEMS_INIT;
    AUTOFREE char *absent = xasprintf("%s/absent", folder);
    struct plugins *p = load(absent, NULL, &problems);
    assert_says(&problems, absent, "make install");
    plugins_free(p);
    problems_clear(&problems);
    const struct config config = {.file = (char *)CONF, .plugin_folders = {&absent, 1, 1}};
    p = load(folder, &config, &problems);
    assert_says(&problems, absent, "take it out of `plugins =`");
    plugins_free(p);
    problems_clear(&problems);
}

/* ---- trust --------------------------------------------------------------------------------------------- */

static void assert_untrusted(const char *folder, const char *path, const char *what, const char *to_do) {
    struct problems problems = PROBLEMS_INIT;
    char *folders[] = {(char *)folder};
    FOLDER empty = new_folder();
    const struct config config = {.file = (char *)CONF, .plugin_folders = {folders, 1, 1}};
    for (int builtin = 0; builtin < 2; builtin++) {
        struct plugins *p = load(builtin ? folder : empty, builtin ? NULL : &config, &problems);
        assert_says(&problems, what, to_do);
        assert_string_equal(problems.list[0].file, path);
        assert_int_equal(plugins_count(p), 0);
        plugins_free(p);
        problems_clear(&problems);
    }
}

static void test_writable(void **state) {
    (void)state;
    FOLDER folder = new_folder();
    AUTOFREE char *file = xasprintf("%s/talker.so", folder);
    AUTOFREE char *mend_file = xasprintf("chmod go-w %s", file),
                  *mend_folder = xasprintf("chmod go-w %s", folder);
    put(folder, "talker");
    assert_int_equal(chmod(file, 0646), 0);
    assert_untrusted(folder, file, "writable by everybody", mend_file);
    assert_int_equal(chmod(file, 0664), 0);
    assert_untrusted(folder, file, "writable by its group", mend_file);
    assert_int_equal(chmod(file, 0644), 0);
    assert_int_equal(chmod(folder, 01777), 0);
    assert_untrusted(folder, folder, "writable by everybody", mend_folder);
    assert_int_equal(chmod(folder, 0775), 0);
    assert_untrusted(folder, folder, "writable by its group", mend_folder);
    assert_int_equal(chmod(folder, 0755), 0);
    struct problems problems = PROBLEMS_INIT;
    struct plugins *p = load(folder, NULL, &problems);
    assert_int_equal(plugins_count(p), 1);
    plugins_free(p);
}

static void test_foreign(void **state) {
    (void)state;
    if (geteuid() != 0) {
        print_message("only root can give a file away: skipped\n");
        skip();
    }
    FOLDER folder = new_folder();
    AUTOFREE char *file = xasprintf("%s/talker.so", folder);
    AUTOFREE char *mend_file = xasprintf("chown 0 %s", file), *mend_folder = xasprintf("chown 0 %s", folder);
    put(folder, "talker");
    assert_int_equal(chown(file, 12345, 12345), 0);
    assert_untrusted(folder, file, "belongs to uid 12345", mend_file);
    assert_int_equal(chown(file, 0, 0), 0);
    assert_int_equal(chown(folder, 12345, 12345), 0);
    assert_untrusted(folder, folder, "belongs to uid 12345", mend_folder);
    assert_int_equal(chown(folder, 0, 0), 0);
}

/* As under PrivateUsers=yes: what is not ours appears as the overflow uid, which is root's there only. */
static void test_namespace(void **state) {
    (void)state;
    FOLDER folder = new_folder();
    FOLDER empty = new_folder();
    struct problems problems = PROBLEMS_INIT;
    const struct trust caged = {.user = geteuid() + 1, .overflow = geteuid(), .root_mapped = false};
    char *folders[] = {folder};
    const struct config config = {.file = (char *)CONF, .plugin_folders = {folders, 1, 1}};
    struct plugin_places places = {.builtin = folder, .trust = &caged};
    put(folder, "talker");
    struct plugins *p = plugins_load_from(&places, NULL, &problems);
    assert_int_equal(problems.n, 0);
    assert_int_equal(plugins_count(p), 1);
    plugins_free(p);
    places.builtin = empty;
    p = plugins_load_from(&places, &config, &problems);
    assert_says(&problems, folder, "PrivateUsers=yes");
    plugins_free(p);
    problems_clear(&problems);
}

/* ---- configuration ------------------------------------------------------------------------------------- */

static void test_sections(void **state) {
    (void)state;
    FOLDER folder = new_folder();
    struct problems problems = PROBLEMS_INIT;
    put(folder, "new_abi");
    put(folder, "messenger");
    struct option_value wrong[] = {{(char *)"radius", (char *)"900", {CONF, 4}},
                                   {(char *)"mdoe", (char *)"far", {CONF, 5}}};
    struct option_value late[] = {{(char *)"wait", (char *)"soon", {CONF, 12}}};
    struct config_plugin sections[] = {{(char *)"new_abi", {CONF, 3}, true, {wrong, 2, 2}},
                                       {(char *)"newabi", {CONF, 6}, true, {0}},
                                       {(char *)"zebra", {CONF, 7}, false, {0}}};
    struct config_notify notifiers[] = {
        {.name = (char *)"a",
         .at = {CONF, 9},
         .kind_at = {CONF, 9},
         .kind = NOTIFY_PLUGIN,
         .kind_name = (char *)"messager",
         .enabled = true},
        {.name = (char *)"b",
         .at = {CONF, 10},
         .kind_at = {CONF, 10},
         .kind = NOTIFY_PLUGIN,
         .kind_name = (char *)"new_abi",
         .enabled = true},
        {.name = (char *)"c",
         .at = {CONF, 11},
         .kind_at = {CONF, 11},
         .kind = NOTIFY_PLUGIN,
         .kind_name = (char *)"messenger",
         .enabled = true,
         .options = {late, 1, 1}},
        {.name = (char *)"d",
         .at = {CONF, 14},
         .kind_at = {CONF, 14},
         .kind = NOTIFY_WEBHOOK,
         .kind_name = (char *)"webhook",
         .enabled = true},
        {.name = (char *)"e",
         .at = {CONF, 15},
         .kind_at = {CONF, 15},
         .kind = NOTIFY_PLUGIN,
         .kind_name = (char *)"fax",
         .enabled = false},
    };
    const struct config config = {
        .file = (char *)CONF, .plugins = sections, .n_plugins = 3, .notifiers = notifiers, .n_notifiers = 5};
    struct plugins *p = load(folder, &config, &problems);
    static const char *const said[] = {
        CONF ":4: radius = 900: this must be a whole number from 1 to 500",
        CONF ":5: [plugin new_abi] has no option \"mdoe\"; did you mean mode?",
        CONF ":6: [plugin newabi]: there is no such plugin in the plugin folders; did you mean new_abi?",
        CONF ":7: [plugin zebra]: there is no such plugin in the plugin folders. Install it, or take the "
             "section out",
        CONF ":9: [notify a]: kind = messager: there is no such kind; did you mean messenger? Known: email, "
             "webhook, "
             "command, terminal, messenger",
        CONF ":10: [notify b]: the plugin new_abi does not notify, so it is no kind of [notify]",
        CONF ":12: wait = soon: this must be a duration such as 90s, 5m or 1h30m",
        CONF
        ":15: [notify e]: kind = fax: there is no such kind, built in or by a plugin. Known: email, webhook, "
        "command, terminal, messenger",
    };
    for (size_t i = 0; i < problems.n; i++) {
        AUTOFREE char *line = problem_format(&problems.list[i]);
        if (i < 8) assert_string_equal(line, said[i]);
    }
    assert_int_equal(problems.n, 8);
    plugins_free(p);
    problems_clear(&problems);
}

/* Values reach the plugin in one spelling, and data files by their plain names; needy.c checks them. */
static void test_options_and_data(void **state) {
    (void)state;
    FOLDER folder = new_folder();
    struct problems problems = PROBLEMS_INIT;
    put(folder, "needy");
    AUTOFREE char *data = xasprintf("%s/needy.bin", folder);
    write_file(data, "data", 4);
    struct option_value values[] = {{(char *)"index", (char *)"/srv/index", {CONF, 4}},
                                    {(char *)"exact", (char *)"ON", {CONF, 5}},
                                    {(char *)"threshold", (char *)".25", {CONF, 6}},
                                    {(char *)"room", (char *)"2 MiB", {CONF, 7}},
                                    {(char *)"mode", (char *)"Far", {CONF, 8}}};
    struct config_plugin section = {(char *)"needy", {CONF, 3}, true, {values, 5, 5}};
    const struct config config = {.file = (char *)CONF, .plugins = &section, .n_plugins = 1};
    struct plugins *p = load(folder, &config, &problems);
    if (problems.n) problems_print(&problems, stdout);
    assert_int_equal(problems.n, 0);
    assert_int_equal(plugins_count(p), 1);
    plugins_free(p);

    /* Data that others can write is not handed out. */
    assert_int_equal(chmod(data, 0666), 0);
    p = load(folder, &config, &problems);
    assert_says(&problems, "needy.so: did not open", "[plugin needy]");
    plugins_free(p);
    problems_clear(&problems);

    /* What must be set: without a section, with an empty one, and where no configuration was read. */
    section.options.n = 0;
    p = load(folder, &config, &problems);
    assert_says(&problems, CONF ":3: [plugin needy] needs index", "Where the index is.");
    plugins_free(p);
    problems_clear(&problems);
    const struct config without = {.file = (char *)CONF};
    p = load(folder, &without, &problems);
    assert_says(&problems, CONF ": a section [plugin needy] with index = … is needed", "Where");
    plugins_free(p);
    problems_clear(&problems);
    p = load(folder, NULL, &problems);
    assert_int_equal(problems.errors, 0);
    assert_says(&problems, "is left out", "-c FILE");
    plugins_free(p);
    problems_clear(&problems);
}

/* One that only notifies is opened only where a notifier asks. */
static void test_notifier_on_demand(void **state) {
    (void)state;
    FOLDER folder = new_folder();
    struct problems problems = PROBLEMS_INIT;
    put(folder, "messenger");
    struct config_notify n = {.name = (char *)"a",
                              .at = {CONF, 9},
                              .kind_at = {CONF, 9},
                              .kind = NOTIFY_PLUGIN,
                              .kind_name = (char *)"messenger",
                              .enabled = true};
    struct config_plugin off = {(char *)"messenger", {CONF, 3}, false, {0}};
    struct config config = {.file = (char *)CONF, .notifiers = &n, .n_notifiers = 1};
    struct plugins *p = load(folder, NULL, &problems);
    assert_int_equal(plugins_count(p), 0);
    plugins_free(p);
    p = load(folder, &config, &problems);
    assert_int_equal(plugins_count(p), 1);
    plugins_free(p);
    n.enabled = false;
    p = load(folder, &config, &problems);
    assert_int_equal(plugins_count(p), 0);
    plugins_free(p);
    assert_int_equal(problems.n, 0);
    n.enabled = true;
    config.plugins = &off;
    config.n_plugins = 1;
    p = load(folder, &config, &problems);
    assert_says(&problems, CONF ":9: [notify a]: its plugin is switched off", "[plugin messenger]");
    plugins_free(p);
    problems_clear(&problems);
}

static void test_builtin_folder(void **state) {
    (void)state;
    const char *folder = plugins_builtin_folder();
    assert_true(*folder == '/');
    assert_ptr_equal(folder, plugins_builtin_folder());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loads),
        cmocka_unit_test(test_loads_again),
        cmocka_unit_test(test_same_name_elsewhere),
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_twins),
        cmocka_unit_test(test_bad_names),
        cmocka_unit_test(test_missing_folder),
        cmocka_unit_test(test_writable),
        cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_namespace),
        cmocka_unit_test(test_sections),
        cmocka_unit_test(test_options_and_data),
        cmocka_unit_test(test_notifier_on_demand),
        cmocka_unit_test(test_builtin_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
