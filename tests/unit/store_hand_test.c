/* store: which rows the loop is given. */
#include "unit.h"

#include "store_folder.h"

#include "store/sql.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"

/* After a restart an older message of a story, whose retry is far, comes along with a later one: else that
 * would go before it. */
static void test_older_of_a_story_comes_along(void **state) {
    (void)state;
    struct store *s = NULL;
    char *why = NULL;
    assert_int_equal(store_open(dir, &s, &why), 0);
    char one[] = "ada@a.example", two[] = "ben@b.example", mail[] = "mail", facts[] = "{}";
    size_t n;
    bool more;
    store_begin(s, SYNC_FULL);
    for (int i = 0; i < 200; i++) {
        struct row row = {.notify = mail,
                          .recipient = i == 1 ? two : one,
                          .state = ROW_PENDING,
                          .level = LEVEL_URGENT,
                          .created = 1000,
                          .next = i < 3 ? HOUR : 1000 + i,
                          .story = i < 2 || i == 10 ? 7 : 100 + i,
                          .facts = facts};
        snprintf(row.key, sizeof row.key, "na_%d", i);
        assert_true(store_row_add(s, &row));
    }
    struct row **rows = store_hand_out(s, mail, 2000, &n, &more);
    assert_true(more);
    assert_int_equal(n, LIMIT_ROWS_A_DESTINATION + 1);
    assert_string_equal(rows[n - 1]->key,
                        "na_0"); /* not na_1, of another recipient, nor na_2 of another story */
    /* By the index: what else waits, 100,000 rows perhaps, is neither read nor sorted. */
    for (size_t i = 0; i < s->n_cache; i++)
        if (strstr(s->cache[i].text, "story = ? AND")) {
            assert_int_equal(sqlite3_stmt_status(s->cache[i].st, SQLITE_STMTSTATUS_SORT, 0), 0);
            assert_int_equal(sqlite3_stmt_status(s->cache[i].st, SQLITE_STMTSTATUS_FULLSCAN_STEP, 0), 0);
        }
    for (size_t i = 0; i < n; i++) row_free(rows[i]);
    free(rows);
    assert_int_equal(store_commit(s), 0);
    store_close(s);
}

int main(void) {
    json_memory_checked();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_older_of_a_story_comes_along, fresh, gone)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
