/* Fields there and back, and ranges; whole messages are in the tests of messages and records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "jobs/codec.h"

static uint8_t bytes[4096];
static struct reader reader;
static struct writer writer;
static struct codec codec;

static struct codec *write_new(void) {
    writer = writer_of(bytes, sizeof bytes);
    codec = (struct codec){.out = &writer};
    return &codec;
}

/* Reads what was written last. */
static struct codec *read_back(void) {
    reader = reader_of(bytes, writer_length(&writer));
    codec = (struct codec){.in = &reader};
    return &codec;
}

static void expect_end(bool wrong) {
    assert_int_equal(codec.wrong, wrong);
    assert_int_equal(reader_left(&reader), 0);
    assert_false(reader.failed);
}

static void integers_are_big_endian(void **state) {
    static const uint8_t wanted[] = {0xfe, 0x12, 0x34, 0x89, 0xab, 0xcd, 0xef, 0xff, 0xff, 0xff,
                                     0xfe, 1,    2,    3,    4,    5,    6,    7,    8};
    int8_t i8 = -2, j8 = 0;
    uint16_t u16 = 0x1234, v16 = 0;
    uint32_t u32 = 0x89abcdef, v32 = 0;
    int32_t i32 = -2, j32 = 0;
    uint64_t u64 = 0x0102030405060708, v64 = 0;
    (void)state;
    struct codec *c = write_new();
    codec_i8(c, &i8);
    codec_u16(c, &u16);
    codec_u32(c, &u32);
    codec_i32(c, &i32);
    codec_u64(c, &u64);
    assert_int_equal(writer_length(&writer), sizeof wanted);
    assert_memory_equal(bytes, wanted, sizeof wanted);
    c = read_back();
    codec_i8(c, &j8);
    codec_u16(c, &v16);
    codec_u32(c, &v32);
    codec_i32(c, &j32);
    codec_u64(c, &v64);
    expect_end(false);
    assert_true(j8 == -2 && v16 == u16 && v32 == u32 && j32 == -2 && v64 == u64);
}

static bool u8_is_wrong(uint8_t value, uint8_t least, uint8_t most) {
    uint8_t read = 0;
    codec_u8(write_new(), &value, 0, UINT8_MAX);
    codec_u8(read_back(), &read, least, most);
    assert_int_equal(read, value);
    return codec.wrong;
}

static bool ns_is_wrong(int64_t ns, bool or_never) {
    int64_t read = 0;
    codec_ns(write_new(), &ns, or_never);
    codec_ns(read_back(), &read, or_never);
    assert_true(read == ns);
    return codec.wrong;
}

static void small_numbers_and_times_have_ranges(void **state) {
    const int64_t far = INT64_C(1) << 62;
    (void)state;
    assert_false(u8_is_wrong(3, 3, 4) || u8_is_wrong(4, 3, 4));
    assert_true(u8_is_wrong(2, 3, 4) && u8_is_wrong(5, 3, 4));
    assert_false(ns_is_wrong(far - 1, false) || ns_is_wrong(1 - far, false));
    assert_true(ns_is_wrong(far, false) && ns_is_wrong(-far, false));
    assert_true(ns_is_wrong(INT64_MAX, false) && ns_is_wrong(INT64_MIN, true));
    assert_false(ns_is_wrong(INT64_MAX, true));
    assert_true(ns_is_wrong(INT64_MAX - 1, true));
}

static void a_bool_is_nought_or_one(void **state) {
    bool value = true, read = false;
    (void)state;
    codec_bool(write_new(), &value);
    codec_bool(read_back(), &read);
    expect_end(false);
    assert_true(read);
    bytes[0] = 2;
    codec_bool(read_back(), &read);
    assert_true(codec.wrong);
}

/* Bit for bit, down to the sign of nought. */
static void doubles_come_back_bit_for_bit(void **state) {
    static const double values[] = {0.0, -0.0, 1.0 / 3, -DBL_MAX, DBL_TRUE_MIN, 1e-9, M_PI};
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        double value = values[i], read = 7;
        codec_finite(write_new(), &value);
        codec_finite(read_back(), &read);
        expect_end(false);
        assert_memory_equal(&read, &values[i], sizeof read);
    }
}

static bool double_is_wrong(void (*field)(struct codec *, double *), double value) {
    double read;
    field(write_new(), &value);
    field(read_back(), &read);
    return codec.wrong;
}

static void doubles_have_ranges(void **state) {
    void (*const fields[])(struct codec *, double *) = {codec_finite, codec_positive, codec_rate};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_true(double_is_wrong(fields[i], NAN));
        assert_true(double_is_wrong(fields[i], INFINITY));
        assert_true(double_is_wrong(fields[i], -INFINITY));
        assert_false(double_is_wrong(fields[i], 0.5));
    }
    assert_false(double_is_wrong(codec_finite, -DBL_MAX));
    assert_true(double_is_wrong(codec_positive, -DBL_TRUE_MIN));
    assert_false(double_is_wrong(codec_rate, -1));
    assert_true(double_is_wrong(codec_rate, nextafter(1, 2)));
}

static bool text_is_wrong(const char *text) {
    char copy[32], read[16] = "untouched";
    snprintf(copy, sizeof copy, "%s", text);
    codec_text(write_new(), copy, sizeof copy);
    codec_text(read_back(), read, sizeof read);
    if (!codec.wrong) assert_string_equal(read, text);
    return codec.wrong;
}

static void texts_fit_and_hold_no_control_characters(void **state) {
    (void)state;
    assert_false(text_is_wrong("") || text_is_wrong("fifteen letters") ||
                 text_is_wrong("M\xc3\xbc"));
    assert_true(text_is_wrong("sixteen letters!"));
    assert_true(text_is_wrong("bell\x07") && text_is_wrong("\x1b[31m") && text_is_wrong("\x7f"));
    char read[16], three[] = "a.b";
    codec_text(write_new(), three, sizeof three);
    bytes[3] = 0; /* a zero inside would hide what follows */
    codec_text(read_back(), read, sizeof read);
    assert_true(codec.wrong);
}

static void octets_that_do_not_fit_are_left_alone(void **state) {
    uint8_t some[4] = {1, 2, 3, 4}, read[4] = {9, 9, 9, 9};
    uint16_t length = sizeof some, got = 0;
    (void)state;
    codec_octets(write_new(), some, &length, sizeof some);
    codec_octets(read_back(), read, &got, sizeof read);
    expect_end(false);
    assert_int_equal(got, 4);
    assert_memory_equal(read, some, 4);
    memset(read, 9, sizeof read);
    codec_octets(read_back(), read, &got, sizeof read - 1);
    assert_true(codec.wrong && read[0] == 9);
}

static void addresses(void **state) {
    static const struct addr hosts[] = {
        {.family = ADDR_IPV4, .bytes = {192, 0, 2, 1}, .port = 123},
        {.family = ADDR_IPV6, .bytes = {0xfe, 0x80, [15] = 1}, .port = 4460, .scope = 3},
    };
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct addr addr = hosts[i], read = {0};
        codec_address(write_new(), &addr);
        codec_address(read_back(), &read);
        expect_end(false);
        assert_true(addr_same(&read, &hosts[i]) && read.port == hosts[i].port);
        bytes[0] = 5;
        codec_address(read_back(), &read);
        assert_true(codec.wrong);
    }
    struct addr none = {.family = ADDR_NONE}, read = hosts[0];
    codec_host(write_new(), &none);
    codec_host(read_back(), &read);
    expect_end(false);
    assert_int_equal(read.family, ADDR_NONE);
    codec_address(write_new(), &none);
    codec_address(read_back(), &read);
    assert_true(codec.wrong); /* where there must be one */
}

static void sources(void **state) {
    uint16_t last = LIMIT_SOURCES - 1, local = LIMIT_SOURCES, beyond = LIMIT_SOURCES + 1, read;
    (void)state;
    codec_source(write_new(), &last);
    codec_source(read_back(), &read);
    expect_end(false);
    codec_source_or_local(write_new(), &local);
    codec_source(read_back(), &read);
    assert_true(codec.wrong);
    codec_source_or_local(read_back(), &read);
    expect_end(false);
    codec_source_or_local(write_new(), &beyond);
    codec_source_or_local(read_back(), &read);
    assert_true(codec.wrong);
}

/* A clock that does not serve needs no stratum; one that does has one. */
static void the_stratum_of_a_clock(void **state) {
    struct clock_state clock = {.void_after = MONO_NEVER, .next_leap = {INT64_MAX}}, read = {0};
    (void)state;
    codec_clock(write_new(), &clock);
    codec_clock(read_back(), &read);
    expect_end(false);
    clock.synchronised = true;
    codec_clock(write_new(), &clock);
    codec_clock(read_back(), &read);
    assert_true(codec.wrong);
    clock.stratum = 1;
    clock.generation = 77;
    codec_clock(write_new(), &clock);
    codec_clock(read_back(), &read);
    expect_end(false);
    assert_true(read.generation == 77 && read.void_after.ns == INT64_MAX);
}

/* What is cut off is the reader's failure, not a wrong range. */
static void what_is_cut_off(void **state) {
    struct exchange x;
    (void)state;
    reader = reader_of(bytes, 7);
    codec = (struct codec){.in = &reader};
    codec_exchange(&codec, &x);
    assert_true(reader.failed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_big_endian),
        cmocka_unit_test(small_numbers_and_times_have_ranges),
        cmocka_unit_test(a_bool_is_nought_or_one),
        cmocka_unit_test(doubles_come_back_bit_for_bit),
        cmocka_unit_test(doubles_have_ranges),
        cmocka_unit_test(texts_fit_and_hold_no_control_characters),
        cmocka_unit_test(octets_that_do_not_fit_are_left_alone),
        cmocka_unit_test(addresses),
        cmocka_unit_test(sources),
        cmocka_unit_test(the_stratum_of_a_clock),
        cmocka_unit_test(what_is_cut_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
