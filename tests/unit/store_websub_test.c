#include "store/store.h"

#include "base/mem.h"
#include "base/time.h"

#include "unit.h"

#include "store_folder.h"

static struct store *store;

static struct lease lease(const char *location, const char *path) {
    return (struct lease){.location = (char *)location,
                          .hub = (char *)"https://hub.example/",
                          .topic = (char *)"https://topic.example/",
                          .path = (char *)path,
                          .secret = (char *)"geheim",
                          .state = LEASE_HELD,
                          .asked = true,
                          .until = 1000,
                          .next = 800,
                          .failures = 2,
                          .error = "in words",
                          .pushed = 7,
                          .missed = 8};
}

static void save(const struct lease *l) {
    assert_int_equal(store_begin(store, SYNC_NORMAL), 0);
    store_lease_save(store, l);
    assert_int_equal(store_commit(store), 0);
}

static void counted(void *ctx, const struct lease *l) {
    (void)l;
    ++*(size_t *)ctx;
}

/* What the loop writes and what the pipeline writes do not overwrite each other, also over a restart; another
 * path is another lease. */
static void kept(void **state) {
    (void)state;
    struct lease got = {0}, l = lease("https://a.example/", "path");
    size_t n = 0;
    char *why = NULL;
    assert_false(store_lease_load(store, l.location, &got));
    save(&l);
    assert_true(store_lease_load(store, l.location, &got));
    assert_int_equal(got.pushed, 0);
    assert_int_equal(got.missed, 0);
    lease_clear(&got);
    assert_int_equal(store_begin(store, SYNC_NORMAL), 0);
    store_lease_note(store, &l);
    assert_int_equal(store_commit(store), 0);
    l.failures = 3;
    l.error[0] = '\0';
    save(&l);
    struct lease other = lease("https://b.example/", "other");
    save(&other);
    store = store_close(store);
    assert_int_equal(store_open(dir, &store, &why), 0);
    assert_true(store_lease_load(store, l.location, &got));
    assert_string_equal(got.hub, l.hub);
    assert_string_equal(got.topic, l.topic);
    assert_string_equal(got.path, "path");
    assert_string_equal(got.secret, "geheim");
    assert_string_equal(got.error, "");
    assert_int_equal(got.state, LEASE_HELD);
    assert_true(got.asked);
    assert_int_equal(got.until, 1000);
    assert_int_equal(got.next, 800);
    assert_int_equal(got.failures, 3);
    assert_int_equal(got.pushed, 7);
    assert_int_equal(got.missed, 8);
    lease_clear(&got);
    l.path = (char *)"fresh";
    save(&l);
    assert_true(store_lease_load(store, l.location, &got));
    assert_int_equal(got.pushed, 0);
    assert_int_equal(got.missed, 0);
    lease_clear(&got);
    store_leases_each(store, counted, &n);
    assert_int_equal(n, 2);
    assert_int_equal(store_begin(store, SYNC_NORMAL), 0);
    store_lease_forget(store, l.location);
    assert_int_equal(store_commit(store), 0);
    assert_false(store_lease_load(store, l.location, &got));
}

static int open_store(void **state) {
    char *why = NULL;
    return fresh(state) == 0 && store_open(dir, &store, &why) == 0 ? 0 : -1;
}

static int close_store(void **state) {
    store_close(store);
    return gone(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(kept)};
    return cmocka_run_group_tests(tests, open_store, close_store);
}
