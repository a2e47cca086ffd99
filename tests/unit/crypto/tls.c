/* TLS between buffers: handshakes in pieces of any size, plaintext, closing, equal keys, choice by
 * name, and exchange of certificates under living connections. What must fail: tls_refused.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/tls_pair.h"

static const uint8_t context_c2s[5] = {0, 0, 0, 15, 0}, context_s2c[5] = {0, 0, 0, 15, 1};

static void expect_open(const struct tls_pair *pair) {
    assert_string_equal(pair->client.reason, "");
    assert_string_equal(pair->server.reason, "");
    assert_int_equal(pair->client.state, TLS_STATE_OPEN);
    assert_int_equal(pair->server.state, TLS_STATE_OPEN);
}

static void pieces_of_any_size(void **state) {
    (void)state;
    static const size_t pieces[] = {1, 2, 3, 5, 7, 100, 512, 1024};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        struct tls_pair pair;
        tls_pair_open(&pair, "nts_good.pem", "time.example.net", NOON_2026);
        assert_int_equal(pair.client.state, TLS_STATE_HANDSHAKE);
        assert_true(tls_pending(&pair.client) > 0);
        assert_int_equal(tls_pending(&pair.server), 0);
        tls_pair_pump(&pair, pieces[i]);
        expect_open(&pair);
        tls_pair_free(&pair);
    }
}

static void no_ticket_follows_the_handshake(void **state) {
    (void)state;
    struct tls_pair pair;
    tls_pair_open(&pair, "nts_good.pem", "time.example.net", NOON_2026);
    tls_pair_move(&pair.client, &pair.server, 1024);
    while (tls_pair_move(&pair.server, &pair.client, 1024)) {
    }
    tls_pair_move(&pair.client, &pair.server, 1024);
    expect_open(&pair);
    assert_int_equal(tls_pending(&pair.server), 0);
    assert_int_equal(SSL_SESSION_has_ticket(SSL_get_session(pair.client.ssl)), 0);
    assert_int_equal(SSL_get_max_early_data(pair.server.ssl), 0);
    tls_pair_free(&pair);
}

static void keys_are_equal_on_both_sides(void **state) {
    (void)state;
    uint8_t seen[32] = {0};
    for (int round = 0; round < 2; round++) {
        struct tls_pair pair;
        uint8_t at_client[2][32], at_server[2][32];
        tls_pair_open(&pair, "nts_good.pem", "time.example.net", NOON_2026);
        assert_int_equal(tls_export(&pair.client, context_c2s, at_client[0], 32), ERR_TLS);
        tls_pair_pump(&pair, 1024);
        assert_int_equal(tls_export(&pair.client, context_c2s, at_client[0], 32), ERR_OK);
        assert_int_equal(tls_export(&pair.client, context_s2c, at_client[1], 32), ERR_OK);
        assert_int_equal(tls_export(&pair.server, context_c2s, at_server[0], 32), ERR_OK);
        assert_int_equal(tls_export(&pair.server, context_s2c, at_server[1], 32), ERR_OK);
        assert_memory_equal(at_client, at_server, sizeof at_client);
        assert_memory_not_equal(at_client[0], at_client[1], 32);
        assert_memory_not_equal(at_client[0], seen, 32);
        memcpy(seen, at_client[0], 32);
        tls_pair_free(&pair);
    }
}

static void plaintext_both_ways(void **state) {
    (void)state;
    static uint8_t sent[5000], got[6000];
    for (size_t i = 0; i < sizeof sent; i++) sent[i] = (uint8_t)(i * 31 + i / 256);
    struct tls_pair pair;
    tls_pair_open(&pair, "nts_good.pem", "time.example.net", NOON_2026);
    assert_int_equal(tls_write(&pair.client, sent, 1), ERR_TLS); /* not open yet */
    tls_pair_pump(&pair, 1024);
    assert_int_equal(tls_write(&pair.client, sent, sizeof sent), ERR_OK);
    assert_int_equal(tls_write(&pair.server, sent, 3), ERR_OK);
    assert_int_equal(tls_write(&pair.server, sent + 3, 4), ERR_OK);
    tls_pair_pump(&pair, 11);
    assert_int_equal(tls_read(&pair.server, got, 10), 10);
    assert_int_equal(tls_read(&pair.server, got + 10, sizeof got - 10), sizeof sent - 10);
    assert_memory_equal(got, sent, sizeof sent);
    assert_int_equal(tls_read(&pair.server, got, sizeof got), 0);
    assert_int_equal(tls_read(&pair.client, got, sizeof got), 7);
    assert_memory_equal(got, sent, 7);
    expect_open(&pair);
    tls_pair_free(&pair);
}

static void closing_keeps_what_was_sent(void **state) {
    (void)state;
    struct tls_pair pair;
    uint8_t got[16], key[32];
    tls_pair_open(&pair, "nts_good.pem", "time.example.net", NOON_2026);
    tls_pair_pump(&pair, 1024);
    assert_int_equal(tls_write(&pair.server, "answer", 6), ERR_OK);
    tls_close(&pair.server);
    assert_int_equal(pair.server.state, TLS_STATE_CLOSED);
    assert_int_equal(tls_write(&pair.server, "more", 4), ERR_TLS);
    tls_pair_pump(&pair, 1024);
    assert_int_equal(pair.client.state, TLS_STATE_OPEN); /* until it was read */
    assert_int_equal(tls_read(&pair.client, got, sizeof got), 6);
    assert_memory_equal(got, "answer", 6);
    assert_int_equal(pair.client.state, TLS_STATE_CLOSED);
    assert_false(pair.client.truncated);
    assert_int_equal(tls_export(&pair.client, context_c2s, key, sizeof key), ERR_OK);
    tls_pair_free(&pair);
}

static void stream_that_just_ends(void **state) {
    (void)state;
    struct tls_pair pair;
    uint8_t got[16];
    tls_pair_open(&pair, "nts_good.pem", "time.example.net", NOON_2026);
    tls_pair_pump(&pair, 1024);
    assert_int_equal(tls_write(&pair.server, "answer", 6), ERR_OK);
    tls_pair_pump(&pair, 1024);
    tls_feed_end(&pair.client);
    assert_int_equal(pair.client.state, TLS_STATE_CLOSED);
    assert_true(pair.client.truncated);
    assert_int_equal(tls_read(&pair.client, got, sizeof got), 6);
    assert_true(pair.client.truncated);
    tls_feed_end(&pair.client);
    assert_int_equal(tls_feed(&pair.client, "x", 1), ERR_OK); /* ignored */
    tls_pair_free(&pair);
}

static void moves_between_calls(void **state) {
    (void)state;
    struct tls_pair pair, moved;
    tls_pair_open(&pair, "nts_good.pem", "time.example.net", NOON_2026);
    tls_pair_move(&pair.client, &pair.server, 100);
    moved = pair;
    memset(&pair, 0xa5, sizeof pair);
    tls_pair_pump(&moved, 1024);
    expect_open(&moved);
    tls_pair_free(&moved);
}

static void chain_with_intermediate(void **state) {
    (void)state;
    struct tls_pair pair;
    tls_pair_open(&pair, "nts_chain.pem", "chained.example.net", NOON_2026);
    tls_pair_pump(&pair, 1024);
    expect_open(&pair);
    tls_pair_free(&pair);
}

/* Whoever is trusted need not be a root: also a server's own certificate, as operators pin it. */
static void pinned_certificate(void **state) {
    (void)state;
    struct tls_pair pair;
    tls_pair_open(&pair, "nts_good.pem", "time.example.net", NOON_2026);
    tls_free(&pair.client);
    tls_client_free(&pair.client_side);
    tls_pair_trust(&pair.client_side, "nts_good.pem");
    assert_int_equal(tls_connect(&pair.client, &pair.client_side, "time.example.net", NOON_2026),
                     ERR_OK);
    tls_pair_pump(&pair, 1024);
    expect_open(&pair);
    tls_pair_free(&pair);
}

static void expect_accepted(const char *certificate, const char *host, const struct utc *now) {
    struct tls_pair pair;
    tls_pair_open(&pair, certificate, host, now);
    tls_pair_pump(&pair, 1024);
    expect_open(&pair);
    tls_pair_free(&pair);
}

static void names_and_addresses(void **state) {
    (void)state;
    expect_accepted("nts_address.pem", "192.0.2.1", NOON_2026);
    expect_accepted("nts_address.pem", "2001:db8::1", NOON_2026);
    expect_accepted("nts_good.pem", "TIME.example.NET", NOON_2026);
    expect_accepted("nts_good.pem", "time.example.net.", NOON_2026);
    expect_accepted("nts_second.pem", "a.second.example.net", NOON_2026);
}

static void dates_by_the_time_that_is_handed_in(void **state) {
    (void)state;
    expect_accepted("nts_expired.pem", "time.example.net", NOON_2020);
    expect_accepted("nts_expired.pem", "time.example.net", NULL);
    expect_accepted("nts_good.pem", "time.example.net", NULL);
}

static void expect_chosen(const struct tls_pair *sides, const char *host) {
    struct tls_pair pair = *sides;
    assert_int_equal(tls_accept(&pair.server, &pair.server_side), ERR_OK);
    assert_int_equal(tls_connect(&pair.client, &pair.client_side, host, NOON_2026), ERR_OK);
    tls_pair_pump(&pair, 1024);
    expect_open(&pair);
    tls_free(&pair.server);
    tls_free(&pair.client);
}

static void certificate_by_name(void **state) {
    (void)state;
    struct tls_pair sides = {0};
    char reason[TLS_REASON_BYTES];
    static const char *const files[] = {"nts_address.pem", "nts_second.pem", "nts_good.pem",
                                        "nts_chain.pem"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        assert_int_equal(tls_pair_add(&sides.server_side, files[i], "nts_key.pem", reason), ERR_OK);
    tls_pair_trust(&sides.client_side, "nts_root.pem");
    expect_chosen(&sides, "time.example.net");
    expect_chosen(&sides, "second.example.net");
    expect_chosen(&sides, "x.second.example.net");
    expect_chosen(&sides, "chained.example.net");
    expect_chosen(&sides, "192.0.2.1"); /* no name is said: the first one */
    tls_pair_free(&sides);
}

/* New certificates serve new connections; those that live go on with what they had. */
static void exchange_under_living_connections(void **state) {
    (void)state;
    struct tls_pair pair;
    char reason[TLS_REASON_BYTES];
    tls_pair_open(&pair, "nts_good.pem", "time.example.net", NOON_2026);
    assert_int_equal(tls_pair_add(&pair.server_side, "nts_second.pem", "nts_key.pem", reason),
                     ERR_OK);
    tls_free(&pair.server);
    assert_int_equal(tls_accept(&pair.server, &pair.server_side), ERR_OK);
    tls_pair_move(&pair.client, &pair.server, 20);
    tls_server_free(&pair.server_side);
    tls_client_free(&pair.client_side);
    assert_int_equal(pair.server_side.count, 0);
    tls_pair_pump(&pair, 1024);
    expect_open(&pair);
    tls_pair_free(&pair);
}

static void what_a_certificate_says(void **state) {
    (void)state;
    struct tls_server server = {0};
    struct tls_certificate found = {.name = "untouched"};
    char reason[TLS_REASON_BYTES];
    assert_int_equal(tls_server_certificate(&server, 0, &found), ERR_RANGE);
    assert_string_equal(found.name, "untouched");
    assert_int_equal(tls_pair_add(&server, "nts_expired.pem", "nts_key.pem", reason), ERR_OK);
    assert_int_equal(tls_server_certificate(&server, 0, &found), ERR_OK);
    assert_string_equal(found.name, "time.example.net");
    assert_int_equal(found.not_before.ns, INT64_C(1577836800) * NS_PER_S); /* 2020-01-01 */
    assert_int_equal(found.not_after.ns, INT64_C(1609459200) * NS_PER_S);  /* 2021-01-01 */
    tls_server_free(&server);
    tls_server_free(&server);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_of_any_size),
        cmocka_unit_test(no_ticket_follows_the_handshake),
        cmocka_unit_test(keys_are_equal_on_both_sides),
        cmocka_unit_test(plaintext_both_ways),
        cmocka_unit_test(closing_keeps_what_was_sent),
        cmocka_unit_test(stream_that_just_ends),
        cmocka_unit_test(moves_between_calls),
        cmocka_unit_test(chain_with_intermediate),
        cmocka_unit_test(pinned_certificate),
        cmocka_unit_test(names_and_addresses),
        cmocka_unit_test(dates_by_the_time_that_is_handed_in),
        cmocka_unit_test(certificate_by_name),
        cmocka_unit_test(exchange_under_living_connections),
        cmocka_unit_test(what_a_certificate_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
