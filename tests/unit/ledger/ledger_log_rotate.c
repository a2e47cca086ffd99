/* A new key: the log says so first, one checkpoint bears both signatures, the old key is out. */
#include "ledger/log_fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static bool signed_by(const struct note_signer *signer) {
    const struct memory_file *file = memory_find(&memory, STORE_CHECKPOINT);
    struct checkpoint found;
    return checkpoint_open((const char *)file->bytes, file->length, FIXTURE_ORIGIN, &signer->key, 1,
                           &found) == ERR_OK;
}

static enum err rotate(const struct note_signer *next) {
    char text[64];
    return ledger_log_rotate(&the_log, next, text, entry_text(ledger_log_next(&the_log), text));
}

static void assert_vkeys(unsigned count) {
    const struct memory_file *file = memory_find(&memory, STORE_VKEY);
    char text[NOTE_KEY_TEXT_BYTES];
    size_t length = note_key_text(count == 1 ? &first_key.key : &second_key.key, text);
    unsigned lines = 0;
    for (size_t i = 0; i < file->length; i++) lines += file->bytes[i] == '\n';
    assert_int_equal(lines, count);
    assert_memory_equal(file->bytes + file->length - 1 - length, text, length);
}

static void both_keys_sign_once(void **state) {
    (void)state;
    start(5);
    assert_vkeys(1);
    assert_int_equal(rotate(&second_key), ERR_OK);
    assert_published(6);
    assert_true(signed_by(&first_key) && signed_by(&second_key));
    assert_vkeys(2);
    commit(1);
    publish();
    assert_published(7);
    assert_true(!signed_by(&first_key) && signed_by(&second_key));
}

static void the_old_key_is_out(void **state) {
    (void)state;
    start(5);
    assert_int_equal(rotate(&second_key), ERR_OK);
    assert_refused(ERR_KEY, STORE_VKEY, "newer key");
    settings.signer = &second_key;
    assert_int_equal(open_log(), ERR_OK);
    assert_false(opened.rotate);
    commit(1);
    publish();
    settings.signer = &first_key;
    assert_refused(ERR_UNSIGNED, STORE_CHECKPOINT, "not signed by this log's key");
}

static void a_replaced_key_is_over(void **state) {
    (void)state;
    start(5);
    assert_int_equal(rotate(&second_key), ERR_OK);
    uint64_t committed = ledger_log_committed(&the_log);
    assert_int_equal(rotate(&first_key), ERR_KEY);
    assert_non_null(strstr(ledger_log_why(&the_log), "one that was replaced"));
    assert_int_equal(ledger_log_committed(&the_log), committed);
    commit(1);
    publish();
}

static void an_interrupted_rotation_is_finished(void **state) {
    static const char *const failing[] = {STORE_JOURNAL, STORE_VKEY, STORE_CHECKPOINT};
    static const char *const operation[] = {"write", "rename", "put"};
    (void)state;
    start(5);
    for (size_t i = 0; i < sizeof failing / sizeof failing[0]; i++) {
        memory.fails = ERR_IO;
        memory.failing = failing[i];
        memory.operation = operation[i];
        assert_int_equal(rotate(&second_key), ERR_IO);
        memory.fails = ERR_OK;
    }
    settings.signer = &second_key;
    settings.former = &first_key;
    assert_int_equal(open_log(), ERR_OK);
    assert_true(opened.rotate);
    assert_non_null(strstr(opened.text, "the new key has signed nothing yet"));
    assert_int_equal(rotate(&second_key), ERR_OK);
    assert_vkeys(2);
    assert_true(signed_by(&first_key) && signed_by(&second_key));
    assert_int_equal(open_log(), ERR_OK);
    assert_false(opened.rotate);
}

static void a_failed_rotation_goes_on_with_the_old_key(void **state) {
    (void)state;
    start(5);
    memory.fails = ERR_FULL;
    memory.failing = STORE_CHECKPOINT_NEW;
    assert_int_equal(rotate(&second_key), ERR_FULL);
    memory.fails = ERR_OK;
    commit(1);
    publish();
    assert_published(7);
    assert_true(signed_by(&first_key) && !signed_by(&second_key));
    assert_int_equal(open_log(), ERR_OK); /* nothing bears the new signature yet */
}

static void the_same_key_is_no_rotation(void **state) {
    (void)state;
    start(5);
    assert_int_equal(rotate(&first_key), ERR_KEY);
    assert_int_equal(ledger_log_next(&the_log), 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(both_keys_sign_once),
        TEST(the_old_key_is_out),
        TEST(a_replaced_key_is_over),
        TEST(an_interrupted_rotation_is_finished),
        TEST(a_failed_rotation_goes_on_with_the_old_key),
        TEST(the_same_key_is_no_rotation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
