/* Opening: what a crash leaves is taken up again; whatever would lead to a smaller or another tree,
 * or hides a loss, is refused with the file and the reason. */
#include "ledger/log_fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static struct memory_file *file_of(const char *path) {
    struct memory_file *file = memory_find(&memory, path);
    assert_non_null(file);
    return file;
}

/* A copy of a file, to bring back an older state. */
static uint8_t kept[LIMIT_LEDGER_JOURNAL_MIN_BYTES];
static size_t kept_length;

static void keep(const char *path) {
    const struct memory_file *file = file_of(path);
    kept_length = file->length;
    memcpy(kept, file->bytes, kept_length);
}

static void bring_back(const char *path) {
    memcpy(memory_make(&memory, path, kept_length)->bytes, kept, kept_length);
}

static void creates_only_when_asked(void **state) {
    (void)state;
    settings.create = false;
    assert_refused(ERR_MISSING, STORE_SIGNED, "holds no ledger. Is its disk mounted?");
    assert_int_equal(memory.puts, 0);
    settings.create = true;
    assert_int_equal(open_log(), ERR_OK);
    assert_true(opened.created);
    assert_string_equal(opened.text, "created with 0 entries: 0 in the checkpoint, 0 more in the "
                                     "journal");
    assert_int_equal(file_of(STORE_JOURNAL)->length, LIMIT_LEDGER_JOURNAL_MIN_BYTES);
    assert_int_equal(open_log(), ERR_OK);
    assert_false(opened.created);
}

static void creation_can_be_interrupted_anywhere(void **state) {
    static const char *const steps[] = {STORE_JOURNAL, STORE_VKEY_NEW, STORE_VKEY, STORE_CHECKPOINT,
                                        STORE_SIGNED};
    (void)state;
    memory.fails = ERR_FULL;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        memory.failing = steps[i];
        memory.operation = strchr(steps[i], '.') || i == 0 ? "put" : "rename";
        assert_refused(ERR_FULL, steps[i], "No space left");
    }
    memory.fails = ERR_OK;
    assert_int_equal(open_log(), ERR_OK);
    assert_true(opened.created);
}

static void takes_up_the_journal(void **state) {
    (void)state;
    start(300);
    commit(120);
    assert_int_equal(open_log(), ERR_OK);
    assert_int_equal(opened.published, 300);
    assert_int_equal(opened.recovered, 120);
    assert_false(opened.torn);
    assert_non_null(
        strstr(opened.text, "opened with 420 entries: 300 in the checkpoint, 120 more"));
    commit(7);
    publish();
    assert_published(427);
    assert_int_equal(open_log(), ERR_OK);
    assert_int_equal(opened.recovered, 0);
}

/* The journal still has the turn before the checkpoint. */
static void skips_what_is_in_the_checkpoint(void **state) {
    (void)state;
    start(10);
    commit(120);
    keep(STORE_JOURNAL);
    publish();
    bring_back(STORE_JOURNAL);
    assert_int_equal(open_log(), ERR_OK);
    assert_int_equal(opened.published, 130);
    assert_int_equal(opened.recovered, 0);
    commit(3);
    publish();
    assert_published(133);
}

static void a_torn_end_was_never_acknowledged(void **state) {
    (void)state;
    start(10);
    commit(100);
    uint32_t end = the_log.end.offset;
    append(40);
    assert_int_equal(ledger_log_commit(&the_log), ERR_OK);
    file_of(STORE_JOURNAL)->bytes[end + 70] ^= 1; /* as if half of it had reached the disk */
    assert_int_equal(open_log(), ERR_OK);
    assert_int_equal(opened.recovered, 100);
    assert_true(opened.torn);
    assert_int_equal(opened.torn_offset, end);
    assert_non_null(strstr(opened.text, "never acknowledged"));
    commit(5);
    publish();
    assert_published(115);
}

static void a_hole_in_the_middle_is_refused(void **state) {
    (void)state;
    start(10);
    commit(50);
    uint32_t hole = the_log.end.offset;
    char word[64];
    commit(100);
    struct memory_file *journal = file_of(STORE_JOURNAL);
    for (unsigned at = 0; at < 100; at += 9) {
        journal->bytes[hole + at] ^= 1;
        snprintf(word, sizeof word, "damaged at byte %u: acknowledged entries follow", hole);
        assert_refused(ERR_DAMAGED, STORE_JOURNAL, word);
        journal->bytes[hole + at] ^= 1;
    }
    journal->bytes[0] ^= 1; /* the first record */
    assert_refused(ERR_DAMAGED, STORE_JOURNAL, "damaged at byte 0");
    journal->bytes[0] ^= 1;
    assert_int_equal(open_log(), ERR_OK);
    assert_int_equal(opened.recovered, 150);
}

static void nothing_is_written_when_refused(void **state) {
    (void)state;
    start(10);
    commit(100);
    file_of(STORE_JOURNAL)->bytes[3] ^= 1;
    memory.puts = memory.writes = memory.renames = memory.removes = 0;
    assert_refused(ERR_DAMAGED, STORE_JOURNAL, "damaged");
    assert_int_equal(memory.puts + memory.writes + memory.renames + memory.removes, 0);
}

static void missing_files_are_named(void **state) {
    static const char *const paths[] = {STORE_CHECKPOINT, STORE_SIGNED, STORE_JOURNAL, STORE_VKEY};
    (void)state;
    start(10);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        keep(paths[i]);
        memory_drop(&memory, paths[i]);
        assert_refused(ERR_MISSING, paths[i], "");
        bring_back(paths[i]);
    }
    assert_int_equal(open_log(), ERR_OK);
}

static void tiles_are_checked(void **state) {
    (void)state;
    start(300);
    file_of("public/tile/0/001.p/44")->bytes[100] ^= 1;
    assert_refused(ERR_DAMAGED, "public/tile/entries/001.p/44", "not those of the hash tile");
    file_of("public/tile/0/001.p/44")->bytes[100] ^= 1;
    file_of("public/tile/0/001.p/44")->length -= 32;
    assert_refused(ERR_DAMAGED, "public/tile/0/001.p/44", "cut short");
    memory_drop(&memory, "public/tile/0/001.p/44");
    assert_refused(ERR_MISSING, "public/tile/0/001.p/44", "");
}

static void a_cut_journal_is_refused(void **state) {
    (void)state;
    start(10);
    file_of(STORE_JOURNAL)->length -= 1;
    assert_refused(ERR_DAMAGED, STORE_JOURNAL, "not of the 524288 bytes");
    memset(file_of(STORE_SIGNED)->bytes, 0, SIGNED_FILE_BYTES);
    assert_refused(ERR_DAMAGED, STORE_SIGNED, "neither of its pages");
    file_of(STORE_SIGNED)->length -= 1;
    assert_refused(ERR_DAMAGED, STORE_SIGNED, "not of the length");
}

/* Somebody has put back an older state of one file. */
static void an_older_checkpoint_is_refused(void **state) {
    (void)state;
    start(10);
    keep(STORE_CHECKPOINT);
    commit(5);
    publish();
    commit(5);
    bring_back(STORE_CHECKPOINT);
    assert_refused(ERR_STALE, STORE_CHECKPOINT,
                   "has 10 entries, older than the journal, which "
                   "begins at 15");
}

static void a_tree_smaller_than_signed_is_refused(void **state) {
    (void)state;
    start(10);
    keep(STORE_CHECKPOINT);
    commit(5);
    publish();
    bring_back(STORE_CHECKPOINT);
    memset(file_of(STORE_JOURNAL)->bytes, 0, LIMIT_LEDGER_JOURNAL_MIN_BYTES);
    assert_refused(ERR_STALE, STORE_JOURNAL, "ends with 10 entries, but a tree of 15 was signed");
}

static void an_older_intention_is_refused(void **state) {
    (void)state;
    start(10);
    keep(STORE_SIGNED);
    commit(5);
    publish();
    bring_back(STORE_SIGNED);
    assert_refused(ERR_PROOF, STORE_SIGNED, "10 entries were signed at most, but the checkpoint");
}

static void set_intention(uint64_t size, uint8_t change) {
    struct signed_file intention = the_log.intention;
    struct merkle_hash root = wanted_root(size);
    intention.sequence += 2;
    intention.size = size;
    intention.root = root;
    intention.root.bytes[0] ^= change;
    signed_file_build(&intention,
                      file_of(STORE_SIGNED)->bytes + signed_file_offset(intention.sequence));
}

static void another_root_of_the_same_size_is_refused(void **state) {
    (void)state;
    start(10);
    set_intention(10, 1);
    assert_refused(ERR_PROOF, STORE_CHECKPOINT, "another root than was signed for 10 entries");
    set_intention(10, 0);
    assert_int_equal(open_log(), ERR_OK);
}

static void the_journal_must_lead_to_what_was_signed(void **state) {
    (void)state;
    start(10);
    commit(5);
    set_intention(13, 1);
    assert_refused(ERR_PROOF, STORE_JOURNAL, "another root than was signed for 13 entries");
    set_intention(13, 0);
    assert_int_equal(open_log(), ERR_OK);
    assert_int_equal(opened.intended, 13);
    assert_non_null(strstr(opened.text, "a larger checkpoint was about to be signed"));
    publish();
    assert_published(15);
}

static void foreign_keys_and_origins_are_refused(void **state) {
    (void)state;
    start(10);
    settings.signer = &second_key;
    assert_refused(ERR_UNSIGNED, STORE_CHECKPOINT, "not signed by this log's key");
    settings.signer = &first_key;
    settings.origin = "another.example/log";
    assert_refused(ERR_LOG_ORIGIN, STORE_CHECKPOINT, "another log");
    settings.origin = FIXTURE_ORIGIN;
    file_of(STORE_CHECKPOINT)->bytes[file_of(STORE_CHECKPOINT)->length - 10] ^= 2;
    assert_int_not_equal(open_log(), ERR_OK);
}

static void a_lost_signed_file_is_no_new_log(void **state) {
    (void)state;
    start(0);
    memory_drop(&memory, STORE_SIGNED);
    commit(1);
    assert_refused(ERR_MISSING, STORE_SIGNED, "beside a journal with entries");
    memset(file_of(STORE_JOURNAL)->bytes, 0, JOURNAL_PAGE_BYTES);
    assert_int_equal(open_log(), ERR_OK); /* as an interrupted creation */
    commit(1);
    publish();
    memory_drop(&memory, STORE_SIGNED);
    assert_refused(ERR_MISSING, STORE_SIGNED, "beside a checkpoint");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(creates_only_when_asked),
        TEST(creation_can_be_interrupted_anywhere),
        TEST(takes_up_the_journal),
        TEST(skips_what_is_in_the_checkpoint),
        TEST(a_torn_end_was_never_acknowledged),
        TEST(a_hole_in_the_middle_is_refused),
        TEST(nothing_is_written_when_refused),
        TEST(missing_files_are_named),
        TEST(tiles_are_checked),
        TEST(a_cut_journal_is_refused),
        TEST(an_older_checkpoint_is_refused),
        TEST(a_tree_smaller_than_signed_is_refused),
        TEST(an_older_intention_is_refused),
        TEST(another_root_of_the_same_size_is_refused),
        TEST(the_journal_must_lead_to_what_was_signed),
        TEST(foreign_keys_and_origins_are_refused),
        TEST(a_lost_signed_file_is_no_new_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
