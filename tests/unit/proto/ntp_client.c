/* Client association: what is taken, what is dropped, and what a drop may not change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "base/limits.h"
#include "clock/leap.h"
#include "proto/ntp_client.h"

static const uint64_t nonce = UINT64_C(0x8000000000000001);
static const struct mono asked = {1000000000}, back = {1010000000}; /* 10 ms */
static const struct utc pivot = {INT64_C(1790000000) * INT64_C(1000000000)};

static struct ntp_client client;
static struct ntp_client_reply got;
static uint8_t bytes[LIMIT_DATAGRAM_BYTES + 4];

/* Before each test: an association that waits, and the reply of an honest server to it. */
static struct ntp_packet good;

static int ask(void **state) {
    (void)state;
    uint8_t request[48];
    ntp_client_init(&client, 4);
    ntp_client_request(&client, nonce, asked, request);
    good = (struct ntp_packet){
        .version = 4,
        .mode = NTP_MODE_SERVER,
        .stratum = 2,
        .poll_log2s = 6,
        .precision_log2s = -20,
        .root_delay = 655,
        .root_dispersion = 66,
        .reference_id = 0xc0000201,
        .reference = ntp_packet_from_utc(utc_add(pivot, -NS_PER_S)),
        .origin = nonce,
        .receive = ntp_packet_from_utc(utc_add(pivot, 5000000)),
        .transmit = ntp_packet_from_utc(utc_add(pivot, 5100000)),
    };
    return 0;
}

static enum err give_length(const struct ntp_packet *reply, size_t length) {
    ntp_packet_build(reply, bytes);
    return ntp_client_reply(&client, bytes, length, back, 1e-6, pivot, &got);
}

static enum err give(const struct ntp_packet *reply) {
    return give_length(reply, 48);
}

/* The drop err, and the honest reply is still taken afterwards. */
static void dropped(const struct ntp_packet *reply, enum err expected) {
    struct ntp_client before = client;
    assert_int_equal(give(reply), expected);
    assert_memory_equal(&client, &before, sizeof client);
    assert_int_equal(got.kiss, NTP_CLIENT_KISS_NONE);
    assert_int_equal(give(&good), ERR_OK);
    ask(NULL);
}

/* The request is answered, without a measurement; the honest reply comes too late. */
static void answered(const struct ntp_packet *reply, enum err expected) {
    assert_int_equal(give(reply), expected);
    assert_false(client.waiting);
    enum ntp_client_kiss kiss = got.kiss;
    assert_int_equal(give(&good), ERR_DUPLICATE);
    got.kiss = kiss;
    ask(NULL);
}

static void request_says_nothing_of_us(void **state) {
    (void)state;
    uint8_t request[48];
    for (uint8_t version = 3; version <= 4; version++) {
        ntp_client_init(&client, version);
        ntp_client_request(&client, UINT64_C(0x1122334455667788), asked, request);
        uint8_t expected[48] = {(uint8_t)(version << 3 | 3), 0, 0, 32};
        for (int i = 0; i < 8; i++) expected[40 + i] = (uint8_t)(0x11 * (i + 1));
        assert_memory_equal(request, expected, sizeof expected);
    }
    ntp_client_request(&client, 0, asked, request);
    assert_int_equal(request[47], 1);
    assert_true(client.nonce == 1);
}

static void good_reply(void **state) {
    (void)state;
    good.leap = LEAP_INSERT;
    assert_int_equal(give(&good), ERR_OK);
    const struct exchange *x = &got.exchange;
    assert_int_equal(x->source, 0);
    assert_int_equal(x->stratum, 2);
    assert_int_equal(x->leap, LEAP_INSERT);
    assert_int_equal(x->version, 4);
    assert_int_equal(x->poll_log2s, 6);
    assert_int_equal(x->reference_id, 0xc0000201);
    assert_true(x->t1.ns == asked.ns && x->t4.ns == back.ns);
    assert_true(utc_diff(x->t2, pivot) == 5000000 && utc_diff(x->t3, pivot) == 5100000);
    assert_true(x->root_delay_s == 655.0 / 65536 && x->root_dispersion_s == 66.0 / 65536);
    assert_true(x->precision_s == 0x1p-20);
    assert_true(x->stamp_error_s == 1e-6);
    assert_false(client.waiting);
    assert_int_equal(got.packet.root_dispersion, 66);
}

static void version_3_either_way(void **state) {
    (void)state;
    uint8_t request[48];
    good.version = 3;
    assert_int_equal(give(&good), ERR_OK);
    assert_int_equal(got.exchange.version, 3);
    ntp_client_init(&client, 3);
    ntp_client_request(&client, nonce, asked, request);
    good.version = 4;
    assert_int_equal(give(&good), ERR_OK);
    assert_int_equal(got.exchange.version, 4);
}

static void every_length(void **state) {
    (void)state;
    /* The tail is one field of the length that is left where it can be one. */
    for (size_t length = 0; length < sizeof bytes; length++) {
        ask(NULL);
        ntp_packet_build(&good, bytes);
        memset(bytes + 48, 0, sizeof bytes - 48);
        if (length >= 52) {
            bytes[50] = (uint8_t)((length - 48) >> 8);
            bytes[51] = (uint8_t)(length - 48);
        }
        enum err err = give_length(&good, length);
        size_t tail = length - 48;
        enum err expected = length < 48                             ? ERR_SHORT
                            : length > LIMIT_DATAGRAM_BYTES         ? ERR_TOO_LONG
                            : tail == 0                             ? ERR_OK
                            : tail == 4 || tail == 20 || tail == 24 ? ERR_AUTH
                            : tail >= 28 && tail % 4 == 0           ? ERR_OK
                                                                    : ERR_EXTENSION;
        assert_int_equal(err, expected);
        assert_int_equal(client.waiting, expected != ERR_OK);
    }
}

static void every_mode_and_version(void **state) {
    (void)state;
    for (uint8_t mode = 0; mode < 8; mode++) {
        for (uint8_t version = 0; version < 8; version++) {
            struct ntp_packet reply = good;
            reply.mode = mode;
            reply.version = version;
            if (mode != NTP_MODE_SERVER)
                dropped(&reply, ERR_MODE);
            else if (version != 3 && version != 4)
                dropped(&reply, ERR_VERSION);
            else
                assert_int_equal(give(&reply), ERR_OK);
            ask(NULL);
        }
    }
}

static void own_request_sent_back(void **state) {
    (void)state;
    uint8_t request[48];
    ntp_client_request(&client, nonce, asked, request);
    assert_int_equal(ntp_client_reply(&client, request, 48, back, 0, pivot, &got), ERR_MODE);
    assert_true(client.waiting);
    /* Also when its mode was rewritten: its origin is zero. */
    request[0] = (uint8_t)(4 << 3 | NTP_MODE_SERVER);
    assert_int_equal(ntp_client_reply(&client, request, 48, back, 0, pivot, &got), ERR_ZERO_ORIGIN);
    assert_true(client.waiting);
}

static void origins(void **state) {
    (void)state;
    struct ntp_packet reply = good;
    reply.origin = 0;
    dropped(&reply, ERR_ZERO_ORIGIN);
    for (int bit = 0; bit < 64; bit++) {
        reply.origin = nonce ^ UINT64_C(1) << bit;
        dropped(&reply, ERR_ORIGIN);
    }
}

static void zero_origin_before_any_request(void **state) {
    (void)state;
    ntp_client_init(&client, 4);
    struct ntp_packet reply = good;
    reply.origin = 0;
    assert_int_equal(give(&reply), ERR_ZERO_ORIGIN);
    assert_int_equal(give(&good), ERR_UNSOLICITED);
    assert_false(client.waiting);
}

static void duplicates_and_replays(void **state) {
    (void)state;
    uint8_t request[48];
    assert_int_equal(give(&good), ERR_OK);
    assert_int_equal(give(&good), ERR_DUPLICATE);
    struct ntp_packet stranger = good;
    stranger.origin = nonce + 2;
    assert_int_equal(give(&stranger), ERR_UNSOLICITED);
    /* The next request is out: the old reply is still a duplicate, an older one a stranger. */
    ntp_client_request(&client, nonce + 7, asked, request);
    assert_int_equal(give(&good), ERR_DUPLICATE);
    assert_int_equal(give(&stranger), ERR_ORIGIN);
    struct ntp_packet next = good;
    next.origin = nonce + 7;
    assert_int_equal(give(&next), ERR_OK);
    assert_int_equal(give(&good), ERR_UNSOLICITED);
}

static void reply_to_a_forgotten_request(void **state) {
    (void)state;
    uint8_t request[48];
    ntp_client_request(&client, nonce + 1, asked, request);
    assert_int_equal(give(&good), ERR_ORIGIN);
    assert_true(client.waiting);
}

static void kiss(const char *code, enum ntp_client_kiss expected) {
    struct ntp_packet reply = good;
    reply.leap = LEAP_ALARM;
    reply.stratum = 0;
    reply.receive = reply.transmit = 0; /* nothing but the origin counts in a kiss */
    reply.reference_id = (uint32_t)(uint8_t)code[0] << 24 | (uint32_t)(uint8_t)code[1] << 16 |
                         (uint32_t)(uint8_t)code[2] << 8 | (uint8_t)code[3];
    answered(&reply, ERR_KISS);
    assert_int_equal(got.kiss, expected);
    reply.origin++;
    dropped(&reply, ERR_ORIGIN);
    reply.origin = 0;
    dropped(&reply, ERR_ZERO_ORIGIN);
    reply.origin = nonce;
    reply.mode = NTP_MODE_CLIENT;
    dropped(&reply, ERR_MODE);
}

static void kisses_of_death(void **state) {
    (void)state;
    kiss("RATE", NTP_CLIENT_KISS_RATE);
    kiss("DENY", NTP_CLIENT_KISS_DENY);
    kiss("RSTR", NTP_CLIENT_KISS_DENY);
    kiss("INIT", NTP_CLIENT_KISS_OTHER);
    kiss("XYZ", NTP_CLIENT_KISS_OTHER);
    kiss("\xff\x01\x02\x03", NTP_CLIENT_KISS_OTHER);
    /* A code without stratum 0 is a reference id like any other. */
    good.reference_id = 0x52415445;
    assert_int_equal(give(&good), ERR_OK);
    assert_int_equal(got.kiss, NTP_CLIENT_KISS_NONE);
}

static void kiss_after_the_answer(void **state) {
    (void)state;
    assert_int_equal(give(&good), ERR_OK);
    good.stratum = 0;
    good.reference_id = 0x44454e59;
    assert_int_equal(give(&good), ERR_DUPLICATE);
    assert_int_equal(got.kiss, NTP_CLIENT_KISS_NONE);
}

static void unsynchronised_servers(void **state) {
    (void)state;
    struct ntp_packet reply = good;
    reply.leap = LEAP_ALARM;
    answered(&reply, ERR_UNSYNCHRONISED);
    reply = good;
    reply.stratum = 16;
    answered(&reply, ERR_UNSYNCHRONISED);
    reply.stratum = 0;
    reply.reference_id = 0;
    answered(&reply, ERR_UNSYNCHRONISED);
    reply = good;
    reply.receive = 0;
    answered(&reply, ERR_UNSYNCHRONISED);
    reply = good;
    reply.transmit = 0;
    answered(&reply, ERR_UNSYNCHRONISED);
}

static void every_stratum(void **state) {
    (void)state;
    for (unsigned stratum = 1; stratum < 256; stratum++) {
        struct ntp_packet reply = good;
        reply.stratum = (uint8_t)stratum;
        if (stratum > 16)
            answered(&reply, ERR_STRATUM);
        else if (stratum < 16)
            assert_int_equal(give(&reply), ERR_OK);
        ask(NULL);
    }
}

static void root_distance(void **state) {
    (void)state;
    struct ntp_packet reply = good;
    reply.precision_log2s = -128;
    reply.root_delay = 0;
    reply.root_dispersion = 16 << 16;
    answered(&reply, ERR_ROOT_DISTANCE);
    reply.root_dispersion = 0;
    reply.root_delay = 32 << 16;
    answered(&reply, ERR_ROOT_DISTANCE);
    reply.root_delay = 0x80000000; /* below zero in RFC 1305 */
    answered(&reply, ERR_ROOT_DISTANCE);
    reply.root_delay = 0;
    reply.root_dispersion = (16 << 16) - 1;
    assert_int_equal(give(&reply), ERR_OK);
    ask(NULL);
    for (int precision = 4; precision < 128; precision++) {
        reply = good;
        reply.precision_log2s = (int8_t)precision;
        answered(&reply, ERR_ROOT_DISTANCE);
    }
}

static void time_runs_forwards(void **state) {
    (void)state;
    struct ntp_packet reply = good;
    reply.precision_log2s = -23;          /* 119 ns */
    reply.transmit = reply.receive - 516; /* 120 ns */
    dropped(&reply, ERR_CAUSALITY);
    reply.precision_log2s = -128;
    reply.transmit = reply.receive - 5; /* 1 ns */
    dropped(&reply, ERR_CAUSALITY);
    reply = good;
    reply.transmit = reply.receive;
    assert_int_equal(give(&reply), ERR_OK);
    /* Received before it was asked for. */
    ask(NULL);
    ntp_packet_build(&good, bytes);
    struct mono before = mono_add(asked, -1);
    assert_int_equal(ntp_client_reply(&client, bytes, 48, before, 0, pivot, &got), ERR_CAUSALITY);
    assert_true(client.waiting);
}

static void backwards_within_precision(void **state) {
    (void)state;
    struct ntp_packet reply = good;
    reply.precision_log2s = -23;
    reply.transmit = reply.receive - 430; /* 100 ns */
    assert_int_equal(give(&reply), ERR_OK);
    struct utc received = ntp_packet_to_utc(reply.receive, pivot);
    assert_int_equal(got.exchange.t2.ns, received.ns - 50);
    assert_int_equal(got.exchange.t3.ns, received.ns - 50);
}

static void held_for_longer_than_away(void **state) {
    (void)state;
    struct ntp_packet reply = good;
    reply.transmit = ntp_packet_from_utc(utc_add(pivot, 5000000 + 10000000));
    assert_int_equal(give(&reply), ERR_OK); /* 10 ms held of 10 ms away */
    ask(NULL);
    reply.transmit = ntp_packet_from_utc(utc_add(pivot, 5000000 + 10010000));
    assert_int_equal(give(&reply), ERR_OK); /* within rates, precision and stamps */
    ask(NULL);
    reply.transmit = ntp_packet_from_utc(utc_add(pivot, 5000000 + 10020000));
    dropped(&reply, ERR_CAUSALITY);
    reply.transmit = ntp_packet_from_utc(utc_add(pivot, 5000000 + NS_PER_S));
    dropped(&reply, ERR_CAUSALITY); /* the server was stepped meanwhile */
}

static void updated_after_the_reply(void **state) {
    (void)state;
    struct ntp_packet reply = good;
    reply.reference = reply.transmit + (UINT64_C(2) << 32);
    dropped(&reply, ERR_CAUSALITY);
    reply.reference = reply.transmit + (UINT64_C(1) << 31); /* a leap second lies between */
    assert_int_equal(give(&reply), ERR_OK);
    ask(NULL);
    reply.reference = 0;
    assert_int_equal(give(&reply), ERR_OK);
}

static void eras(void **state) {
    (void)state;
    /* 2036-02-07 06:28:16: the reply spans the end of era 0. */
    struct utc turn = {INT64_C(2085978496) * NS_PER_S};
    good.reference = ntp_packet_from_utc(utc_add(turn, -NS_PER_S));
    good.receive = ntp_packet_from_utc(utc_add(turn, -50000));
    good.transmit = ntp_packet_from_utc(utc_add(turn, 50000));
    ntp_packet_build(&good, bytes);
    assert_int_equal(ntp_client_reply(&client, bytes, 48, back, 0, pivot, &got), ERR_OK);
    assert_true(utc_diff(got.exchange.t2, turn) == -50000);
    assert_true(utc_diff(got.exchange.t3, turn) == 50000);
    /* Seen from 2110 the same bytes are of the next era. */
    ask(NULL);
    struct utc late = utc_add(turn, (INT64_C(1) << 32) * NS_PER_S);
    assert_int_equal(ntp_client_reply(&client, bytes, 48, back, 0, late, &got), ERR_OK);
    assert_true(utc_diff(got.exchange.t3, late) == 50000);
}

static void transmit_stamps(void **state) {
    (void)state;
    struct mono now = mono_add(asked, 1000000);
    ntp_client_stamped(&client, mono_add(asked, -1), 1e-6, now); /* before it was handed over */
    ntp_client_stamped(&client, mono_add(now, 1), 1e-6, now);    /* in the future */
    ntp_client_stamped(&client, now, -1e-6, now);
    ntp_client_stamped(&client, now, NAN, now);
    ntp_client_stamped(&client, now, INFINITY, now);
    assert_true(client.sent.ns == asked.ns && client.sent_error_s == 0);
    ntp_client_stamped(&client, mono_add(asked, 20000), 2e-6, now);
    assert_int_equal(give(&good), ERR_OK);
    assert_true(mono_diff(got.exchange.t1, asked) == 20000);
    assert_true(got.exchange.stamp_error_s == 2e-6);
    struct ntp_client before = client;
    ntp_client_stamped(&client, now, 1e-6, now); /* after the answer */
    assert_memory_equal(&client, &before, sizeof client);
}

/* An attacker who cannot see the request: random replies never end it. */
static void blind_guessing(void **state) {
    (void)state;
    uint64_t seed = 9109;
    for (int round = 0; round < 20000; round++) {
        uint64_t words[6];
        for (size_t i = 0; i < 6; i++) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            words[i] = seed ^ seed >> 31;
        }
        memcpy(bytes, words, sizeof words);
        if (round % 2) bytes[0] = (uint8_t)(4 << 3 | NTP_MODE_SERVER);
        enum err err = ntp_client_reply(&client, bytes, 48, back, 0, pivot, &got);
        assert_true(err == ERR_MODE || err == ERR_VERSION || err == ERR_ORIGIN);
        assert_true(client.waiting);
    }
    assert_int_equal(give(&good), ERR_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(request_says_nothing_of_us, ask),
        cmocka_unit_test_setup(good_reply, ask),
        cmocka_unit_test_setup(version_3_either_way, ask),
        cmocka_unit_test_setup(every_length, ask),
        cmocka_unit_test_setup(every_mode_and_version, ask),
        cmocka_unit_test_setup(own_request_sent_back, ask),
        cmocka_unit_test_setup(origins, ask),
        cmocka_unit_test_setup(zero_origin_before_any_request, ask),
        cmocka_unit_test_setup(duplicates_and_replays, ask),
        cmocka_unit_test_setup(reply_to_a_forgotten_request, ask),
        cmocka_unit_test_setup(kisses_of_death, ask),
        cmocka_unit_test_setup(kiss_after_the_answer, ask),
        cmocka_unit_test_setup(unsynchronised_servers, ask),
        cmocka_unit_test_setup(every_stratum, ask),
        cmocka_unit_test_setup(root_distance, ask),
        cmocka_unit_test_setup(time_runs_forwards, ask),
        cmocka_unit_test_setup(backwards_within_precision, ask),
        cmocka_unit_test_setup(held_for_longer_than_away, ask),
        cmocka_unit_test_setup(updated_after_the_reply, ask),
        cmocka_unit_test_setup(eras, ask),
        cmocka_unit_test_setup(transmit_stamps, ask),
        cmocka_unit_test_setup(blind_guessing, ask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
