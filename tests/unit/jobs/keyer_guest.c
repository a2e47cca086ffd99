/* Our side as a client: keys and cookies that the server can open, certificates judged by a floor,
 * and every way in which there are no keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jobs/keyer_pair.h"

enum { YEAR_2010 = 1262952000, YEAR_2026 = 1768910400 };
static const char host[] = "time.example.net";

static void keys_and_cookies_in_pieces_of_any_size(void **state) {
    (void)state;
    static const size_t pieces[] = {1, 7, 100, 1024};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct keyer_pair *pair = keyer_pair_create(YEAR_2026);
        struct nts_session opened;
        keyer_pair_open(pair, "nts_good.pem", host);
        keyer_pair_pump(pair, pieces[i]);
        assert_true(pair->done);
        assert_string_equal(pair->reason, "");
        const struct message_nts_grant *grant = &pair->answer.nts_grant;
        assert_int_equal(pair->answer.kind, MESSAGE_NTS_GRANT);
        assert_int_equal(grant->source, 5);
        assert_int_equal(grant->err, ERR_OK);
        assert_int_equal(grant->credentials.count, LIMIT_NTS_COOKIES);
        assert_int_equal(grant->port, 1123);
        assert_string_equal(grant->server, "");
        for (size_t k = 0; k < LIMIT_NTS_COOKIES; k++) {
            const struct nts_cookie *cookie = &grant->credentials.cookies[k];
            assert_int_equal(
                nts_cookie_open(&pair->keyer.keys, cookie->bytes, cookie->length, &opened), ERR_OK);
            assert_memory_equal(opened.c2s, grant->credentials.session.c2s, 32);
            assert_memory_equal(opened.s2c, grant->credentials.session.s2c, 32);
            if (k > 0)
                assert_memory_not_equal(cookie->bytes, grant->credentials.cookies[0].bytes,
                                        cookie->length);
        }
        assert_memory_not_equal(opened.c2s, opened.s2c, 32);
        keyer_pair_free(pair);
    }
}

static void the_server_may_be_another_one(void **state) {
    (void)state;
    struct keyer_pair *pair = keyer_pair_create(YEAR_2026);
    strcpy(pair->config.nts.ntp_server, "ntp.example.org");
    keyer_pair_open(pair, "nts_good.pem", host);
    keyer_pair_pump(pair, 1024);
    assert_int_equal(pair->answer.nts_grant.err, ERR_OK);
    assert_string_equal(pair->answer.nts_grant.server, "ntp.example.org");
    assert_int_equal(pair->answer.nts_grant.port, 1123);
    keyer_pair_free(pair);
}

static enum err asked(int64_t floor_utc_s, const char *certificate, const char *name) {
    struct keyer_pair *pair = keyer_pair_create(floor_utc_s);
    keyer_pair_open(pair, certificate, name);
    keyer_pair_pump(pair, 1024);
    assert_true(pair->done);
    enum err err = pair->answer.nts_grant.err;
    if (err != ERR_OK) {
        assert_true(strlen(pair->reason) > 0);
        assert_int_equal(pair->answer.nts_grant.credentials.count, 0);
    }
    keyer_pair_free(pair);
    return err;
}

static void certificates_and_the_floor(void **state) {
    (void)state;
    assert_int_equal(asked(YEAR_2026, "nts_good.pem", host), ERR_OK);
    assert_int_equal(asked(YEAR_2010, "nts_good.pem", host), ERR_OK); /* begins after the floor */
    assert_int_equal(asked(YEAR_2026, "nts_expired.pem", host), ERR_CERTIFICATE);
    assert_int_equal(asked(YEAR_2026, "nts_good.pem", "other.example.net"), ERR_CERTIFICATE);
}

/* A certificate that had ended is taken by a host whose own floor lies long before, until Roughtime
 * servers prove that its end has passed. */
static enum err asked_with_proof(int64_t low_utc_s) {
    struct keyer_pair *pair = keyer_pair_create(YEAR_2010);
    struct entropy entropy = {.used = 0};
    struct outbox outbox = {.count = 0};
    const struct message bound = {
        .kind = MESSAGE_BOUND,
        .bound = {.low = {low_utc_s * NS_PER_S}, .high = {(low_utc_s + 6) * NS_PER_S}}};
    const struct event event = {.kind = EVENT_MESSAGE, .message = &bound, .entropy = &entropy};
    if (low_utc_s != 0) keyer_step(&pair->keyer, &event, &outbox);
    keyer_pair_open(pair, "nts_expired.pem", host);
    keyer_pair_pump(pair, 1024);
    enum err err = pair->answer.nts_grant.err;
    keyer_pair_free(pair);
    return err;
}

static void what_roughtime_proves_ends_certificates(void **state) {
    (void)state;
    assert_int_equal(asked_with_proof(0), ERR_OK);
    assert_int_equal(asked_with_proof(YEAR_2010 + 86400), ERR_OK);
    assert_int_equal(asked_with_proof(YEAR_2026), ERR_CERTIFICATE);
}

static void a_known_time_is_no_floor(void **state) {
    (void)state;
    struct keyer_pair *pair = keyer_pair_create(YEAR_2026);
    const struct clock_state clock = {.line = {.tai0 = {(YEAR_2010 + 37) * NS_PER_S}},
                                      .void_after = MONO_NEVER,
                                      .synchronised = true,
                                      .stratum = 1,
                                      .bound_max_s = 1,
                                      .tai_utc_s = 37,
                                      .tai_utc_after_s = 37,
                                      .next_leap = {INT64_MAX}};
    clock_page_publish(&pair->clock, &clock);
    keyer_pair_open(pair, "nts_good.pem", host);
    keyer_pair_pump(pair, 1024);
    assert_int_equal(pair->answer.nts_grant.err, ERR_CERTIFICATE); /* not valid yet */
    keyer_pair_free(pair);
}

static void servers_that_stop_talking(void **state) {
    (void)state;
    struct keyer_pair *pair = keyer_pair_create(YEAR_2026);
    keyer_pair_open(pair, "nts_good.pem", host);
    keyer_guest_give_up(&pair->guest, ERR_STALE, &pair->answer, pair->reason);
    assert_int_equal(pair->answer.nts_grant.err, ERR_STALE);
    assert_true(strlen(pair->reason) > 0);
    keyer_pair_free(pair);

    pair = keyer_pair_create(YEAR_2026);
    keyer_pair_open(pair, "nts_good.pem", host);
    assert_true(keyer_guest_feed(&pair->guest, "HTTP/1.1 400 Bad Request\r\n", 26, &pair->answer,
                                 pair->reason));
    assert_int_equal(pair->answer.nts_grant.err, ERR_TLS);
    keyer_pair_free(pair);

    pair = keyer_pair_create(YEAR_2026);
    keyer_pair_open(pair, "nts_good.pem", host);
    tls_feed_end(&pair->guest.tls);
    assert_true(keyer_guest_feed(&pair->guest, "", 0, &pair->answer, pair->reason));
    assert_int_not_equal(pair->answer.nts_grant.err, ERR_OK);
    keyer_pair_free(pair);
}

static void a_server_without_keys_says_so(void **state) {
    (void)state;
    struct keyer_pair *pair = keyer_pair_create(YEAR_2026);
    pair->keyer.has_keys = false;
    keyer_pair_open(pair, "nts_good.pem", host);
    keyer_pair_pump(pair, 1024);
    assert_int_equal(pair->answer.nts_grant.err, ERR_REFUSED);
    keyer_host_close(&pair->host, &pair->keyer, ERR_OK);
    assert_int_equal(pair->keyer.report.drops[ERR_NTS_KEY], 1);
    keyer_pair_free(pair);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_and_cookies_in_pieces_of_any_size),
        cmocka_unit_test(the_server_may_be_another_one),
        cmocka_unit_test(certificates_and_the_floor),
        cmocka_unit_test(what_roughtime_proves_ends_certificates),
        cmocka_unit_test(a_known_time_is_no_floor),
        cmocka_unit_test(servers_that_stop_talking),
        cmocka_unit_test(a_server_without_keys_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
