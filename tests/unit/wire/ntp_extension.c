/* Extension fields: every length of tail, boundaries of RFC 7822, MACs, truncated and overlong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdbool.h>

#include "wire/ntp_extension.h"

enum { ROOM = 1500 - 48 };

static uint8_t tail[ROOM];

static size_t put_field(size_t at, uint16_t type, size_t length) {
    tail[at] = (uint8_t)(type >> 8);
    tail[at + 1] = (uint8_t)type;
    tail[at + 2] = (uint8_t)(length >> 8);
    tail[at + 3] = (uint8_t)length;
    return at + length;
}

static int clear(void **state) {
    (void)state;
    memset(tail, 0, sizeof tail);
    return 0;
}

static void nothing_or_a_mac(void **state) {
    (void)state;
    for (size_t length = 0; length < 28; length++) {
        struct ntp_extensions out = {.count = 77};
        bool right = length == 0 || length == 4 || length == 20 || length == 24;
        assert_int_equal(ntp_extension_parse(tail, length, &out), right ? ERR_OK : ERR_EXTENSION);
        assert_int_equal(out.count, right ? 0 : 77);
        if (right) assert_int_equal(out.mac_length, length);
    }
}

/* One field of every length, with every rest behind it. */
static void one_field_and_a_rest(void **state) {
    (void)state;
    for (size_t field = 0; field <= 64; field++) {
        for (size_t rest = 0; rest <= 27; rest++) {
            put_field(0, 0x0104, field);
            if (field + rest < 28) continue; /* then it is not a field; see nothing_or_a_mac */
            bool mac = rest == 4 || rest == 20 || rest == 24;
            bool right = field >= 16 && field % 4 == 0 && (mac || rest == 0);
            struct ntp_extensions out;
            enum err err = ntp_extension_parse(tail, field + rest, &out);
            /* A rest of 25 to 27 is read as a field of length 0, and refused as one. */
            assert_int_equal(err, right ? ERR_OK : ERR_EXTENSION);
            if (!right) continue;
            assert_int_equal(out.count, 1);
            assert_int_equal(out.fields[0].type, 0x0104);
            assert_int_equal(out.fields[0].length, field - 4);
            assert_ptr_equal(out.fields[0].value, tail + 4);
            assert_int_equal(out.mac_length, rest);
        }
    }
}

static void short_last_field_without_mac(void **state) {
    (void)state;
    struct ntp_extensions out;
    put_field(0, 1, 28);
    assert_int_equal(ntp_extension_parse(tail, 28, &out), ERR_OK);
    /* 24 bytes would be taken for a MAC, 16 for nothing known (RFC 7822 section 3). */
    put_field(0, 1, 24);
    assert_int_equal(ntp_extension_parse(tail, 24, &out), ERR_OK);
    assert_int_equal(out.count, 0);
    assert_int_equal(out.mac_length, 24);
    put_field(0, 1, 16);
    assert_int_equal(ntp_extension_parse(tail, 16, &out), ERR_EXTENSION);
    /* A short one before a long one is right, the other way round it is not. */
    size_t end = put_field(put_field(0, 1, 16), 2, 28);
    assert_int_equal(ntp_extension_parse(tail, end, &out), ERR_OK);
    assert_int_equal(out.count, 2);
    end = put_field(put_field(0, 2, 28), 1, 16);
    assert_int_equal(ntp_extension_parse(tail, end, &out), ERR_EXTENSION);
}

static void truncated_and_overlong(void **state) {
    (void)state;
    size_t end = put_field(put_field(0, 1, 100), 2, 200);
    struct ntp_extensions out;
    for (size_t length = 0; length <= end; length++) {
        enum err err = ntp_extension_parse(tail, length, &out);
        bool mac = length == 0 || length == 4 || length == 20 || length == 24;
        bool first = length == 100 || length == 104 || length == 120 || length == 124;
        assert_int_equal(err, mac || first || length == end ? ERR_OK : ERR_EXTENSION);
    }
    for (size_t length = 0; length <= 0xffff; length++) {
        put_field(100, 2, length);
        enum err err = ntp_extension_parse(tail, end, &out);
        bool right = length == 200 || length == 196 || length == 180 || length == 176;
        if (err == ERR_OK) assert_true(right);
        assert_int_equal(err == ERR_OK, right);
    }
}

static void length_of_zero_does_not_spin(void **state) {
    (void)state;
    struct ntp_extensions out;
    assert_int_equal(ntp_extension_parse(tail, sizeof tail, &out), ERR_EXTENSION);
    put_field(0, 1, 4);
    assert_int_equal(ntp_extension_parse(tail, sizeof tail, &out), ERR_EXTENSION);
}

static void too_many_fields(void **state) {
    (void)state;
    struct ntp_extensions out;
    size_t end = 0;
    for (int i = 0; i < LIMIT_EXTENSION_FIELDS; i++) end = put_field(end, (uint16_t)i, 28);
    assert_int_equal(ntp_extension_parse(tail, end, &out), ERR_OK);
    assert_int_equal(out.count, LIMIT_EXTENSION_FIELDS);
    assert_int_equal(out.fields[LIMIT_EXTENSION_FIELDS - 1].type, LIMIT_EXTENSION_FIELDS - 1);
    end = put_field(end, 1, 28);
    out.count = 5;
    assert_int_equal(ntp_extension_parse(tail, end, &out), ERR_FULL);
    assert_int_equal(out.count, 5);
}

static void largest_field(void **state) {
    (void)state;
    struct ntp_extensions out;
    put_field(0, 0x0404, ROOM);
    assert_int_equal(ntp_extension_parse(tail, ROOM, &out), ERR_OK);
    assert_int_equal(out.fields[0].length, ROOM - 4);
}

static void random_tails_stay_inside(void **state) {
    (void)state;
    uint64_t seed = 7822;
    int taken = 0;
    for (int round = 0; round < 20000; round++) {
        size_t end = 0;
        for (int i = 0; i < 4; i++) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            size_t length = seed >> 58 << 2, wrong = seed >> 33 & 0x7f;
            put_field(end, (uint16_t)(seed >> 40), length);
            end += (seed >> 20 & 7) == 0 ? wrong : length;
        }
        struct ntp_extensions out;
        if (ntp_extension_parse(tail, end, &out) != ERR_OK) continue;
        taken++;
        size_t total = out.mac_length;
        for (size_t i = 0; i < out.count; i++) {
            assert_true(out.fields[i].value >= tail + 4);
            assert_true(out.fields[i].value + out.fields[i].length <= tail + end);
            total += out.fields[i].length + 4;
        }
        assert_int_equal(total, end);
    }
    assert_true(taken > 2000);
}

static void skipping_without_keys(void **state) {
    (void)state;
    assert_int_equal(ntp_extension_skip(4, tail, 0), ERR_OK);
    assert_int_equal(ntp_extension_skip(3, tail, 0), ERR_OK);
    size_t end = put_field(0, 0x0104, 36);
    assert_int_equal(ntp_extension_skip(4, tail, end), ERR_OK);
    assert_int_equal(ntp_extension_skip(3, tail, end), ERR_EXTENSION);
    assert_int_equal(ntp_extension_skip(4, tail, end + 1), ERR_EXTENSION);
    static const size_t macs[] = {4, 20, 24};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(ntp_extension_skip(4, tail, macs[i]), ERR_AUTH);
        assert_int_equal(ntp_extension_skip(3, tail, macs[i]), ERR_AUTH);
        assert_int_equal(ntp_extension_skip(4, tail, end + macs[i]), ERR_AUTH);
    }
    assert_int_equal(ntp_extension_skip(3, tail, 12), ERR_AUTH); /* RFC 1305 appendix C */
    assert_int_equal(ntp_extension_skip(4, tail, 12), ERR_EXTENSION);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_or_a_mac, clear),
        cmocka_unit_test_setup(one_field_and_a_rest, clear),
        cmocka_unit_test_setup(short_last_field_without_mac, clear),
        cmocka_unit_test_setup(truncated_and_overlong, clear),
        cmocka_unit_test_setup(length_of_zero_does_not_spin, clear),
        cmocka_unit_test_setup(too_many_fields, clear),
        cmocka_unit_test_setup(largest_field, clear),
        cmocka_unit_test_setup(random_tails_stay_inside, clear),
        cmocka_unit_test_setup(skipping_without_keys, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
