/* Server: what is answered, with which fields, and what is met with silence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "base/limits.h"
#include "proto/ntp_client.h"
#include "proto/ntp_server.h"

enum { PRECISION_LOG2S = -25 };

static const int64_t now_utc_s = 1790000000;
static const struct mono now = {INT64_C(500000000000)};
static struct clock_state page;
static struct ntp_server_times times;
static uint8_t request[LIMIT_DATAGRAM_BYTES + 4], reply_bytes[48];
static struct ntp_packet reply;

static int ready(void **state) {
    (void)state;
    page = (struct clock_state){
        .line = {.m0 = now,
                 .tai0 = {(now_utc_s + 37) * NS_PER_S},
                 .radius_s = 0.003,
                 .radius_rate = 1e-6},
        .void_after = mono_add(now, 100 * NS_PER_S),
        .synchronised = true,
        .stratum = 3,
        .reference_id = 0xc0000201,
        .reference_time = {(now_utc_s + 37 - 10) * NS_PER_S},
        .root_delay_s = 0.004,
        .bound_max_s = 0.1,
        .tai_utc_s = 37,
        .tai_utc_after_s = 37,
        .next_leap = {INT64_MAX},
    };
    times = (struct ntp_server_times){.received = mono_add(now, -20000), .now = now};
    const struct ntp_packet asked = {
        .version = 4,
        .mode = NTP_MODE_CLIENT,
        .poll_log2s = 9,
        .transmit = UINT64_C(0x1122334455667788),
    };
    memset(request, 0, sizeof request);
    ntp_packet_build(&asked, request);
    return 0;
}

static enum err serve_length(size_t length) {
    memset(reply_bytes, 0xee, sizeof reply_bytes);
    enum err err = ntp_server_reply(&page, PRECISION_LOG2S, times, request, length, reply_bytes);
    if (err != ERR_OK) { /* nothing half-written leaves by mistake */
        for (size_t i = 0; i < sizeof reply_bytes; i++) assert_int_equal(reply_bytes[i], 0xee);
        return err;
    }
    assert_true(length >= sizeof reply_bytes);
    assert_int_equal(ntp_packet_parse(reply_bytes, sizeof reply_bytes, &reply), ERR_OK);
    assert_int_equal(reply.mode, NTP_MODE_SERVER);
    return ERR_OK;
}

static enum err serve(void) {
    return serve_length(48);
}

static void every_field(void **state) {
    (void)state;
    assert_int_equal(serve(), ERR_OK);
    assert_int_equal(reply.leap, LEAP_NONE);
    assert_int_equal(reply.version, 4);
    assert_int_equal(reply.stratum, 3);
    assert_int_equal(reply.poll_log2s, 9);
    assert_int_equal(reply.precision_log2s, PRECISION_LOG2S);
    assert_int_equal(reply.root_delay, 263);     /* 262.144 rounded up */
    assert_int_equal(reply.root_dispersion, 66); /* (3 ms - 4 ms / 2) = 65.5 rounded up */
    assert_int_equal(reply.reference_id, 0xc0000201);
    assert_true(reply.origin == UINT64_C(0x1122334455667788));
    struct utc utc = {now_utc_s * NS_PER_S};
    assert_true(reply.transmit == ntp_packet_from_utc(utc));
    assert_true(reply.receive == ntp_packet_from_utc(utc_add(utc, -20000)));
    assert_true(reply.reference == ntp_packet_from_utc(utc_add(utc, -10 * NS_PER_S)));
}

static void version_and_poll_are_copied(void **state) {
    (void)state;
    request[0] = (uint8_t)(3 << 3 | NTP_MODE_CLIENT);
    for (int poll = -128; poll < 128; poll++) {
        request[2] = (uint8_t)poll;
        assert_int_equal(serve(), ERR_OK);
        assert_int_equal(reply.version, 3);
        assert_int_equal(reply.poll_log2s, poll);
    }
}

static void every_first_octet(void **state) {
    (void)state;
    for (unsigned first = 0; first < 256; first++) {
        request[0] = (uint8_t)first;
        unsigned version = first / 8 % 8, mode = first % 8;
        enum err expected = mode != NTP_MODE_CLIENT        ? ERR_MODE
                            : version != 3 && version != 4 ? ERR_VERSION
                                                           : ERR_OK;
        assert_int_equal(serve(), expected);
    }
}

static void every_length(void **state) {
    (void)state;
    for (unsigned version = 3; version <= 4; version++) {
        request[0] = (uint8_t)(version << 3 | NTP_MODE_CLIENT);
        for (size_t length = 0; length <= sizeof request; length++) {
            size_t tail = length - 48;
            request[50] = (uint8_t)(tail >> 8); /* one field of the length that is left */
            request[51] = (uint8_t)tail;
            if (length < 52) request[50] = request[51] = 0;
            bool mac = tail == 4 || tail == 20 || tail == 24 || (version == 3 && tail == 12);
            bool fields = tail == 0 || (version == 4 && tail >= 28 && tail % 4 == 0);
            enum err expected = length < 48                     ? ERR_SHORT
                                : length > LIMIT_DATAGRAM_BYTES ? ERR_TOO_LONG
                                : mac                           ? ERR_AUTH
                                : fields                        ? ERR_OK
                                                                : ERR_EXTENSION;
            assert_int_equal(serve_length(length), expected);
        }
    }
}

static void own_reply_sent_back(void **state) {
    (void)state;
    assert_int_equal(serve(), ERR_OK);
    memcpy(request, reply_bytes, sizeof reply_bytes);
    assert_int_equal(serve(), ERR_MODE);
}

static void zero_transmit_is_answered(void **state) {
    (void)state;
    memset(request + 40, 0, 8);
    assert_int_equal(serve(), ERR_OK);
    assert_true(reply.origin == 0);
}

static void expect_withdrawn(void) {
    assert_int_equal(serve(), ERR_OK);
    assert_int_equal(reply.leap, LEAP_ALARM);
    assert_int_equal(reply.stratum, 16);
    assert_int_equal(reply.reference_id, 0);
    assert_true(reply.transmit == ntp_packet_from_utc(clock_state_utc(&page, times.now)));
    ready(NULL);
}

static void withdrawal(void **state) {
    (void)state;
    page.synchronised = false;
    expect_withdrawn();
    page.line.radius_s = 0.2; /* over bound_max_s */
    expect_withdrawn();
    times.now = mono_add(page.void_after, 1); /* the keeper died */
    expect_withdrawn();
    times.now = page.void_after;
    assert_int_equal(serve(), ERR_OK);
    assert_int_equal(reply.stratum, 3);
    assert_int_equal(ntp_server_reply(NULL, PRECISION_LOG2S, times, request, 48, reply_bytes),
                     ERR_WITHDRAWN);
    request[0] = 0x26; /* mode 6: MODE, also without a clock */
    assert_int_equal(ntp_server_reply(NULL, PRECISION_LOG2S, times, request, 48, reply_bytes),
                     ERR_MODE);
}

static void unbounded_radius_saturates(void **state) {
    (void)state;
    page.line.radius_s = 1e9;
    assert_int_equal(serve(), ERR_OK);
    assert_int_equal(reply.stratum, 16);
    assert_true(reply.root_dispersion == UINT32_MAX);
}

static void the_bound_survives_rounding(void **state) {
    (void)state;
    uint64_t seed = 1;
    for (int round = 0; round < 20000; round++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        page.line.radius_s = (double)(seed >> 40) * 1e-9;
        page.root_delay_s = (double)(seed >> 8 & 0xffffff) * 2e-9;
        page.line.m0 = mono_add(now, (int64_t)(seed % 2000000) - 1000000);
        page.line.tai0 = (struct tai){(now_utc_s + 37) * NS_PER_S};
        assert_int_equal(serve(), ERR_OK);
        double given_s =
            ntp_packet_short_s(reply.root_delay) / 2 + ntp_packet_short_s(reply.root_dispersion);
        assert_true(given_s >= line_radius(&page.line, times.now));
        assert_true(given_s >= line_radius(&page.line, times.received));
    }
}

static void receive_stamp_after_now(void **state) {
    (void)state;
    times.received = mono_add(times.now, 700);
    assert_int_equal(serve(), ERR_OK);
    assert_true(reply.receive == reply.transmit);
}

static void never_set_clock_has_no_reference_time(void **state) {
    (void)state;
    page.synchronised = false;
    page.reference_time = (struct tai){0};
    assert_int_equal(serve(), ERR_OK);
    assert_true(reply.reference == 0);
}

static void leap_second_is_announced(void **state) {
    (void)state;
    page.tai_utc_after_s = 38;
    page.next_leap = (struct tai){(now_utc_s + 37 + 3600) * NS_PER_S};
    assert_int_equal(serve(), ERR_OK);
    assert_int_equal(reply.leap, LEAP_INSERT);
    page.tai_utc_after_s = 36;
    assert_int_equal(serve(), ERR_OK);
    assert_int_equal(reply.leap, LEAP_DELETE);
    page.next_leap = (struct tai){(now_utc_s + 37 + 3 * 86400) * NS_PER_S};
    assert_int_equal(serve(), ERR_OK);
    assert_int_equal(reply.leap, LEAP_NONE);
}

/* Our client takes what our server says, and finds the offset that was put in. */
static void client_and_server_agree(void **state) {
    (void)state;
    for (uint8_t version = 3; version <= 4; version++) {
        struct ntp_client client;
        struct ntp_client_reply got;
        struct mono sent = {1000}, back = {1000 + 300000};
        ntp_client_init(&client, version);
        ntp_client_request(&client, 42, sent, request);
        assert_int_equal(serve(), ERR_OK);
        struct utc pivot = {now_utc_s * NS_PER_S};
        assert_int_equal(ntp_client_reply(&client, reply_bytes, 48, back, 0, pivot, &got), ERR_OK);
        assert_true(got.exchange.t3.ns == now_utc_s * NS_PER_S);
        assert_true(utc_diff(got.exchange.t3, got.exchange.t2) == 20000);
        page.synchronised = false;
        ntp_client_request(&client, 43, sent, request);
        assert_int_equal(serve(), ERR_OK);
        assert_int_equal(ntp_client_reply(&client, reply_bytes, 48, back, 0, pivot, &got),
                         ERR_UNSYNCHRONISED);
        page.synchronised = true;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_field, ready),
        cmocka_unit_test_setup(version_and_poll_are_copied, ready),
        cmocka_unit_test_setup(every_first_octet, ready),
        cmocka_unit_test_setup(every_length, ready),
        cmocka_unit_test_setup(own_reply_sent_back, ready),
        cmocka_unit_test_setup(zero_transmit_is_answered, ready),
        cmocka_unit_test_setup(withdrawal, ready),
        cmocka_unit_test_setup(unbounded_radius_saturates, ready),
        cmocka_unit_test_setup(the_bound_survives_rounding, ready),
        cmocka_unit_test_setup(receive_stamp_after_now, ready),
        cmocka_unit_test_setup(never_set_clock_has_no_reference_time, ready),
        cmocka_unit_test_setup(leap_second_is_announced, ready),
        cmocka_unit_test_setup(client_and_server_agree, ready),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
