/* The Roughtime job: who is answered, that everything is counted once, when it waits and warns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "jobs/roughtime.h"
#include "proto/roughtime_client.h"

enum { MIDNIGHT_S = 1790000000, DAY_S = 86400 };

static const struct addr friend = {.family = ADDR_IPV4, .bytes = {192, 0, 2, 1}, .port = 4000};
static const struct addr stranger = {.family = ADDR_IPV4, .bytes = {198, 51, 100, 1}, .port = 4000};

struct fixture {
    struct config config;
    struct roughtime_key key;
    struct roughtime job;
    struct clock_state clock;
    struct mono now;
    struct entropy entropy;
    struct outbox outbox;
    uint8_t request[LIMIT_ROUGHTIME_REQUEST_BYTES];
    size_t length;
};

static struct fixture *fixture_create(uint64_t until_s) {
    struct fixture *f = calloc(1, sizeof *f);
    struct ed25519_signer long_term;
    uint8_t seed[ED25519_SEED_BYTES] = {1}, online[ED25519_PUBLIC_BYTES], nonce[32] = {7};
    assert_non_null(f);
    config_default(&f->config);
    f->config.access[0] =
        (struct config_access_rule){true, {.family = ADDR_IPV4, .bytes = {192, 0, 2}}, 24};
    f->config.access_count = 1;
    f->key.online_seed[0] = 2;
    assert_int_equal(ed25519_signer_init(&long_term, seed), ERR_OK);
    assert_int_equal(ed25519_public_key(f->key.online_seed, online), ERR_OK);
    assert_int_equal(roughtime_proof_delegate(&long_term, online, MIDNIGHT_S - DAY_S, until_s,
                                              &f->key.delegation),
                     ERR_OK);
    ed25519_signer_wipe(&long_term);
    assert_int_equal(roughtime_init(&f->job, &f->config, &f->key), ERR_OK);
    f->now.ns = 10 * NS_PER_S;
    f->clock = (struct clock_state){.line = {.m0 = f->now, .radius_s = 1e-3},
                                    .void_after = {1000 * NS_PER_S},
                                    .synchronised = true,
                                    .stratum = 2,
                                    .bound_max_s = 1,
                                    .tai_utc_s = 37,
                                    .tai_utc_after_s = 37,
                                    .next_leap = {INT64_MAX}};
    f->clock.line.tai0.ns = (MIDNIGHT_S + 37) * NS_PER_S;
    const uint32_t version = ROUGHTIME_PROOF_VERSION_1;
    assert_int_equal(roughtime_client_request(&version, 1, nonce, f->key.delegation.long_term_key,
                                              f->request, &f->length),
                     ERR_OK);
    return f;
}

static void fixture_destroy(struct fixture *f) {
    ed25519_signer_wipe(&f->job.signer);
    free(f);
}

static enum err take(struct fixture *f, const struct addr *from, size_t *slot) {
    return roughtime_take(&f->job, from, ROUGHTIME_SERVER_UDP, f->request, f->length, slot);
}

static enum err sign(struct fixture *f, const struct clock_state *clock) {
    f->entropy.used = 0;
    return roughtime_sign(&f->job, clock, f->now, &f->entropy);
}

static uint64_t drops(const struct fixture *f) {
    uint64_t sum = 0;
    for (size_t i = 0; i < ERR_COUNT; i++) sum += f->job.report.drops[i];
    return sum;
}

static void a_reply_verifies(void **state) {
    (void)state;
    struct fixture *f = fixture_create(MIDNIGHT_S + DAY_S);
    struct roughtime_client_rules rules = {.accept_other_context = false};
    struct roughtime_client_proof proof;
    struct roughtime_server_reply reply;
    size_t slot;
    assert_int_equal(take(f, &friend, &slot), ERR_OK);
    assert_int_equal(sign(f, &f->clock), ERR_OK);
    roughtime_reply(&f->job, slot, &reply);
    roughtime_done(&f->job);
    assert_int_equal(roughtime_client_verify(&rules, f->key.delegation.long_term_key, f->request,
                                             f->length, reply.packet, reply.length, &proof),
                     ERR_OK);
    assert_int_equal(proof.interval.midpoint_s, MIDNIGHT_S);
    assert_in_range(proof.interval.radius_s, 3, 4);
    assert_int_equal(f->job.report.replies, 1);
    assert_int_equal(f->job.report.batches, 1);
    assert_false(f->job.report.silent);
    fixture_destroy(f);
}

static uint32_t radius_of(const struct fixture *f) {
    struct roughtime_proof_interval given;
    assert_int_equal(roughtime_interval(&f->clock, f->now, &given), ERR_OK);
    return given.radius_s;
}

/* RFC 10049 section 5.2.5: 3 s for who does not know of leap seconds. */
static void a_list_of_leap_seconds_narrows_the_radius(void **state) {
    (void)state;
    struct fixture *f = fixture_create(MIDNIGHT_S + DAY_S);
    struct roughtime_client_rules rules = {.accept_other_context = false};
    struct roughtime_client_proof proof;
    struct roughtime_server_reply reply;
    size_t slot;
    f->clock.leaps_until_utc_s = MIDNIGHT_S; /* ends just now */
    assert_int_equal(radius_of(f), 3);
    f->clock.leaps_until_utc_s = MIDNIGHT_S + 1;
    assert_int_equal(radius_of(f), 1);
    assert_int_equal(take(f, &friend, &slot), ERR_OK);
    assert_int_equal(sign(f, &f->clock), ERR_OK);
    roughtime_reply(&f->job, slot, &reply);
    assert_int_equal(roughtime_client_verify(&rules, f->key.delegation.long_term_key, f->request,
                                             f->length, reply.packet, reply.length, &proof),
                     ERR_OK);
    assert_int_equal(proof.interval.radius_s, 1);
    f->clock.bound_max_s = 10;
    f->clock.line.radius_s = 2.5; /* never less than the bound */
    f->clock.leaps_until_utc_s = MIDNIGHT_S + DAY_S;
    assert_int_equal(radius_of(f), 3);
    fixture_destroy(f);
}

/* Every tenth of a second from 5 s before a listed leap second until 5 s after it, by a clock that
 * is off by all that its bound allows. Whichever way the extra second is counted, as the last of
 * the day once more or as the first of the next, the true time is inside. */
static void the_truth_stays_inside_over_a_leap_second(void **state) {
    (void)state;
    static const double errors_s[] = {-0.4, -0.001, 0, 0.001, 0.4};
    struct fixture *f = fixture_create(MIDNIGHT_S + DAY_S);
    struct roughtime_proof_interval given;
    struct leap_table leaps = {.expires_utc_s = MIDNIGHT_S + DAY_S, .count = 2};
    f->clock.leaps_until_utc_s = leaps.expires_utc_s;
    for (int step = -1; step <= 1; step += 2) {
        leaps.entries[0] = (struct leap_entry){0, 37};
        leaps.entries[1] = (struct leap_entry){MIDNIGHT_S, 37 + step};
        f->clock.tai_utc_after_s = 37 + step;
        assert_true(leap_next(&leaps, (struct tai){(MIDNIGHT_S - 9) * NS_PER_S},
                              &f->clock.next_leap, &f->clock.tai_utc_after_s));
        for (int64_t tenth = -50; tenth <= 50; tenth++)
            for (size_t i = 0; i < sizeof errors_s / sizeof errors_s[0]; i++) {
                struct tai truth = tai_add(f->clock.next_leap, tenth * NS_PER_S / 10);
                f->clock.line.tai0 = tai_add(truth, ns_from_s(errors_s[i]));
                f->clock.line.radius_s = errors_s[i] < 0 ? -errors_s[i] : errors_s[i];
                assert_int_equal(roughtime_interval(&f->clock, f->now, &given), ERR_OK);
                int64_t low_ns = (int64_t)(given.midpoint_s - given.radius_s) * NS_PER_S;
                int64_t high_ns = (int64_t)(given.midpoint_s + given.radius_s) * NS_PER_S;
                struct utc utc = leap_utc_from_tai(&leaps, truth);
                bool extra = step > 0 && tenth >= 0 && tenth < 10;
                assert_true(utc.ns > low_ns && utc.ns + extra * NS_PER_S < high_ns);
                assert_true(given.radius_s <= 3);
                if (tenth < -20 || tenth > 20) assert_int_equal(given.radius_s, 1);
            }
    }
    fixture_destroy(f);
}

static void strangers_and_short_requests_are_counted(void **state) {
    (void)state;
    struct fixture *f = fixture_create(MIDNIGHT_S + DAY_S);
    size_t slot = 99;
    assert_int_equal(take(f, &stranger, &slot), ERR_DENIED);
    for (size_t length = 0; length < f->length; length += 97)
        assert_int_not_equal(
            roughtime_take(&f->job, &friend, ROUGHTIME_SERVER_UDP, f->request, length, &slot),
            ERR_OK);
    assert_int_equal(slot, 99);
    assert_int_equal(roughtime_waiting(&f->job), 0);
    assert_int_equal(drops(f), f->job.report.requests);
    assert_int_equal(f->job.report.drops[ERR_DENIED], 1);
    fixture_destroy(f);
}

static void no_bound_no_reply(void **state) {
    (void)state;
    struct fixture *f = fixture_create(MIDNIGHT_S + DAY_S);
    size_t slot;
    f->clock.bound_max_s = 1e-4;
    for (size_t i = 0; i < 3; i++) assert_int_equal(take(f, &friend, &slot), ERR_OK);
    assert_int_equal(sign(f, &f->clock), ERR_WITHDRAWN);
    assert_int_equal(roughtime_waiting(&f->job), 0);
    assert_int_equal(take(f, &friend, &slot), ERR_OK);
    assert_int_equal(sign(f, NULL), ERR_WITHDRAWN);
    assert_int_equal(f->job.report.drops[ERR_WITHDRAWN], 4);
    assert_int_equal(drops(f), f->job.report.requests);
    assert_true(f->job.report.silent);
    fixture_destroy(f);
}

static void an_ended_delegation_no_reply(void **state) {
    (void)state;
    struct fixture *f = fixture_create(MIDNIGHT_S - 1);
    size_t slot;
    assert_int_equal(take(f, &friend, &slot), ERR_OK);
    assert_int_equal(sign(f, &f->clock), ERR_STALE);
    assert_int_equal(f->job.report.drops[ERR_STALE], 1);
    assert_true(f->job.report.silent);
    fixture_destroy(f);
}

static void patience_only_in_numbers(void **state) {
    (void)state;
    struct fixture *f = fixture_create(MIDNIGHT_S + DAY_S);
    struct roughtime_server_reply reply;
    size_t slot;
    assert_int_equal(take(f, &friend, &slot), ERR_OK);
    assert_int_equal(roughtime_patience_ns(&f->job), 0); /* a lone client is not kept waiting */
    assert_int_equal(take(f, &friend, &slot), ERR_OK);
    assert_int_equal(roughtime_patience_ns(&f->job), LIMIT_ROUGHTIME_WAIT_US * 1000);
    for (size_t i = 2; i < LIMIT_ROUGHTIME_BATCH; i++) {
        assert_false(roughtime_is_full(&f->job));
        assert_int_equal(take(f, &friend, &slot), ERR_OK);
    }
    assert_true(roughtime_is_full(&f->job));
    assert_int_equal(take(f, &friend, &slot), ERR_QUEUE);
    assert_int_equal(sign(f, &f->clock), ERR_OK);
    for (slot = 0; slot < LIMIT_ROUGHTIME_BATCH; slot++) {
        roughtime_reply(&f->job, slot, &reply);
        assert_true(reply.length <= f->length);
    }
    roughtime_done(&f->job);
    assert_int_equal(drops(f) + f->job.report.replies, f->job.report.requests);
    assert_int_equal(take(f, &friend, &slot), ERR_OK);
    assert_int_equal(roughtime_patience_ns(&f->job), LIMIT_ROUGHTIME_WAIT_US * 1000);
    assert_int_equal(sign(f, &f->clock), ERR_OK);
    roughtime_done(&f->job);
    assert_int_equal(take(f, &friend, &slot), ERR_OK);
    assert_int_equal(roughtime_patience_ns(&f->job), 0);
    fixture_destroy(f);
}

static void step(struct fixture *f, enum event_kind kind, int64_t utc_s) {
    struct event event = {.kind = kind, .now = f->now, .entropy = &f->entropy};
    event.kernel.realtime.ns = utc_s * NS_PER_S;
    f->outbox.count = 0;
    roughtime_step(&f->job, &event, &f->outbox);
}

/* How many log lines of that step hold the words. */
static size_t said(const struct fixture *f, const char *words) {
    size_t count = 0;
    for (size_t i = 0; i < f->outbox.count; i++)
        if (f->outbox.effects[i].kind == EFFECT_LOG && strstr(f->outbox.effects[i].log.text, words))
            count++;
    return count;
}

static void warns_before_and_after_the_end(void **state) {
    (void)state;
    struct fixture *f = fixture_create(MIDNIGHT_S + 10 * DAY_S);
    step(f, EVENT_START, MIDNIGHT_S - 2 * DAY_S);
    assert_int_equal(said(f, "begins in"), 1);
    f->now.ns += 2 * DAY_S * NS_PER_S;
    step(f, EVENT_WAKE, MIDNIGHT_S);
    assert_int_equal(said(f, "delegation"), 0);
    f->now.ns += 8 * DAY_S * NS_PER_S;
    step(f, EVENT_WAKE, MIDNIGHT_S + 8 * DAY_S);
    assert_int_equal(said(f, "ends in 2 d"), 1);
    f->now.ns += 60 * NS_PER_S;
    step(f, EVENT_WAKE, MIDNIGHT_S + 8 * DAY_S + 60);
    assert_int_equal(said(f, "delegation"), 0); /* once a day */
    f->now.ns += 4 * DAY_S * NS_PER_S;
    step(f, EVENT_WAKE, MIDNIGHT_S + 12 * DAY_S);
    assert_int_equal(said(f, "ended 2 d ago"), 1);
    fixture_destroy(f);
}

static void reports_and_tells_of_silence(void **state) {
    (void)state;
    struct fixture *f = fixture_create(MIDNIGHT_S + 10 * DAY_S);
    size_t slot;
    step(f, EVENT_START, MIDNIGHT_S);
    assert_int_equal(f->outbox.count, 1);
    assert_int_equal(f->outbox.effects[0].post.to, JOB_STATUS);
    assert_int_equal(f->outbox.effects[0].post.message.kind, MESSAGE_ROUGHTIME);
    assert_true(f->outbox.wake.ns > f->now.ns && f->outbox.wake.ns <= f->now.ns + NS_PER_S);
    f->now.ns += NS_PER_S;
    step(f, EVENT_WAKE, MIDNIGHT_S);
    assert_int_equal(f->outbox.count, 0); /* nothing new */
    assert_int_equal(take(f, &friend, &slot), ERR_OK);
    assert_int_equal(sign(f, NULL), ERR_WITHDRAWN);
    step(f, EVENT_WAKE, MIDNIGHT_S);
    assert_int_equal(said(f, "silent"), 1);
    assert_int_equal(f->outbox.count, 2);
    assert_true(f->outbox.effects[1].post.message.roughtime.silent);
    step(f, EVENT_WAKE, MIDNIGHT_S);
    assert_int_equal(f->outbox.count, 0);
    assert_int_equal(take(f, &friend, &slot), ERR_OK);
    assert_int_equal(sign(f, &f->clock), ERR_OK);
    step(f, EVENT_WAKE, MIDNIGHT_S);
    assert_int_equal(said(f, "answers again"), 1);
    fixture_destroy(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reply_verifies),
        cmocka_unit_test(a_list_of_leap_seconds_narrows_the_radius),
        cmocka_unit_test(the_truth_stays_inside_over_a_leap_second),
        cmocka_unit_test(strangers_and_short_requests_are_counted),
        cmocka_unit_test(no_bound_no_reply),
        cmocka_unit_test(an_ended_delegation_no_reply),
        cmocka_unit_test(patience_only_in_numbers),
        cmocka_unit_test(warns_before_and_after_the_end),
        cmocka_unit_test(reports_and_tells_of_silence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
