/* The NTP header: every length and first octet, known bytes, timestamps over eras, short format. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "wire/ntp_packet.h"

static uint64_t next_random(uint64_t *state) {
    *state += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 (Steele, Lea, Flood 2014) */
    uint64_t z = *state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static void every_length(void **state) {
    (void)state;
    uint8_t bytes[1500];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i * 7);
    for (size_t length = 0; length <= sizeof bytes; length++) {
        struct ntp_packet packet = {.stratum = 99};
        enum err err = ntp_packet_parse(bytes, length, &packet);
        assert_int_equal(err, length < 48 ? ERR_SHORT : ERR_OK);
        assert_int_equal(packet.stratum, length < 48 ? 99 : 7);
    }
}

static void every_first_octet(void **state) {
    (void)state;
    for (unsigned first = 0; first < 256; first++) {
        uint8_t bytes[48] = {(uint8_t)first}, built[48];
        struct ntp_packet packet;
        assert_int_equal(ntp_packet_parse(bytes, sizeof bytes, &packet), ERR_OK);
        assert_int_equal(packet.leap, first / 64);
        assert_int_equal(packet.version, first / 8 % 8);
        assert_int_equal(packet.mode, first % 8);
        ntp_packet_build(&packet, built);
        assert_memory_equal(built, bytes, sizeof bytes);
    }
}

static void random_headers_survive(void **state) {
    (void)state;
    uint64_t seed = 5905;
    for (int round = 0; round < 5000; round++) {
        uint64_t words[6];
        uint8_t built[48];
        for (size_t i = 0; i < 6; i++) words[i] = next_random(&seed);
        struct ntp_packet packet;
        assert_int_equal(ntp_packet_parse((const uint8_t *)words, 48, &packet), ERR_OK);
        ntp_packet_build(&packet, built);
        assert_memory_equal(built, words, sizeof built);
    }
}

static void known_bytes(void **state) {
    (void)state;
    static const uint8_t bytes[48] = {
        0x24, 0x01, 0x06, 0xe9, 0x00, 0x01, 0x80, 0x00, 0x00, 0x00, 0x00, 0x21,
        'P',  'P',  'S',  0x00, 0xe8, 0x00, 0x00, 0x00, 0x80, 0x00, 0x00, 0x00,
        1,    2,    3,    4,    5,    6,    7,    8,    0xe8, 0x00, 0x00, 0x01,
        0x40, 0x00, 0x00, 0x00, 0xe8, 0x00, 0x00, 0x02, 0xff, 0xff, 0xff, 0xff,
    };
    struct ntp_packet packet;
    assert_int_equal(ntp_packet_parse(bytes, sizeof bytes, &packet), ERR_OK);
    assert_int_equal(packet.leap, 0);
    assert_int_equal(packet.version, 4);
    assert_int_equal(packet.mode, NTP_MODE_SERVER);
    assert_int_equal(packet.stratum, 1);
    assert_int_equal(packet.poll_log2s, 6);
    assert_int_equal(packet.precision_log2s, -23);
    assert_true(ntp_packet_short_s(packet.root_delay) == 1.5);
    assert_true(ntp_packet_short_s(packet.root_dispersion) == 33.0 / 65536);
    assert_int_equal(packet.reference_id, 0x50505300);
    assert_true(packet.reference == UINT64_C(0xe800000080000000));
    assert_true(packet.origin == UINT64_C(0x0102030405060708));
    assert_true(packet.receive == UINT64_C(0xe800000140000000));
    assert_true(packet.transmit == UINT64_C(0xe8000002ffffffff));
}

static struct utc at_s(int64_t seconds) {
    return (struct utc){seconds * NS_PER_S};
}

/* Dates of RFC 5905 figure 4, as days of the Modified Julian Date: 40587 is 1970-01-01. */
static void dates_of_the_rfc(void **state) {
    (void)state;
    static const struct {
        int64_t mjd;
        uint32_t timestamp_s;
    } dates[] = {
        {15020, 0},          /* 1900-01-01: era 0 begins */
        {40587, 2208988800}, /* 1970-01-01 */
        {41317, 2272060800}, /* 1972-01-01 */
        {51543, 3155587200}, /* 1999-12-31 */
        {64731, 63104},      /* 2036-02-08, in era 1 */
    };
    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
        struct utc utc = at_s((dates[i].mjd - 40587) * 86400);
        uint64_t timestamp = ntp_packet_from_utc(utc);
        assert_true(timestamp == (uint64_t)dates[i].timestamp_s << 32);
        assert_true(ntp_packet_to_utc(timestamp, utc).ns == utc.ns);
    }
    /* 2036-02-07 06:28:16 UTC: era 1 begins, and its first instant reads as zero. */
    assert_true(ntp_packet_from_utc(at_s(INT64_C(2085978496))) == 0);
    assert_true(ntp_packet_from_utc(at_s(INT64_C(2085978495))) == UINT64_C(0xffffffff00000000));
    assert_true(ntp_packet_to_utc(0, at_s(2000000000)).ns == INT64_C(2085978496) * NS_PER_S);
}

static void every_ns_survives(void **state) {
    (void)state;
    uint64_t seed = 7;
    for (int i = 0; i < 200000; i++) {
        /* +- 140 years around 1970 */
        int64_t ns = (int64_t)next_random(&seed) >> 1;
        int64_t apart_ns = (int64_t)(next_random(&seed) % 4294967296) * (NS_PER_S / 2);
        struct utc pivot = {ns + (i % 2 ? apart_ns : -apart_ns) / 2};
        assert_true(ntp_packet_to_utc(ntp_packet_from_utc((struct utc){ns}), pivot).ns == ns);
    }
}

static void rounding_is_to_nearest(void **state) {
    (void)state;
    const uint64_t epoch = UINT64_C(2208988800) << 32;
    assert_true(ntp_packet_from_utc((struct utc){1}) == epoch + 4); /* 4.29 units */
    assert_true(ntp_packet_from_utc((struct utc){-1}) == epoch - 4);
    assert_true(ntp_packet_from_utc((struct utc){999999999}) == epoch + UINT64_C(0xfffffffc));
    assert_true(ntp_packet_from_utc((struct utc){-999999999}) == epoch - UINT64_C(0xfffffffc));
    assert_true(ntp_packet_from_utc((struct utc){500000000}) == epoch + UINT64_C(0x80000000));
    struct utc zero = {0};
    assert_true(ntp_packet_to_utc(epoch + 2, zero).ns == 0); /* 0.47 ns */
    assert_true(ntp_packet_to_utc(epoch + 3, zero).ns == 1); /* 0.70 ns */
    assert_true(ntp_packet_to_utc(epoch - 3, zero).ns == -1);
    assert_true(ntp_packet_to_utc(epoch + UINT32_MAX, zero).ns == NS_PER_S);
}

static void the_era_nearest_to_the_pivot(void **state) {
    (void)state;
    const int64_t era_s = INT64_C(1) << 32, half_s = INT64_C(1) << 31;
    struct utc pivot = at_s(1790000000);
    for (int64_t apart = -half_s; apart < half_s; apart += half_s / 5) {
        struct utc there = at_s(1790000000 + apart);
        assert_true(ntp_packet_to_utc(ntp_packet_from_utc(there), pivot).ns == there.ns);
    }
    struct utc beyond = at_s(1790000000 + half_s);
    assert_true(ntp_packet_to_utc(ntp_packet_from_utc(beyond), pivot).ns ==
                beyond.ns - era_s * NS_PER_S);
}

static void the_ends_of_time_saturate(void **state) {
    (void)state;
    uint64_t seed = 99;
    for (int i = 0; i < 1000; i++) {
        uint64_t timestamp = next_random(&seed);
        int64_t late = ntp_packet_to_utc(timestamp, (struct utc){INT64_MAX}).ns;
        int64_t early = ntp_packet_to_utc(timestamp, (struct utc){INT64_MIN}).ns;
        assert_true(late > INT64_MAX - (INT64_C(1) << 31) * NS_PER_S);
        assert_true(early < INT64_MIN + (INT64_C(1) << 31) * NS_PER_S);
    }
    assert_true(ntp_packet_from_utc((struct utc){INT64_MAX}) != 0);
    assert_true(ntp_packet_from_utc((struct utc){INT64_MIN}) != 0);
}

static void short_format_rounds_up(void **state) {
    (void)state;
    const double unit_s = 1.0 / 65536;
    assert_int_equal(ntp_packet_short_from_s(0), 0);
    assert_int_equal(ntp_packet_short_from_s(-1), 0);
    assert_int_equal(ntp_packet_short_from_s(-INFINITY), 0);
    assert_int_equal(ntp_packet_short_from_s(1e-12), 1);
    assert_int_equal(ntp_packet_short_from_s(unit_s), 1);
    assert_int_equal(ntp_packet_short_from_s(nextafter(unit_s, 1)), 2);
    assert_int_equal(ntp_packet_short_from_s(1), 65536);
    assert_true(ntp_packet_short_from_s(65536 - unit_s) == UINT32_MAX);
    assert_true(ntp_packet_short_from_s(65536) == UINT32_MAX);
    assert_true(ntp_packet_short_from_s(1e300) == UINT32_MAX);
    assert_true(ntp_packet_short_from_s(INFINITY) == UINT32_MAX);
    assert_true(ntp_packet_short_from_s(NAN) == UINT32_MAX);
    assert_true(ntp_packet_short_s(UINT32_MAX) == 65536 - unit_s);
}

static void short_format_never_understates(void **state) {
    (void)state;
    uint64_t seed = 3;
    for (int i = 0; i < 20000; i++) {
        double s = (double)next_random(&seed) * 0x1p-64 * pow(10, (double)(i % 9) - 4);
        uint32_t value = ntp_packet_short_from_s(s);
        assert_true(ntp_packet_short_s(value) >= s);
        assert_true(ntp_packet_short_s(value) < s + 1.0 / 65536);
        assert_true(ntp_packet_short_from_s(ntp_packet_short_s(value)) == value);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length),
        cmocka_unit_test(every_first_octet),
        cmocka_unit_test(random_headers_survive),
        cmocka_unit_test(known_bytes),
        cmocka_unit_test(dates_of_the_rfc),
        cmocka_unit_test(every_ns_survives),
        cmocka_unit_test(rounding_is_to_nearest),
        cmocka_unit_test(the_era_nearest_to_the_pivot),
        cmocka_unit_test(the_ends_of_time_saturate),
        cmocka_unit_test(short_format_rounds_up),
        cmocka_unit_test(short_format_never_understates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
