/* Records of the journal: what is built is read back, and every flipped bit of it is noticed. */
#include "ledger/journal_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ledger/tile.h"

static struct journal_record made, found;

static void make(unsigned count) {
    static const char text[] = "{\"v\":1,\"kind\":\"sample\"}";
    journal_file_start(&made, 1000, 1234);
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(journal_file_add(&made, text, sizeof text - 1 - i % 3), ERR_OK);
}

static void comes_back(void **state) {
    (void)state;
    make(7);
    uint32_t extent = journal_file_seal(&made);
    assert_int_equal(extent, JOURNAL_PAGE_BYTES);
    memcpy(found.bytes, made.bytes, extent);
    assert_int_equal(journal_file_parse(&found, extent), ERR_OK);
    assert_int_equal(found.base, 1000);
    assert_int_equal(found.first, 1234);
    assert_int_equal(found.count, 7);
    assert_int_equal(found.length, made.length);
    assert_memory_equal(found.leaves, made.leaves, 7 * sizeof made.leaves[0]);
}

static void notices_every_bit(void **state) {
    (void)state;
    make(3);
    uint32_t extent = journal_file_seal(&made), used = JOURNAL_HEADER_BYTES + made.length;
    for (uint32_t bit = 0; bit < 8 * used; bit++) {
        memcpy(found.bytes, made.bytes, extent);
        found.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_not_equal(journal_file_parse(&found, extent), ERR_OK);
    }
}

static void notices_what_is_cut_off(void **state) {
    (void)state;
    make(3);
    uint32_t extent = journal_file_seal(&made), used = JOURNAL_HEADER_BYTES + made.length;
    memcpy(found.bytes, made.bytes, extent);
    for (uint32_t length = 0; length < used; length++)
        assert_int_equal(journal_file_parse(&found, length), ERR_SHORT);
    assert_int_equal(journal_file_parse(&found, used), ERR_OK);
}

static void has_limits(void **state) {
    static uint8_t longest[TILE_ENTRY_BYTES + 1];
    (void)state;
    journal_file_start(&made, 0, 0);
    assert_int_equal(journal_file_add(&made, longest, sizeof longest), ERR_TOO_LONG);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(journal_file_add(&made, longest, TILE_ENTRY_BYTES), ERR_OK);
    assert_int_equal(journal_file_add(&made, longest, TILE_ENTRY_BYTES), ERR_FULL);
    assert_int_equal(made.count, 3);
    make(LIMIT_LEDGER_BATCH_ENTRIES);
    assert_int_equal(journal_file_add(&made, "", 0), ERR_FULL);
    uint32_t extent = journal_file_seal(&made);
    memcpy(found.bytes, made.bytes, extent);
    assert_int_equal(journal_file_parse(&found, extent), ERR_OK);
}

static void refuses_what_cannot_be(void **state) {
    struct journal_header header;
    (void)state;
    make(1);
    journal_file_seal(&made);
    assert_int_equal(journal_file_parse_header(made.bytes, &header), ERR_OK);
    static const struct {
        size_t at;
        uint8_t value;
    } changes[] = {
        {8, 1},     /* base above first */
        {16, 0x80}, /* first above the largest tree */
        {24, 1},    /* more entries than a record holds */
        {27, 0},    /* no entry */
        {28, 1},    /* longer than a record */
        {31, 1},    /* fewer bytes than the lengths alone take */
    };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        memcpy(found.bytes, made.bytes, JOURNAL_HEADER_BYTES);
        found.bytes[changes[i].at] = changes[i].value;
        assert_int_equal(journal_file_parse_header(found.bytes, &header), ERR_RANGE);
    }
    found.bytes[0] = 'x';
    assert_int_equal(journal_file_parse_header(found.bytes, &header), ERR_SYNTAX);
}

static void fills_pages(void **state) {
    (void)state;
    assert_int_equal(journal_file_extent(0), JOURNAL_PAGE_BYTES);
    assert_int_equal(journal_file_extent(JOURNAL_PAGE_BYTES - JOURNAL_HEADER_BYTES),
                     JOURNAL_PAGE_BYTES);
    assert_int_equal(journal_file_extent(JOURNAL_PAGE_BYTES - JOURNAL_HEADER_BYTES + 1),
                     2 * JOURNAL_PAGE_BYTES);
    memset(made.bytes, 0xff, sizeof made.bytes);
    make(1);
    uint32_t extent = journal_file_seal(&made);
    for (uint32_t i = JOURNAL_HEADER_BYTES + made.length; i < extent; i++)
        assert_int_equal(made.bytes[i], 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back),
        cmocka_unit_test(notices_every_bit),
        cmocka_unit_test(notices_what_is_cut_off),
        cmocka_unit_test(has_limits),
        cmocka_unit_test(refuses_what_cannot_be),
        cmocka_unit_test(fills_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
