/* Publication: tiles and checkpoint as the specification has them; every failure leaves the former
 * checkpoint and is made up for by the next call. */
#include "ledger/log_fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static void makes_checkpoints_and_tiles(void **state) {
    static const uint64_t sizes[] = {1, 2, 255, 256, 257, 1000, 1024};
    (void)state;
    start(0);
    assert_published(0);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        commit(sizes[i] - ledger_log_committed(&the_log));
        publish();
        assert_published(sizes[i]);
        const struct memory_file *file = memory_find(&memory, STORE_CHECKPOINT);
        struct checkpoint found;
        assert_int_equal(checkpoint_open((const char *)file->bytes, file->length, FIXTURE_ORIGIN,
                                         &first_key.key, 1, &found),
                         ERR_OK);
        assert_int_equal(found.size, sizes[i]);
    }
    size_t length;
    const char *note = ledger_log_note(&the_log, &length);
    assert_memory_equal(note, memory_find(&memory, STORE_CHECKPOINT)->bytes, length);
}

static void nothing_new_is_not_signed_again(void **state) {
    (void)state;
    start(5);
    memory.puts = memory.writes = 0;
    append(1); /* staged only */
    publish();
    assert_int_equal(memory.puts + memory.writes, 0);
    assert_published(5);
}

static void each_failure_is_made_up_for(void **state) {
    static const char *const failing[] = {"public/tile/entries",   "public/tile/0",
                                          "public/tile/1",         "signed",
                                          "public/checkpoint.new", "public/checkpoint"};
    (void)state;
    start(100);
    for (size_t i = 0; i < sizeof failing / sizeof failing[0]; i++) {
        struct checkpoint before = *ledger_log_published(&the_log);
        commit(300);
        memory.fails = i % 2 ? ERR_IO : ERR_FULL;
        memory.failing = failing[i];
        for (unsigned tries = 0; tries < 2; tries++) {
            assert_int_equal(ledger_log_publish(&the_log), memory.fails);
            assert_non_null(strstr(ledger_log_why(&the_log), failing[i]));
            assert_int_equal(ledger_log_published(&the_log)->size, before.size);
        }
        commit(1); /* what is to be durable still is */
        memory.fails = ERR_OK;
        publish();
        assert_published(before.size + 301);
    }
    assert_int_equal(open_log(), ERR_OK);
    assert_int_equal(opened.published, 100 + 6 * 301);
}

static void the_intention_comes_before_the_signature(void **state) {
    struct signed_file intention;
    (void)state;
    start(5);
    commit(2);
    memory.fails = ERR_FULL;
    memory.failing = STORE_CHECKPOINT_NEW;
    assert_int_equal(ledger_log_publish(&the_log), ERR_FULL);
    const struct memory_file *file = memory_find(&memory, STORE_SIGNED);
    assert_int_equal(signed_file_parse(file->bytes, file->length, &intention), ERR_OK);
    assert_int_equal(intention.size, 7);
}

static void a_foreign_checkpoint_is_not_replaced(void **state) {
    (void)state;
    start(5);
    commit(2);
    memory_find(&memory, STORE_CHECKPOINT)->bytes[0] ^= 1;
    assert_int_equal(ledger_log_publish(&the_log), ERR_STALE);
    assert_non_null(strstr(ledger_log_why(&the_log), "replaced by somebody else"));
    memory_find(&memory, STORE_CHECKPOINT)->bytes[0] ^= 1;
    publish();
    assert_published(7);
}

/* A rename that took place although it was reported as failed. */
static void our_own_candidate_is_known_again(void **state) {
    (void)state;
    start(5);
    commit(2);
    memory.fails = ERR_IO;
    memory.failing = STORE_CHECKPOINT;
    memory.operation = "rename";
    assert_int_equal(ledger_log_publish(&the_log), ERR_IO);
    memory.fails = ERR_OK;
    assert_int_equal(store.rename(&memory, STORE_CHECKPOINT_NEW, STORE_CHECKPOINT), ERR_OK);
    commit(3);
    memory.fails = ERR_IO;
    assert_int_equal(ledger_log_publish(&the_log), ERR_IO);
    memory.fails = ERR_OK;
    publish();
    assert_published(10);
}

static void damage_to_the_journal_is_not_published(void **state) {
    (void)state;
    start(5);
    commit(2);
    struct memory_file *journal = memory_find(&memory, STORE_JOURNAL);
    journal->bytes[JOURNAL_HEADER_BYTES + 5] ^= 0x40;
    assert_int_equal(ledger_log_publish(&the_log), ERR_DAMAGED);
    assert_string_equal(ledger_log_why(&the_log), "journal: changed since it was committed");
    assert_published(5);
}

static void partial_tiles_go_when_the_full_one_is_published(void **state) {
    (void)state;
    start(100);
    commit(100);
    publish();
    assert_non_null(memory_find(&memory, "public/tile/0/000.p/100"));
    commit(100);
    publish();
    assert_null(memory_find(&memory, "public/tile/0/000.p/100"));
    assert_null(memory_find(&memory, "public/tile/entries/000.p/200"));
    assert_non_null(memory_find(&memory, "public/tile/0/001.p/44"));
}

/* What was written and not acknowledged keeps its place over a publication. */
static void a_failed_commit_outlives_a_publication(void **state) {
    (void)state;
    start(5);
    commit(2);
    append(3);
    memory.fails = ERR_IO;
    memory.failing = STORE_JOURNAL;
    memory.operation = "sync";
    assert_int_equal(ledger_log_commit(&the_log), ERR_IO);
    memory.operation = "put";
    uint32_t room = ledger_log_room(&the_log), place = the_log.end.offset;
    publish();
    assert_published(7);
    assert_int_equal(ledger_log_room(&the_log), room);
    assert_int_equal(the_log.end.offset, place);
    memory.fails = ERR_OK;
    assert_int_equal(ledger_log_commit(&the_log), ERR_OK);
    assert_int_equal(open_log(), ERR_OK);
    assert_int_equal(opened.published, 7);
    assert_int_equal(opened.recovered, 3);
    publish();
    assert_published(10);
}

/* Commits come between the parts, and the last part covers them as well. */
static void goes_in_parts_with_commits_between(void **state) {
    (void)state;
    start(100);
    commit(1500);
    for (unsigned part = 0; part < 2; part++) {
        unsigned puts = memory.puts, settles = memory.settles;
        assert_int_equal(ledger_log_publish_part(&the_log, 2), ERR_OK);
        assert_true(memory.puts - puts <= 4);
        assert_int_equal(memory.settles - settles, 1);
        assert_published(100);
        commit(10);
        assert_int_equal(ledger_log_committed(&the_log), 1600 + 10 * (part + 1));
    }
    while (ledger_log_published(&the_log)->size < ledger_log_committed(&the_log))
        assert_int_equal(ledger_log_publish_part(&the_log, 2), ERR_OK);
    assert_published(1620);
    assert_int_equal(the_log.end.offset, 0);
    assert_int_equal(open_log(), ERR_OK);
    assert_published(1620);
}

/* Each part may fail: then all since the last checkpoint is made again. */
static void parts_that_failed_are_made_again(void **state) {
    (void)state;
    start(100);
    commit(1500);
    for (unsigned part = 0; part < 6; part++) {
        for (unsigned i = 0; i < part; i++)
            assert_int_equal(ledger_log_publish_part(&the_log, 1), ERR_OK);
        memory.fails = ERR_IO;
        memory.failing = "";
        memory.operation = "settle";
        assert_int_equal(ledger_log_publish_part(&the_log, 1), ERR_IO);
        assert_non_null(strstr(ledger_log_why(&the_log), "public/tile"));
        memory.fails = ERR_OK;
        for (unsigned i = 0; i < 6; i++) { /* none of what was put is there any more */
            char path[STORE_PATH_BYTES];
            snprintf(path, sizeof path, "public/tile/entries/%03u", i);
            memory_drop(&memory, path);
        }
        commit(1);
    }
    publish();
    assert_published(1606);
    for (unsigned i = 0; i < 6; i++) {
        char path[STORE_PATH_BYTES];
        snprintf(path, sizeof path, "public/tile/entries/%03u", i);
        assert_non_null(memory_find(&memory, path));
    }
}

/* A full journal: what would take seconds in one piece comes in short ones. */
static void a_full_journal_takes_few_syncs(void **state) {
    static const uint8_t entry[600];
    uint64_t index;
    unsigned parts = 1;
    (void)state;
    settings.journal_bytes = LIMIT_LEDGER_JOURNAL_BYTES;
    assert_int_equal(open_log(), ERR_OK);
    for (;;) {
        if (ledger_log_append(&the_log, entry, sizeof entry, &index) == ERR_OK) continue;
        if (the_log.staged.count == 0) break;
        assert_int_equal(ledger_log_commit(&the_log), ERR_OK);
    }
    assert_true(ledger_log_committed(&the_log) > 27000);
    for (;; parts++) {
        unsigned puts = memory.puts, settles = memory.settles;
        assert_int_equal(ledger_log_publish_part(&the_log, LIMIT_LEDGER_PART_BUNDLES), ERR_OK);
        assert_true(memory.puts - puts <= 2 * LIMIT_LEDGER_PART_BUNDLES + 5);
        assert_int_equal(memory.settles - settles, 1);
        if (ledger_log_published(&the_log)->size == ledger_log_committed(&the_log)) break;
    }
    assert_int_equal(parts,
                     (index / TILE_WIDTH + LIMIT_LEDGER_PART_BUNDLES) / LIMIT_LEDGER_PART_BUNDLES);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(makes_checkpoints_and_tiles),
        TEST(nothing_new_is_not_signed_again),
        TEST(each_failure_is_made_up_for),
        TEST(the_intention_comes_before_the_signature),
        TEST(a_foreign_checkpoint_is_not_replaced),
        TEST(our_own_candidate_is_known_again),
        TEST(damage_to_the_journal_is_not_published),
        TEST(partial_tiles_go_when_the_full_one_is_published),
        TEST(a_failed_commit_outlives_a_publication),
        TEST(goes_in_parts_with_commits_between),
        TEST(parts_that_failed_are_made_again),
        TEST(a_full_journal_takes_few_syncs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
