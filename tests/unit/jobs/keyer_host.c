/* Our side as a server: each connection is counted once, under what became of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jobs/keyer_pair.h"

static struct keyer_pair *open_pair(void) {
    struct keyer_pair *pair = keyer_pair_create(1768910400);
    keyer_pair_open(pair, "nts_good.pem", "time.example.net");
    return pair;
}

static uint64_t drops(const struct keyer_pair *pair) {
    uint64_t sum = 0;
    for (size_t i = 0; i < ERR_COUNT; i++) sum += pair->keyer.report.drops[i];
    return sum;
}

static void served_and_over(void **state) {
    (void)state;
    struct keyer_pair *pair = open_pair();
    assert_false(keyer_host_over(&pair->host));
    keyer_pair_pump(pair, 1024);
    assert_true(keyer_host_over(&pair->host));
    keyer_host_close(&pair->host, &pair->keyer, ERR_OK);
    assert_int_equal(pair->keyer.report.served, 1);
    assert_int_equal(drops(pair), 0);
    keyer_pair_free(pair);
}

static void silent_and_broken_ones(void **state) {
    (void)state;
    static const enum err reasons[] = {ERR_STALE, ERR_IO};
    for (size_t i = 0; i < 2; i++) {
        struct keyer_pair *pair = open_pair();
        keyer_host_feed(&pair->host, &pair->keyer, "\x16", 1);
        assert_false(keyer_host_over(&pair->host));
        keyer_host_close(&pair->host, &pair->keyer, reasons[i]);
        assert_int_equal(pair->keyer.report.drops[reasons[i]], 1);
        assert_int_equal(drops(pair) + pair->keyer.report.served, 1);
        keyer_pair_free(pair);
    }
}

static void nonsense(void **state) {
    (void)state;
    struct keyer_pair *pair = open_pair();
    keyer_host_feed(&pair->host, &pair->keyer, "GET / HTTP/1.0\r\n\r\n", 18);
    uint8_t bytes[256];
    while (tls_drain(&pair->host.tls, bytes, sizeof bytes) > 0) {
    }
    assert_true(keyer_host_over(&pair->host));
    keyer_host_close(&pair->host, &pair->keyer, ERR_OK);
    assert_int_equal(pair->keyer.report.drops[ERR_TLS], 1);
    keyer_pair_free(pair);
}

/* A client that sends a request of its own making over a good connection. */
static struct keyer_pair *told(const uint8_t *request, size_t length) {
    struct keyer_pair *pair = open_pair();
    uint8_t bytes[1024];
    for (size_t got; pair->guest.tls.state == TLS_STATE_HANDSHAKE;) {
        got = tls_drain(&pair->guest.tls, bytes, sizeof bytes);
        keyer_host_feed(&pair->host, &pair->keyer, bytes, got);
        got = tls_drain(&pair->host.tls, bytes, sizeof bytes);
        (void)tls_feed(&pair->guest.tls, bytes, got);
    }
    assert_int_equal(pair->guest.tls.state, TLS_STATE_OPEN);
    assert_int_equal(tls_write(&pair->guest.tls, request, length), ERR_OK);
    for (size_t got; (got = tls_drain(&pair->guest.tls, bytes, sizeof bytes)) > 0;)
        keyer_host_feed(&pair->host, &pair->keyer, bytes, got);
    return pair;
}

static void requests_that_get_no_keys(void **state) {
    (void)state;
    static const struct {
        uint8_t bytes[16];
        size_t length;
        enum err err;
    } requests[] = {
        {{0x80, 1, 0, 2, 0, 0, 0x80, 4, 0, 2, 0, 30, 0x80, 0, 0, 0}, 16, ERR_NEGOTIATION},
        {{0x80, 9, 0, 0, 0x80, 0, 0, 0}, 8, ERR_CRITICAL},
        {{0x80, 0, 0, 0}, 4, ERR_SYNTAX},
    };
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        struct keyer_pair *pair = told(requests[i].bytes, requests[i].length);
        assert_true(pair->host.answered);
        assert_true(tls_pending(&pair->host.tls) > 0); /* it is told why */
        keyer_host_close(&pair->host, &pair->keyer, ERR_OK);
        assert_int_equal(pair->keyer.report.served, 0);
        assert_int_equal(pair->keyer.report.drops[requests[i].err], 1);
        keyer_pair_free(pair);
    }
}

static void half_a_request_and_the_end(void **state) {
    (void)state;
    static const uint8_t half[] = {0x80, 1, 0};
    struct keyer_pair *pair = told(half, sizeof half);
    uint8_t bytes[256];
    tls_close(&pair->guest.tls);
    size_t got = tls_drain(&pair->guest.tls, bytes, sizeof bytes);
    keyer_host_feed(&pair->host, &pair->keyer, bytes, got);
    assert_true(keyer_host_over(&pair->host) || tls_pending(&pair->host.tls) > 0);
    keyer_host_close(&pair->host, &pair->keyer, ERR_OK);
    assert_int_equal(pair->keyer.report.drops[ERR_SHORT], 1);
    keyer_pair_free(pair);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(served_and_over),
        cmocka_unit_test(silent_and_broken_ones),
        cmocka_unit_test(nonsense),
        cmocka_unit_test(requests_that_get_no_keys),
        cmocka_unit_test(half_a_request_and_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
