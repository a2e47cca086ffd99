/* Reader and writer: big-endian order, sticky failure, exact consumption. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "base/bytes.h"

static void what_is_written_reads_back(void **state) {
    (void)state;
    uint8_t buffer[32];
    struct writer w = writer_of(buffer, sizeof buffer);
    bytes_put_u8(&w, 0xfe);
    bytes_put_u16(&w, 0x1234);
    bytes_put_u32(&w, 0x89abcdef);
    bytes_put_u64(&w, UINT64_C(0x0123456789abcdef));
    bytes_put_f64(&w, -0.1);
    bytes_put(&w, "xyz", 3);
    assert_false(w.failed);
    assert_int_equal(writer_length(&w), 26);

    struct reader r = reader_of(buffer, writer_length(&w));
    assert_int_equal(bytes_get_u8(&r), 0xfe);
    assert_int_equal(bytes_get_u16(&r), 0x1234);
    assert_int_equal(bytes_get_u32(&r), 0x89abcdef);
    assert_true(bytes_get_u64(&r) == UINT64_C(0x0123456789abcdef));
    assert_true(bytes_get_f64(&r) == -0.1);
    char text[3];
    assert_int_equal(bytes_finish(&r), ERR_TRAILING);
    bytes_get(&r, text, sizeof text);
    assert_memory_equal(text, "xyz", 3);
    assert_int_equal(bytes_finish(&r), ERR_OK);
}

static void order_is_big_endian(void **state) {
    (void)state;
    uint8_t buffer[14];
    struct writer w = writer_of(buffer, sizeof buffer);
    bytes_put_u16(&w, 0x0102);
    bytes_put_u32(&w, 0x03040506);
    bytes_put_f64(&w, 1.0);
    const uint8_t expected[] = {1, 2, 3, 4, 5, 6, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0};
    assert_memory_equal(buffer, expected, sizeof expected);
}

static void reading_past_the_end_sticks(void **state) {
    (void)state;
    const uint8_t bytes[] = {1, 2, 3};
    struct reader r = reader_of(bytes, sizeof bytes);
    assert_int_equal(bytes_get_u32(&r), 0);
    assert_true(r.failed);
    assert_int_equal(bytes_get_u8(&r), 0); /* what was left is not given out any more */
    uint8_t out[2] = {9, 9};
    bytes_get(&r, out, sizeof out);
    assert_int_equal(out[0] | out[1], 0);
    assert_null(bytes_take(&r, 1));
    assert_int_equal(reader_left(&r), 0);
    assert_int_equal(bytes_finish(&r), ERR_SHORT);
}

static void every_short_length_fails(void **state) {
    (void)state;
    const uint8_t bytes[8] = {1, 1, 1, 1, 1, 1, 1, 1};
    for (size_t length = 0; length <= 8; length++) {
        struct reader r = reader_of(bytes, length);
        uint64_t value = bytes_get_u64(&r);
        assert_true(value == (length == 8 ? UINT64_C(0x0101010101010101) : 0));
        assert_int_equal(bytes_finish(&r), length == 8 ? ERR_OK : ERR_SHORT);
    }
}

static void writing_past_the_end_sticks(void **state) {
    (void)state;
    uint8_t buffer[5] = {0, 0, 0, 0, 0xaa};
    struct writer w = writer_of(buffer, 4);
    bytes_put_u16(&w, 0x0102);
    bytes_put_u32(&w, 0x03040506);
    assert_true(w.failed);
    bytes_put_u8(&w, 7); /* would fit, but a message with a hole is none */
    assert_int_equal(writer_length(&w), 2);
    assert_int_equal(buffer[2], 0);
    assert_int_equal(buffer[4], 0xaa);
}

static void nothing_is_something_too(void **state) {
    (void)state;
    struct reader r = reader_of("", 0);
    assert_non_null(bytes_take(&r, 0));
    assert_int_equal(bytes_finish(&r), ERR_OK);
    uint8_t buffer[1];
    struct writer w = writer_of(buffer, 0);
    bytes_put(&w, NULL, 0);
    assert_false(w.failed);
    bytes_put_u8(&w, 1);
    assert_true(w.failed);
}

static void odd_doubles_keep_their_bits(void **state) {
    (void)state;
    const double values[] = {0.0, -0.0, INFINITY, -INFINITY, NAN, 5e-324, 1.7976931348623157e308};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        uint8_t buffer[8];
        struct writer w = writer_of(buffer, sizeof buffer);
        bytes_put_f64(&w, values[i]);
        struct reader r = reader_of(buffer, sizeof buffer);
        double back = bytes_get_f64(&r);
        assert_memory_equal(&back, &values[i], sizeof back);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_reads_back),  cmocka_unit_test(order_is_big_endian),
        cmocka_unit_test(reading_past_the_end_sticks), cmocka_unit_test(every_short_length_fails),
        cmocka_unit_test(writing_past_the_end_sticks), cmocka_unit_test(nothing_is_something_too),
        cmocka_unit_test(odd_doubles_keep_their_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
