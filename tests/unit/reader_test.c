#include "unit.h"

#include "config/reader.c"

#include <sys/stat.h>
#include <unistd.h>

/* Everything the reader understood, as text: "[kind|name] line", "key=value line". */
static char *dump(const struct raw *r) {
    struct buf out;
    buf_init(&out, 1 << 20);
    for (size_t i = 0; i < r->top.n; i++)
        buf_addf(&out, "%.*s=%.*s %u\n", TEXT_ARGS(r->top.list[i].name), TEXT_ARGS(r->top.list[i].value),
                 r->top.list[i].line);
    for (size_t s = 0; s < r->n_sections; s++) {
        const struct raw_section *x = &r->sections[s];
        buf_addf(&out, "[%.*s|%.*s] %u\n", TEXT_ARGS(x->kind), TEXT_ARGS(x->name), x->line);
        for (size_t i = x->first; i < x->first + x->n; i++)
            buf_addf(&out, "%.*s=%.*s %u\n", TEXT_ARGS(r->keys.list[i].name),
                     TEXT_ARGS(r->keys.list[i].value), r->keys.list[i].line);
    }
    return buf_steal(&out);
}

static char *said(struct problems *p) {
    struct buf out;
    buf_init(&out, 1 << 20);
    problems_sort(p);
    for (size_t i = 0; i < p->n; i++) {
        AUTOFREE char *line = problem_format(&p->list[i]);
        buf_addf(&out, "%s\n", line);
    }
    return buf_steal(&out);
}

static void check_bytes(struct text bytes, const char *want, const char *want_said) {
    struct problems p = PROBLEMS_INIT;
    struct raw r;
    raw_init(&r);
    raw_read_bytes(&r, "n.conf", bytes, &p);
    AUTOFREE char *got = dump(&r), *got_said = said(&p);
    assert_string_equal(got, want);
    assert_string_equal(got_said, want_said);
    raw_clear(&r);
    problems_clear(&p);
}

static void test_lines(void **state) {
    (void)state;
    static const struct {
        const char *text, *want, *said;
    } cases[] = {
        {"", "", ""},
        {"a=1", "a=1 1\n", ""},
        {"# no\n; no\n  # no\n\n \t\na = b # is text\n", "a=b # is text 6\n", ""},
        {"\xEF\xBB\xBF"
         "A = 1\r\n\r\n[Feed x]\r\n  Every\t= 5m \r\n",
         "a=1 1\n[feed|x] 3\nevery=5m 4\n", ""},
        {"q = a = b == c\n", "q=a = b == c 1\n", ""},
        {"[alert two words ]\nquery = ICE\n", "[alert|two words] 1\nquery=ICE 2\n", ""},
        {"[ feed  x ]\n", "[feed|x] 1\n", ""},
        {"[feed a]b]\n", "[feed|a]b] 1\n", ""},
        {"[websub]\n", "[websub|] 1\n", ""},
        {"a = \n", "a= 1\n", ""},
        /* continuation: whatever the next line starts with, one space, and the place of the first line */
        {"q = one \\\n   #ICE \\\n\t[x]\nb = 2\n", "q=one #ICE [x] 1\nb=2 4\n", ""},
        {"q = one\\\r\n  two\r\n", "q=one two 1\n", ""},
        {"q = one\\", "q=one 1\n", ""},
        {"q = one\\\n\nb=1\n", "q=one 1\nb=1 3\n", ""},
        {"# a comment goes not on \\\nb=1\n", "b=1 2\n", ""},
        /* mistakes; keys of a section that cannot be read are not the next section's, nor the last one's */
        {"nothing\n= x\na=1\n", "a=1 3\n",
         "n.conf:1: neither a [section] nor key = value\nn.conf:2: the key before the = is missing\n"},
        {"[feed a]\nx=1\n[feed b\ny=2\n[feed c] # no\nz=3\n[feed d]\nv=4\n",
         "[feed|a] 1\nx=1 2\n[feed|d] 7\nv=4 8\n",
         "n.conf:3: the ] of this section is missing: write [kind name]\n"
         "n.conf:5: nothing may stand behind the ] of a section; a comment needs a line of its own\n"},
        {"a=\xFF\nb=\xC3\xA9\nc=\xED\xA0\x80\nd=\xC0\xAF\ne=\xE2\x82\n", "b=\xC3\xA9 2\n",
         "n.conf:1: not UTF-8; save the file as UTF-8\nn.conf:3: not UTF-8; save the file as UTF-8\n"
         "n.conf:4: not UTF-8; save the file as UTF-8\nn.conf:5: not UTF-8; save the file as UTF-8\n"},
        {"[feed a]\ninclude = x\n", "[feed|a] 1\n",
         "n.conf:2: include must stand before the first [section]\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_bytes(text_of(cases[i].text), cases[i].want, cases[i].said);
}

static void test_nul(void **state) {
    (void)state;
    check_bytes(TEXT("a=1\nb=\0\n"), "",
                "n.conf:2: a NUL byte; save the file as UTF-8 (nothing of it was read)\n");
    check_bytes(TEXT("\xFF\xFE"
                     "a\0=\0"),
                "", "n.conf:1: a NUL byte; save the file as UTF-8 (nothing of it was read)\n");
}

static void test_long_lines(void **state) {
    (void)state;
    size_t len = LIMIT_CONFIG_LINE;
    char *text = xmalloc(len + 32);
    memset(text, 'x', len);
    memcpy(text, "a=", 2);
    memcpy(text + len, "\nb=1\n", 6);
    struct problems p = PROBLEMS_INIT;
    struct raw r;
    raw_init(&r);
    raw_read_bytes(&r, "n.conf", text_of(text), &p);
    assert_int_equal(p.errors, 0);
    assert_int_equal(r.top.n, 2);
    assert_int_equal(r.top.list[0].value.len, len - 2);
    raw_clear(&r);
    memcpy(text + len, "y\nb=1\n", 7);
    check_bytes(text_of(text), "b=1 2\n", "n.conf:1: a line of more than 64 KiB; left out\n");
    free(text);
    problems_clear(&p);
}

static void test_expand(void **state) {
    (void)state;
    static const struct {
        const char *value, *want, *why;
    } cases[] = {
        {"plain", "plain", NULL},
        {"$$5 and $x and $", "$5 and $x and $", NULL},
        {"a${NA_ONE}b${NA_ONE}", "aeinsbeins", NULL},
        {"${NA_NOT:-de fault}${NA_EMPTY:-x}${NA_EMPTY}", "de faultx", NULL},
        {"${NA_ONE:-no}", "eins", NULL},
        {"$${NA_ONE}", "${NA_ONE}", NULL},
        {"${NA_DOLLAR}", "${NA_ONE}", NULL}, /* once, not again */
        {"${NA_NOT:-}", "", NULL},
        {"${NA_NOT}", NULL,
         "the environment variable NA_NOT is not set; set it, or write ${NA_NOT:-default}"},
        {"${NA_ONE", NULL, "the } of ${…} is missing ($$ is a dollar sign)"},
        {"${}", NULL, "${}: write ${NAME} or ${NAME:-default} ($$ is a dollar sign)"},
        {"${a b}", NULL, "${a b}: write ${NAME} or ${NAME:-default} ($$ is a dollar sign)"},
        {"${9A}", NULL, "${9A}: write ${NAME} or ${NAME:-default} ($$ is a dollar sign)"},
    };
    setenv("NA_ONE", "eins", 1);
    setenv("NA_EMPTY", "", 1);
    setenv("NA_DOLLAR", "${NA_ONE}", 1);
    unsetenv("NA_NOT");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTOFREE char *got = NULL, *why = NULL;
        int r = raw_expand(text_of(cases[i].value), &got, &why);
        assert_int_equal(r, cases[i].want ? 0 : -1);
        if (cases[i].want)
            assert_string_equal(got, cases[i].want);
        else
            assert_string_equal(why, cases[i].why);
    }
}

/* ---- files ---- */

static char folder[] = "/tmp/newsalert-reader-XXXXXX";

static void put(const char *name, const char *text) {
    FILE *f = fopen(name, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static int in_folder(void **state) {
    (void)state;
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int clean(void **state) {
    (void)state;
    static const char *const files[] = {"m.conf",           "feeds.d/b.conf",  "feeds.d/a.conf",
                                        "feeds.d/c.txt",    "m.conf.d/z.conf", "m.conf.d/a.conf",
                                        "m.conf.d/.x.conf", "m.conf.d/no"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) unlink(files[i]);
    for (int i = 0; i < 20; i++) {
        char name[32];
        snprintf(name, sizeof name, "deep%d.conf", i);
        unlink(name);
    }
    rmdir("feeds.d");
    rmdir("m.conf.d");
    return chdir("/") == 0 ? rmdir(folder) : -1;
}

static void check_file(const char *want, const char *want_said) {
    struct problems p = PROBLEMS_INIT;
    struct raw r;
    raw_init(&r);
    assert_int_equal(raw_read(&r, "m.conf", &p), 0);
    AUTOFREE char *got = dump(&r), *got_said = said(&p);
    assert_string_equal(got, want);
    assert_string_equal(got_said, want_said);
    raw_clear(&r);
    problems_clear(&p);
}

static void test_includes(void **state) {
    (void)state;
    mkdir("feeds.d", 0755);
    mkdir("m.conf.d", 0755);
    put("feeds.d/b.conf", "top = b\n[feed b]\nurl = 2\n");
    put("feeds.d/a.conf", "[feed a]\nurl = 1\n");
    put("feeds.d/c.txt", "[feed never]\n");
    put("m.conf.d/z.conf", "[feed z]\n");
    put("m.conf.d/a.conf", "[feed drop]\n");
    put("m.conf.d/.x.conf", "[feed hidden]\n");
    put("m.conf.d/no", "[feed no]\n");
    /* A file's sections come where its include stands, sorted; drop-ins last. */
    put("m.conf", "include = feeds.d/*.conf\nincludE = nothing.d/*.conf\nown = 1\n[feed m]\n");
    check_file(
        "top=b 1\nown=1 3\n[feed|a] 1\nurl=1 2\n[feed|b] 2\nurl=2 3\n[feed|m] 4\n[feed|drop] 1\n[feed|z] 1\n",
        "");
    /* A file once, also by another name; what is named and missing is said. */
    put("m.conf",
        "include = feeds.d/a.conf\ninclude = ./feeds.d/a.conf\ninclude = gone.conf\ninclude = feeds.d\n"
        "include =\n[feed m]\n");
    check_file(
        "[feed|a] 1\nurl=1 2\n[feed|m] 6\n[feed|drop] 1\n[feed|z] 1\n",
        "m.conf:2: warning: include: ./feeds.d/a.conf was read before, and a file is read once\n"
        "m.conf:3: warning: include: there is no file gone.conf\n"
        "m.conf:4: include: feeds.d: a folder, not a file; for a folder write include = folder/*.conf\n"
        "m.conf:5: include: the value is empty; write a file, or folder/*.conf\n");
    /* A circle ends by itself. */
    put("m.conf", "include = m.conf\n[feed m]\n");
    check_file("[feed|m] 2\n[feed|drop] 1\n[feed|z] 1\n",
               "m.conf:1: warning: include: m.conf was read before, and a file is read once\n");
}

static void test_depth(void **state) {
    (void)state;
    for (int i = 0; i < 20; i++) {
        char name[32], text[64];
        snprintf(name, sizeof name, "deep%d.conf", i);
        snprintf(text, sizeof text, "include = deep%d.conf\nk%d = 1\n", i + 1, i);
        put(name, i == 19 ? "last = 1\n" : text);
    }
    put("m.conf", "include = deep0.conf\n");
    struct problems p = PROBLEMS_INIT;
    struct raw r;
    raw_init(&r);
    assert_int_equal(raw_read(&r, "m.conf", &p), 0);
    AUTOFREE char *got = said(&p);
    assert_string_equal(got, "deep15.conf:1: more than 16 includes one inside the other\n");
    assert_int_equal(r.n_files, 1 + 16 + 2); /* the drop-ins too */
    raw_clear(&r);
    problems_clear(&p);
}

static void test_missing(void **state) {
    (void)state;
    struct problems p = PROBLEMS_INIT;
    struct raw r;
    raw_init(&r);
    assert_int_equal(raw_read(&r, "gone.conf", &p), -1);
    AUTOFREE char *got = said(&p);
    assert_string_equal(got, "gone.conf: there is no such file; newsalertctl init writes one\n");
    raw_clear(&r);
    problems_clear(&p);
}

static void test_path(void **state) {
    (void)state;
    setenv("HOME", "/home/desk", 1);
    static const char *const cases[][3] = {
        {"/etc/n", "a.xml", "/etc/n/a.xml"},
        {"/etc/n", "./a.xml", "/etc/n/a.xml"},
        {"/", "a", "/a"},
        {"/etc/n", "/b", "/b"},
        {"/etc/n", "~/b", "/home/desk/b"},
        {"/etc/n", "~b", "/etc/n/~b"},
        {"/etc/n", "../b", "/etc/n/../b"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTOFREE char *got = raw_path(cases[i][0], cases[i][1]);
        assert_string_equal(got, cases[i][2]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),  cmocka_unit_test(test_nul),     cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_expand), cmocka_unit_test(test_path),    cmocka_unit_test(test_includes),
        cmocka_unit_test(test_depth),  cmocka_unit_test(test_missing),
    };
    return cmocka_run_group_tests(tests, in_folder, clean);
}
