/* Staging and group commit: one write, one sync; what fails stays staged; limits. */
#include "ledger/log_fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static void one_commit_is_one_sync(void **state) {
    (void)state;
    start(3);
    memory.writes = memory.syncs = memory.puts = 0;
    append(64);
    assert_int_equal(memory.writes, 0);
    assert_int_equal(ledger_log_committed(&the_log), 3);
    assert_int_equal(ledger_log_commit(&the_log), ERR_OK);
    assert_int_equal(memory.writes, 1);
    assert_int_equal(memory.syncs, 1);
    assert_int_equal(memory.puts, 0);
    assert_int_equal(ledger_log_committed(&the_log), 67);
    assert_int_equal(ledger_log_next(&the_log), 67);
    assert_int_equal(ledger_log_commit(&the_log), ERR_OK);
    assert_int_equal(memory.syncs, 1);
}

static void what_fails_stays_staged(void **state) {
    (void)state;
    start(3);
    append(2);
    memory.fails = ERR_IO;
    memory.failing = "journal";
    for (unsigned i = 0; i < 3; i++) {
        memory.operation = i == 1 ? "sync" : NULL;
        assert_int_equal(ledger_log_commit(&the_log), ERR_IO);
        assert_string_equal(ledger_log_why(&the_log), "journal: Input/output error");
        assert_int_equal(ledger_log_committed(&the_log), 3);
    }
    memory.fails = ERR_OK;
    append(2);
    assert_int_equal(ledger_log_commit(&the_log), ERR_OK);
    publish();
    assert_published(7);
}

static void has_limits(void **state) {
    static uint8_t entry[TILE_ENTRY_BYTES + 1];
    uint64_t index = 99;
    (void)state;
    start(0);
    assert_int_equal(ledger_log_append(&the_log, entry, sizeof entry, &index), ERR_TOO_LONG);
    assert_int_equal(ledger_log_next(&the_log), 0);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(ledger_log_append(&the_log, entry, TILE_ENTRY_BYTES, &index), ERR_OK);
    assert_int_equal(ledger_log_append(&the_log, entry, TILE_ENTRY_BYTES, &index), ERR_FULL);
    assert_non_null(strstr(ledger_log_why(&the_log), "too much for one commit"));
    assert_int_equal(index, 2);
    assert_int_equal(ledger_log_commit(&the_log), ERR_OK);
}

static void a_full_journal_waits_for_a_checkpoint(void **state) {
    static uint8_t entry[TILE_ENTRY_BYTES];
    uint64_t index = 0, count = 0;
    (void)state;
    start(0);
    assert_int_equal(ledger_log_room(&the_log), LIMIT_LEDGER_JOURNAL_MIN_BYTES);
    while (ledger_log_append(&the_log, entry, sizeof entry, &index) == ERR_OK) {
        assert_int_equal(ledger_log_commit(&the_log), ERR_OK);
        count++;
    }
    assert_non_null(strstr(ledger_log_why(&the_log), "full until the next checkpoint"));
    assert_int_equal(count, LIMIT_LEDGER_JOURNAL_MIN_BYTES / journal_file_extent(65537));
    assert_true(ledger_log_room(&the_log) < journal_file_extent(65537));
    publish();
    assert_int_equal(ledger_log_room(&the_log), LIMIT_LEDGER_JOURNAL_MIN_BYTES);
    assert_int_equal(ledger_log_append(&the_log, entry, sizeof entry, &index), ERR_OK);
    assert_int_equal(index, count);
}

static void acknowledged_pages_are_not_written_again(void **state) {
    uint8_t before[JOURNAL_PAGE_BYTES];
    (void)state;
    start(0);
    commit(1);
    memcpy(before, memory_find(&memory, "journal")->bytes, sizeof before);
    commit(1);
    assert_memory_equal(before, memory_find(&memory, "journal")->bytes, sizeof before);
    assert_int_equal(ledger_log_room(&the_log),
                     LIMIT_LEDGER_JOURNAL_MIN_BYTES - 2 * JOURNAL_PAGE_BYTES);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(one_commit_is_one_sync),
        TEST(what_fails_stays_staged),
        TEST(has_limits),
        TEST(a_full_journal_waits_for_a_checkpoint),
        TEST(acknowledged_pages_are_not_written_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
