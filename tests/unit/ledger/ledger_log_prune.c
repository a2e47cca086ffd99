/* Retention: an entry says what goes before it goes; hash tiles stay; interruptions are made up
 * for.
 */
#include "ledger/log_fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static enum err prune(uint64_t below, struct ledger_pruning *plan) {
    char text[64];
    assert_int_equal(ledger_log_prune_plan(&the_log, below, plan), ERR_OK);
    size_t length = entry_text(ledger_log_next(&the_log), text);
    return ledger_log_prune(&the_log, plan, text, length);
}

static bool has_bundle(unsigned index) {
    char path[64];
    snprintf(path, sizeof path, "public/tile/entries/%03u", index);
    return memory_find(&memory, path) != NULL;
}

static void whole_bundles_go_and_the_tree_stays(void **state) {
    struct ledger_pruning plan;
    (void)state;
    start(2000);
    assert_int_equal(prune(1100, &plan), ERR_OK);
    assert_int_equal(plan.from, 0);
    assert_int_equal(plan.to, 1024);
    struct merkle_hash root = wanted_root(1024);
    assert_true(merkle_same(&plan.root, &root));
    for (unsigned i = 0; i < 7; i++) assert_int_equal(has_bundle(i), i >= 4);
    assert_non_null(memory_find(&memory, "public/tile/0/000"));
    assert_published(2001);
    const struct memory_file *pruned = memory_find(&memory, STORE_PRUNED);
    assert_non_null(pruned);
    assert_memory_equal(pruned->bytes, "1024\n", 5);
    assert_int_equal(open_log(), ERR_OK);
    assert_int_equal(opened.pruned, 1024);
    assert_int_equal(prune(2000, &plan), ERR_OK);
    assert_int_equal(plan.from, 1024);
    assert_int_equal(plan.to, 1536);
    commit(10);
    publish();
    assert_published(2012);
}

static void the_newest_entries_are_kept(void **state) {
    struct ledger_pruning plan = {.to = 77};
    (void)state;
    start(600);
    assert_int_equal(ledger_log_prune_plan(&the_log, 255, &plan), ERR_RANGE);
    assert_int_equal(plan.to, 77);
    assert_int_equal(ledger_log_prune_plan(&the_log, UINT64_MAX, &plan), ERR_OK);
    assert_int_equal(plan.to, 256);
    settings.keep_entries = 0; /* the default is far more than there is */
    assert_int_equal(open_log(), ERR_OK);
    assert_int_equal(ledger_log_prune_plan(&the_log, UINT64_MAX, &plan), ERR_RANGE);
    assert_non_null(strstr(ledger_log_why(&the_log), "to be kept"));
}

static void a_plan_of_another_time_is_refused(void **state) {
    struct ledger_pruning plan;
    (void)state;
    start(1000);
    assert_int_equal(prune(256, &plan), ERR_OK);
    uint64_t next = ledger_log_next(&the_log);
    assert_int_equal(ledger_log_prune(&the_log, &plan, "x", 1), ERR_RANGE);
    plan = (struct ledger_pruning){.from = 256, .to = 1000000};
    assert_int_equal(ledger_log_prune(&the_log, &plan, "x", 1), ERR_RANGE);
    assert_int_equal(ledger_log_next(&the_log), next);
}

static void nothing_goes_before_the_entry_is_published(void **state) {
    static const char *const failing[] = {STORE_JOURNAL, STORE_CHECKPOINT, STORE_PRUNED};
    static const char *const operation[] = {"sync", "rename", "put"};
    struct ledger_pruning plan;
    (void)state;
    start(1000);
    for (size_t i = 0; i < sizeof failing / sizeof failing[0]; i++) {
        memory.fails = ERR_IO;
        memory.failing = failing[i];
        memory.operation = operation[i];
        assert_int_equal(prune(512, &plan), ERR_IO);
        assert_true(has_bundle(0) && has_bundle(1));
        memory.fails = ERR_OK;
    }
    assert_int_equal(prune(512, &plan), ERR_OK);
    assert_false(has_bundle(0) || has_bundle(1));
}

static void opening_removes_the_rest(void **state) {
    struct ledger_pruning plan;
    (void)state;
    start(2000);
    memory.fails = ERR_IO;
    memory.failing = "public/tile/entries/002";
    memory.operation = "remove";
    assert_int_equal(prune(1024, &plan), ERR_IO);
    memory.fails = ERR_OK;
    assert_true(!has_bundle(1) && has_bundle(2) && has_bundle(3));
    assert_int_equal(open_log(), ERR_OK);
    assert_true(!has_bundle(2) && !has_bundle(3) && has_bundle(4));
}

/* The entry that says so cannot be taken back, so what it says comes true. */
static void what_failed_is_carried_out_once_its_entry_is_durable(void **state) {
    struct ledger_pruning plan;
    (void)state;
    start(1000);
    memory.fails = ERR_IO;
    memory.failing = STORE_JOURNAL;
    memory.operation = "sync";
    assert_int_equal(prune(512, &plan), ERR_IO);
    memory.fails = ERR_OK;
    append(3);
    assert_int_equal(ledger_log_commit(&the_log), ERR_OK);
    assert_true(has_bundle(0) && has_bundle(1));
    assert_int_equal(ledger_log_publish_part(&the_log, 8), ERR_OK);
    assert_false(has_bundle(0) || has_bundle(1));
    assert_int_equal(ledger_log_pruned(&the_log), 512);
    assert_published(1004);
    assert_int_equal(open_log(), ERR_OK);
    assert_int_equal(opened.pruned, 512);
}

static void what_was_begun_is_said_once(void **state) {
    struct ledger_pruning plan;
    (void)state;
    start(1000);
    memory.fails = ERR_FULL;
    memory.failing = STORE_PRUNED;
    memory.operation = "put";
    for (unsigned i = 0; i < 3; i++) assert_int_equal(prune(512, &plan), ERR_FULL);
    memory.fails = ERR_OK;
    assert_int_equal(ledger_log_next(&the_log), 1001);
    publish();
    assert_false(has_bundle(0) || has_bundle(1));
    assert_int_equal(ledger_log_next(&the_log), 1001);
    assert_published(1001);
}

/* Of the last ones removed some may be there again after a power failure. */
static void opening_removes_what_came_back_below_a_hole(void **state) {
    struct ledger_pruning plan;
    (void)state;
    start(2000);
    assert_int_equal(prune(1024, &plan), ERR_OK);
    memory_make(&memory, "public/tile/entries/001", 1);
    memory_make(&memory, "public/tile/entries/000", 1);
    unsigned settles = memory.settles;
    assert_int_equal(open_log(), ERR_OK);
    assert_true(!has_bundle(0) && !has_bundle(1) && has_bundle(4));
    assert_int_equal(memory.settles, settles + 1);
}

static void removals_are_settled(void **state) {
    struct ledger_pruning plan;
    (void)state;
    start(2000);
    unsigned settles = memory.settles;
    assert_int_equal(prune(1024, &plan), ERR_OK);
    assert_int_equal(memory.settles, settles + 2); /* tiles of the entry, and the removals */
}

static void a_tile_that_was_changed_is_not_pruned_by(void **state) {
    struct ledger_pruning plan;
    (void)state;
    start(1000);
    memory_find(&memory, "public/tile/1/000.p/3")->bytes[5] ^= 1;
    assert_int_equal(ledger_log_prune_plan(&the_log, 512, &plan), ERR_DAMAGED);
    memory_drop(&memory, "public/tile/1/000.p/3");
    assert_int_equal(ledger_log_prune_plan(&the_log, 512, &plan), ERR_MISSING);
}

static void a_wrong_file_is_refused(void **state) {
    static const char *const texts[] = {"", "12", "abc\n", "-1\n", "255\n", "1000192\n"};
    (void)state;
    start(1000);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        size_t length = strlen(texts[i]);
        memcpy(memory_make(&memory, STORE_PRUNED, length)->bytes, texts[i], length);
        assert_refused(i < 4 ? ERR_SYNTAX : ERR_RANGE, STORE_PRUNED, "");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(whole_bundles_go_and_the_tree_stays),
        TEST(the_newest_entries_are_kept),
        TEST(a_plan_of_another_time_is_refused),
        TEST(nothing_goes_before_the_entry_is_published),
        TEST(opening_removes_the_rest),
        TEST(what_failed_is_carried_out_once_its_entry_is_durable),
        TEST(what_was_begun_is_said_once),
        TEST(opening_removes_what_came_back_below_a_hole),
        TEST(removals_are_settled),
        TEST(a_tile_that_was_changed_is_not_pruned_by),
        TEST(a_wrong_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
