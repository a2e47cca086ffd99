/* The file of what is meant to be signed: two pages in turn, one of which may be torn. */
#include "ledger/signed_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static uint8_t file[SIGNED_FILE_BYTES];

static void write_page(uint64_t sequence, uint64_t size) {
    struct signed_file intention = {.sequence = sequence, .size = size, .journal_bytes = 77};
    memset(&intention.root, (int)size, sizeof intention.root);
    signed_file_build(&intention, file + signed_file_offset(sequence));
}

static void assert_newest(uint64_t sequence, uint64_t size) {
    struct signed_file found;
    assert_int_equal(signed_file_parse(file, sizeof file, &found), ERR_OK);
    assert_int_equal(found.sequence, sequence);
    assert_int_equal(found.size, size);
    assert_int_equal(found.journal_bytes, 77);
    assert_int_equal(found.root.bytes[31], size);
}

static void the_newest_counts(void **state) {
    (void)state;
    memset(file, 0, sizeof file);
    write_page(0, 5);
    assert_newest(0, 5);
    write_page(1, 6);
    assert_newest(1, 6);
    write_page(2, 7);
    assert_newest(2, 7);
}

static void a_torn_page_leaves_the_other(void **state) {
    (void)state;
    for (unsigned at = 0; at < 8 + 8 + 8 + 4 + 32 + 32; at++) {
        write_page(2, 7);
        write_page(3, 8);
        file[SIGNED_PAGE_BYTES + at] ^= 0x10;
        assert_newest(2, 7);
    }
}

static void refuses(void **state) {
    struct signed_file found = {.size = 99};
    (void)state;
    memset(file, 0, sizeof file);
    assert_int_equal(signed_file_parse(file, sizeof file, &found), ERR_DAMAGED);
    assert_int_equal(signed_file_parse(file, sizeof file - 1, &found), ERR_SHORT);
    assert_int_equal(signed_file_parse(file, 0, &found), ERR_SHORT);
    write_page(2, 7);
    memmove(file + SIGNED_PAGE_BYTES, file, SIGNED_PAGE_BYTES); /* where it does not belong */
    memset(file, 0, SIGNED_PAGE_BYTES);
    assert_int_equal(signed_file_parse(file, sizeof file, &found), ERR_DAMAGED);
    write_page(2, MERKLE_SIZE_MAX + 1);
    assert_int_equal(signed_file_parse(file, sizeof file, &found), ERR_DAMAGED);
    assert_int_equal(found.size, 99);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_counts),
        cmocka_unit_test(a_torn_page_leaves_the_other),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
