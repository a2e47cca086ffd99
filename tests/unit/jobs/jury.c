/* The jury: who votes, who is convicted, how often whom to ask. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "jobs/jury.h"
#include "near.h"

struct bench {
    struct config config;
    struct jury_source sources[LIMIT_SOURCES + 1];
    struct jury jury;
    struct outbox outbox;
};

static const struct jury_carry carry = {0, 15e-6};
static const struct track_prior prior = {0, 1e-6};

static struct bench *bench_new(uint32_t count) {
    static struct bench bench;
    memset(&bench, 0, sizeof bench);
    bench.config.source_count = count;
    bench.config.max_distance_s = 3;
    bench.config.min_sources = 1;
    for (uint32_t i = 0; i < count; i++) {
        bench.config.sources[i].minpoll_log2s = 4;
        bench.config.sources[i].maxpoll_log2s = 10;
    }
    jury_init(&bench.jury, bench.sources, &bench.config);
    return &bench;
}

static void hear(struct bench *b, uint16_t source, double m, double y, double half) {
    struct track_sample sample = {
        .m = m, .y = y, .delay_s = 2 * half, .noise_s = 1e-7, .half_s = half, .source = source};
    assert_true(jury_hear(&b->jury, source, &sample, &prior));
}

static void start_waits_for_the_majority(void **state) {
    (void)state;
    struct bench *b = bench_new(3);
    hear(b, 0, 1, 0, 1e-3);
    assert_false(jury_may_start(&b->jury, 1));
    assert_false(jury_may_start(&b->jury, 20));
    assert_true(jury_may_start(&b->jury, 64));
    hear(b, 1, 2, 0, 1e-3);
    assert_false(jury_may_start(&b->jury, 7));
    assert_true(jury_may_start(&b->jury, 8));
    for (uint16_t i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++) hear(b, i, 3 + k, 0, 1e-3);
    assert_true(jury_may_start(&b->jury, 6));
}

static void silent_sources_remain_possible_witnesses(void **state) {
    (void)state;
    struct bench *b = bench_new(3);
    struct interval agreed;
    for (uint16_t i = 0; i < 3; i++) hear(b, i, 0, 0, 1e-3);
    hear(b, 0, 1000, 0.5, 1e-3); /* the liar is the only one left */
    assert_false(jury_vote(&b->jury, 1000, &carry, &agreed));
    assert_int_equal(b->jury.voters, 1);
    hear(b, 1, 1001, 0, 1e-3); /* two of three: the truth is in one of them */
    assert_true(jury_vote(&b->jury, 1001, &carry, &agreed));
    assert_false(jury_insists(&b->jury, &agreed, -1));
    assert_true(agreed.lower <= 0 && agreed.upper >= 0.5);
    hear(b, 2, 1002, 0, 1e-3);
    assert_true(jury_vote(&b->jury, 1002, &carry, &agreed));
    assert_true(agreed.upper < 0.1);
}

static void after_a_day_the_silent_are_forgotten(void **state) {
    (void)state;
    struct bench *b = bench_new(2);
    struct interval agreed;
    hear(b, 0, 0, 0, 1e-3);
    hear(b, 1, 90000, 0.01, 1e-3);
    assert_true(jury_vote(&b->jury, 90000, &carry, &agreed));
    assert_int_equal(b->jury.known, 1);
}

static void too_distant_sources_do_not_vote(void **state) {
    (void)state;
    struct bench *b = bench_new(1);
    struct interval agreed;
    b->config.max_distance_s = 0.01;
    hear(b, 0, 0, 0, 0.02);
    assert_false(jury_vote(&b->jury, 1, &carry, &agreed));
    assert_int_equal(b->sources[0].verdict, VERDICT_DISTANT);
}

static void weights_sum_to_one_and_the_nearest_is_reference(void **state) {
    (void)state;
    struct bench *b = bench_new(3);
    struct interval agreed;
    uint16_t reference = UINT16_MAX;
    for (int k = 0; k < 4; k++) {
        hear(b, 0, k, 1e-5, 3e-3);
        hear(b, 1, k, -1e-5, 1e-3);
        hear(b, 2, k, 0, 2e-3);
    }
    assert_true(jury_vote(&b->jury, 4, &carry, &agreed));
    assert_true(jury_convict(&b->jury, &agreed));
    struct track_estimate estimate = jury_combine(&b->jury, 4, &prior, &reference);
    assert_int_equal(reference, 1);
    assert_near(b->sources[0].weight + b->sources[1].weight + b->sources[2].weight, 1, 1e-9);
    assert_near(estimate.y, 0, 1e-4);
}

static void silence_expires_all_at_once(void **state) {
    (void)state;
    struct bench *b = bench_new(1);
    struct interval agreed;
    hear(b, 0, 0, 0, 1e-3);
    assert_true(jury_vote(&b->jury, 1, &carry, &agreed));
    assert_false(jury_expire(&b->jury, 100));
    assert_true(jury_expire(&b->jury, 161)); /* ten polls of 16 s */
    assert_int_equal(b->sources[0].verdict, VERDICT_NO_DATA);
    assert_false(jury_expire(&b->jury, 162));
}

static void leap_needs_most_of_the_known(void **state) {
    (void)state;
    struct bench *b = bench_new(5);
    enum leap_indicator leap = LEAP_ALARM;
    b->jury.known = 5;
    for (uint16_t i = 0; i < 3; i++) b->sources[i].verdict = VERDICT_SURVIVOR;
    b->sources[0].last.leap = b->sources[1].last.leap = LEAP_INSERT;
    assert_false(jury_leap(&b->jury, &leap)); /* two of three that speak, two of five known */
    b->sources[2].last.leap = LEAP_INSERT;
    assert_true(jury_leap(&b->jury, &leap) && leap == LEAP_INSERT);
    b->sources[2].verdict = VERDICT_FALSETICKER;
    assert_false(jury_leap(&b->jury, &leap));
}

static void moving_the_honest_elsewhere_makes_no_majority(void **state) {
    (void)state;
    struct bench *b = bench_new(5);
    struct interval agreed;
    for (uint16_t i = 0; i < 5; i++) hear(b, i, 0, 0, 1e-3);
    for (uint16_t i = 0; i < 3; i++) jury_forget(&b->jury, i);
    for (int k = 1; k < 9; k++)
        for (uint16_t i = 3; i < 5; i++) hear(b, i, 16 * k, 0.05, 1e-3);
    assert_false(jury_vote(&b->jury, 130, &carry, &agreed));
    assert_int_equal(b->jury.known, 5);
    assert_false(jury_insists(&b->jury, &(struct interval){0.049, 0.051}, 0));
    assert_int_equal(jury_heard(&b->jury, 130), 31);
}

/* A new epoch begins after a sleep: the day for which the silent count begins with it, not later.
 */
static void sleep_does_not_make_the_silent_known_for_longer(void **state) {
    (void)state;
    struct bench *b = bench_new(3);
    hear(b, 2, 0, 0, 1e-3);
    hear(b, 1, 500000, 0, 1e-3);
    hear(b, 0, 500000, 0, 1e-3);
    jury_forget_all(&b->jury, 500001);
    assert_int_equal(jury_heard(&b->jury, 0), 3); /* source 2 had been silent for days */
    hear(b, 0, 10, 0, 1e-3);
    assert_int_equal(jury_heard(&b->jury, 86000), 3);
    assert_int_equal(jury_heard(&b->jury, 86405), 1);
}

/* Two of five are near, hardly doubt themselves, and are wrong within what the others doubt. */
static void sure_minority_does_not_pull(void **state) {
    (void)state;
    struct bench *b = bench_new(5);
    struct interval agreed;
    struct track_estimate estimate = {0};
    uint16_t reference = UINT16_MAX;
    for (int k = 0; k < 60; k++)
        for (uint16_t i = 0; i < 5; i++) {
            double m = 64 * k + i, early = 1e-4 * ((7 * k + 3 * i) % 11 - 5);
            hear(b, i, m, i < 3 ? early : 300e-6, i < 3 ? 5e-3 + fabs(early) : 50e-6);
            if (!jury_vote(&b->jury, m, &carry, &agreed)) continue;
            if (!jury_convict(&b->jury, &agreed)) continue;
            estimate = jury_combine(&b->jury, m, &prior, &reference);
        }
    assert_true(b->sources[3].weight > 0);
    assert_true(fabs(estimate.y) < 60e-6);
}

static void last_stratum_cannot_be_followed(void **state) {
    (void)state;
    struct bench *b = bench_new(1);
    struct interval agreed;
    hear(b, 0, 0, 0, 1e-3);
    b->sources[0].last.stratum = LIMIT_STRATUM;
    assert_false(jury_vote(&b->jury, 1, &carry, &agreed));
    assert_int_equal(b->sources[0].verdict, VERDICT_DISTANT);
}

static void contradiction_must_come_again_from_most(void **state) {
    (void)state;
    struct bench *b = bench_new(3);
    struct interval agreed;
    for (int k = 0; k < 40; k++) hear(b, 0, k, 0, 1e-3); /* one who is asked often is not many */
    hear(b, 1, 1, 0, 1e-3);
    hear(b, 2, 2, 0, 1e-3);
    assert_true(jury_vote(&b->jury, 40, &carry, &agreed));
    assert_false(jury_insists(&b->jury, &agreed, 10));
    for (int k = 41; k < 45; k++) hear(b, 1, k, 0, 1e-3);
    assert_true(jury_vote(&b->jury, 45, &carry, &agreed));
    assert_true(jury_insists(&b->jury, &agreed, 10));
}

static void poll_is_advised_in_bounds(void **state) {
    (void)state;
    struct bench *b = bench_new(1);
    for (int k = 0; k < 200; k++) {
        hear(b, 0, 16 * k, 0, 1e-3 + 1e-4 * (k % 7));
        jury_advise_poll(&b->jury, 0, &b->outbox);
        assert_in_range(b->sources[0].poll_log2s, 4, 10);
        b->outbox.count = 0;
    }
    assert_true(b->sources[0].poll_log2s > 4);
}

static void shift_moves_every_estimate(void **state) {
    (void)state;
    struct bench *b = bench_new(1);
    for (int k = 0; k < 40; k++) hear(b, 0, 16 * k, 5, 1e-3);
    jury_shift(&b->jury, -5);
    assert_near(track_at(&b->sources[0].filter.track, 640).y, 0, 1e-9);
    assert_near(filter_interval(&b->sources[0].filter, 640, 0, 0).lower, -1e-3, 1e-9);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(start_waits_for_the_majority),
        cmocka_unit_test(silent_sources_remain_possible_witnesses),
        cmocka_unit_test(after_a_day_the_silent_are_forgotten),
        cmocka_unit_test(too_distant_sources_do_not_vote),
        cmocka_unit_test(weights_sum_to_one_and_the_nearest_is_reference),
        cmocka_unit_test(silence_expires_all_at_once),
        cmocka_unit_test(leap_needs_most_of_the_known),
        cmocka_unit_test(moving_the_honest_elsewhere_makes_no_majority),
        cmocka_unit_test(sleep_does_not_make_the_silent_known_for_longer),
        cmocka_unit_test(sure_minority_does_not_pull),
        cmocka_unit_test(last_stratum_cannot_be_followed),
        cmocka_unit_test(contradiction_must_come_again_from_most),
        cmocka_unit_test(poll_is_advised_in_bounds),
        cmocka_unit_test(shift_moves_every_estimate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
