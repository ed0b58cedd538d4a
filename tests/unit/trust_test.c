#include "unit.h"

#include "base/mem.h"
#include "plugin/trust.h"

#include <unistd.h>

static char *objection(struct trust t, bool builtin, uid_t owner, mode_t mode) {
    const struct stat st = {.st_uid = owner, .st_mode = mode};
    return trust_objection(&t, builtin, &st, "/srv/plugins/x.so");
}
static void assert_trusted(struct trust t, bool builtin, uid_t owner, mode_t mode) {
    AUTOFREE char *why = objection(t, builtin, owner, mode);
    assert_null(why);
}
/* What is wrong, and the very command that mends it. */
static void assert_refused(struct trust t, bool builtin, uid_t owner, mode_t mode, const char *what,
                           const char *to_do) {
    AUTOFREE char *why = objection(t, builtin, owner, mode);
    assert_non_null(why);
    if (!strstr(why, what) || !strstr(why, to_do)) fail_msg("%s", why);
}

static const struct trust plain = {.user = 1000, .overflow = 65534, .root_mapped = true};
static const struct trust caged = {.user = 1000, .overflow = 65534, .root_mapped = false};

static void test_owner(void **state) {
    (void)state;
    for (int builtin = 0; builtin < 2; builtin++) {
        assert_trusted(plain, builtin, 0, S_IFREG | 0755);
        assert_trusted(plain, builtin, 1000, S_IFREG | 0644);
        assert_refused(plain, builtin, 1001, S_IFREG | 0755, "uid 1001", "chown 1000 /srv/plugins/x.so");
        assert_refused(plain, builtin, 65534, S_IFREG | 0755, "uid 65534", "chown 1000 /srv/plugins/x.so");
    }
}

static void test_writable(void **state) {
    (void)state;
    assert_refused(plain, true, 0, S_IFREG | 0775, "its group", "chmod go-w /srv/plugins/x.so");
    assert_refused(plain, true, 1000, S_IFREG | 0757, "everybody", "chmod go-w /srv/plugins/x.so");
    assert_refused(plain, false, 1000, S_IFREG | 0622, "everybody", "chmod go-w");
    /* Sticky does not help: anybody could still add a file. */
    assert_refused(plain, true, 0, S_IFDIR | S_ISVTX | 0777, "everybody", "chmod go-w");
}

static void test_namespace(void **state) {
    (void)state;
    assert_trusted(caged, true, 65534, S_IFDIR | 0755);
    assert_trusted(caged, true, 1000, S_IFDIR | 0755);
    assert_trusted(caged, false, 1000, S_IFDIR | 0755);
    assert_refused(caged, false, 65534, S_IFDIR | 0755, "PrivateUsers=yes", "chown 1000");
    assert_refused(caged, true, 65534, S_IFDIR | 0775, "its group", "chmod go-w");
    assert_refused(caged, true, 1001, S_IFDIR | 0755, "uid 1001", "chown 1000");
}

static void test_uid_map(void **state) {
    (void)state;
    assert_true(trust_maps_root(TEXT("         0          0 4294967295\n")));
    assert_true(
        trust_maps_root(TEXT("      1000       1000          1\n         0     100000      65536\n")));
    assert_false(trust_maps_root(TEXT("      1000       1000          1\n")));
    assert_false(trust_maps_root(TEXT("      1000          0          1\n")));
    assert_false(trust_maps_root(TEXT("")));
    assert_false(trust_maps_root(TEXT("no map\n")));
}

static void test_this_process(void **state) {
    (void)state;
    struct trust t;
    trust_init(&t);
    assert_int_equal(t.user, geteuid());
    assert_true(t.overflow > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_owner),   cmocka_unit_test(test_writable),     cmocka_unit_test(test_namespace),
        cmocka_unit_test(test_uid_map), cmocka_unit_test(test_this_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
