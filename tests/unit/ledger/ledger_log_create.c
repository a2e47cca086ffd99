/* The beginning of a log: never where one was, whatever is left of it. */
#include "ledger/log_fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* Removes all of the log but the files whose paths begin so. */
static void leave_only(const char *path) {
    for (size_t i = 0; i < MEMORY_FILES; i++) {
        struct memory_file *file = &memory.files[i];
        if (!file->bytes || strncmp(file->path, path, strlen(path)) == 0) continue;
        free(file->bytes);
        *file = (struct memory_file){.bytes = NULL};
    }
}

static void put(const char *path, const char *text) {
    assert_int_equal(memory_put(&memory, path, text, strlen(text)), ERR_OK);
}

static void traces_of_a_log_are_refused(void **state) {
    static const struct {
        const char *left, *word;
        uint64_t size;
    } cases[] = {
        {"public/checkpoint", "beside a checkpoint", 5},
        {"journal", "beside a journal with entries", 5},
        {"public/tile/0/", "beside public/tile/0/000.p/5: this was a log", 5},
        {"public/tile/0/", "beside public/tile/0/000", 256},
        {"public/tile/", "beside public/tile/0/000", 300},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        start(cases[i].size);
        leave_only(cases[i].left);
        unsigned puts = memory.puts;
        assert_refused(ERR_MISSING, STORE_SIGNED, cases[i].word);
        assert_int_equal(memory.puts, puts);
        memory_free(&memory);
    }
}

static void an_index_of_pruned_entries_is_a_trace(void **state) {
    (void)state;
    put(STORE_PRUNED, "256\nx\n");
    assert_refused(ERR_MISSING, STORE_SIGNED, "beside public/pruned");
}

static void other_keys_are_a_trace(void **state) {
    char text[2 * NOTE_KEY_TEXT_BYTES + 2];
    (void)state;
    size_t length = note_key_text(&second_key.key, text);
    memcpy(text + length, "\n", 2);
    put(STORE_VKEY, text);
    assert_refused(ERR_MISSING, STORE_SIGNED, "beside public/vkey with another key");
    size_t both = length + 1 + note_key_text(&first_key.key, text + length + 1);
    memcpy(text + both, "\n", 2);
    put(STORE_VKEY, text);
    assert_refused(ERR_MISSING, STORE_SIGNED, "beside public/vkey with another key");
    put(STORE_VKEY, text + length + 1); /* its own alone: an interrupted creation */
    assert_int_equal(open_log(), ERR_OK);
    assert_true(opened.created);
}

static void an_empty_folder_begins_anew(void **state) {
    (void)state;
    start(300);
    memory_free(&memory);
    assert_int_equal(open_log(), ERR_OK);
    assert_true(opened.created); /* and it is for the caller to say so */
    assert_int_equal(opened.published, 0);
}

static void what_cannot_be_read_may_be_there(void **state) {
    static const char *const paths[] = {
        STORE_CHECKPOINT,         STORE_JOURNAL,      STORE_VKEY, STORE_PRUNED,
        "public/tile/0/000.p/17", "public/tile/0/000"};
    (void)state;
    memory.fails = ERR_IO;
    memory.operation = "read";
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        memory.failing = paths[i];
        assert_int_equal(open_log(), ERR_IO);
        assert_non_null(strstr(opened.text, "Input/output error"));
    }
    assert_int_equal(memory.puts, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(traces_of_a_log_are_refused),      TEST(an_index_of_pruned_entries_is_a_trace),
        TEST(other_keys_are_a_trace),           TEST(an_empty_folder_begins_anew),
        TEST(what_cannot_be_read_may_be_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
