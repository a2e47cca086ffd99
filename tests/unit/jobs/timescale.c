/* The timescale against sources whose truth is known. The counter runs at the truth; a source is
 * an offset, a delay and what it claims. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "jobs/timescale.h"
#include "near.h"

struct bench {
    struct config config;
    struct leap_table leaps;
    struct jury_source sources[LIMIT_SOURCES + 1];
    struct timescale ts;
    struct outbox outbox;
};

static const int64_t utc_0_ns = INT64_C(1700000000000000000);

static struct bench *bench_new(uint32_t count) {
    static struct bench bench;
    memset(&bench, 0, sizeof bench);
    bench.config.source_count = count;
    bench.config.max_slew_rate = 500e-6;
    bench.config.max_distance_s = 3;
    bench.config.max_clock_error = 15e-6;
    bench.config.max_drift = 500e-6;
    bench.config.max_bound_s = 1;
    bench.config.min_sources = 1;
    for (uint32_t i = 0; i < count; i++) {
        bench.config.sources[i].minpoll_log2s = 4;
        bench.config.sources[i].maxpoll_log2s = 6;
    }
    leap_default(&bench.leaps);
    timescale_init(&bench.ts, bench.sources, &bench.config, &bench.leaps, NULL, NULL);
    return &bench;
}

/* One exchange with source i at second s; its clock is wrong by error_s. */
static void ask(struct bench *b, uint16_t i, double s, double error_s, double delay_s) {
    struct mono t1 = {ns_from_s(s)}, t4 = {ns_from_s(s + delay_s)};
    struct utc there = {utc_0_ns + ns_from_s(s + delay_s / 2 + error_s)};
    struct exchange x = {.source = i,
                         .stratum = 1,
                         .version = 4,
                         .t1 = t1,
                         .t4 = t4,
                         .t2 = there,
                         .t3 = there,
                         .source_reference_id = 100 + i,
                         .precision_s = 1e-6};
    b->outbox.count = 0;
    timescale_exchange(&b->ts, &x, t4, &b->outbox);
    timescale_advance(&b->ts, t4, &b->outbox);
}

static void rounds(struct bench *b, const double *errors, double from, double until) {
    for (double s = from; s < until; s += 16)
        for (uint16_t i = 0; i < b->config.source_count; i++)
            ask(b, i, s + 0.5 * i, errors[i], 2e-3);
}

static double true_error(const struct bench *b, double s) {
    struct clock_state state;
    assert_true(timescale_state(&b->ts, &state));
    struct mono m = {ns_from_s(s)};
    return s_from_ns(clock_state_utc(&state, m).ns - utc_0_ns) - s;
}

static double bound(const struct bench *b, double s) {
    struct clock_state state;
    assert_true(timescale_state(&b->ts, &state));
    return line_radius(&state.line, (struct mono){ns_from_s(s)});
}

static void honest_sources_are_followed(void **state) {
    (void)state;
    struct bench *b = bench_new(3);
    rounds(b, (double[]){0, 1e-4, -1e-4}, 0, 400);
    assert_int_equal(timescale_mode(&b->ts, (struct mono){400 * NS_PER_S}), TRACKING_LOCKED);
    assert_near(true_error(b, 400), 0, 2e-4);
    assert_true(bound(b, 400) < 3e-3);
    assert_int_equal(b->ts.stratum, 2);
    assert_true(b->ts.reference_id >= 100 && b->ts.reference_id <= 102);
}

static void the_page_says_how_long_leap_seconds_are_known(void **state) {
    (void)state;
    struct clock_state page;
    struct bench *b = bench_new(1);
    rounds(b, (double[]){0}, 0, 100);
    assert_true(timescale_state(&b->ts, &page));
    assert_false(clock_state_knows_leaps(&page, (struct mono){100 * NS_PER_S}));
    b->ts.leaps.expires_utc_s = utc_0_ns / NS_PER_S + 1000;
    assert_true(timescale_state(&b->ts, &page));
    assert_true(clock_state_knows_leaps(&page, (struct mono){100 * NS_PER_S}));
    assert_false(clock_state_knows_leaps(&page, (struct mono){1001 * NS_PER_S}));
}

static void first_liar_does_not_start_the_clock(void **state) {
    (void)state;
    struct bench *b = bench_new(3);
    struct clock_state none;
    for (int i = 0; i < 6; i++) ask(b, 0, 2 + i, 5.0, 1e-3);
    assert_false(timescale_state(&b->ts, &none));
    rounds(b, (double[]){5, 0, 0}, 10, 60);
    assert_near(true_error(b, 60), 0, 1e-3);
    assert_int_equal(b->sources[0].verdict, VERDICT_FALSETICKER);
}

/* The first answer is a century off: it must not cost the others their resolution. */
static void far_first_answer_does_not_coarsen_time(void **state) {
    (void)state;
    struct bench *b = bench_new(3);
    ask(b, 0, 1, 3e9, 2e-3);
    rounds(b, (double[]){3e9, 0, 0}, 2, 400);
    assert_near(true_error(b, 400), 0, 2e-8);
    assert_true(fabs(b->ts.servo.y) < 1);
}

static void minority_of_liars_is_named(void **state) {
    (void)state;
    struct bench *b = bench_new(5);
    rounds(b, (double[]){0, 0.05, 0, 0.05, 0}, 0, 400);
    assert_near(true_error(b, 400), 0, 1e-4);
    assert_int_equal(b->sources[1].verdict, VERDICT_FALSETICKER);
    assert_int_equal(b->sources[3].verdict, VERDICT_FALSETICKER);
    assert_int_equal(b->ts.jury.agreeing, 3);
}

static void bound_grows_in_holdover_until_withdrawal(void **state) {
    (void)state;
    struct bench *b = bench_new(1);
    rounds(b, (double[]){0}, 0, 2000);
    double before = bound(b, 2000);
    for (double s = 2000; s < 4000; s += 100)
        timescale_advance(&b->ts, (struct mono){ns_from_s(s)}, &b->outbox);
    assert_int_equal(timescale_mode(&b->ts, (struct mono){4000 * NS_PER_S}), TRACKING_HOLDOVER);
    double after = bound(b, 4000);
    assert_true(after > before + 2000 * 15e-6 * 0.9 && after < before + 2000 * 40e-6);
    struct clock_state state_now;
    assert_true(timescale_state(&b->ts, &state_now));
    assert_false(clock_state_serves(&state_now, (struct mono){200000 * NS_PER_S}));
}

/* A lone server that steps by 50 ms: the oscillator knows better at first, the alarm comes, and
 * only a contradiction that lasts is believed; the line never jumps. */
static void lone_server_that_steps_raises_the_alarm(void **state) {
    (void)state;
    struct bench *b = bench_new(1);
    rounds(b, (double[]){0}, 0, 800);
    double last = true_error(b, 800);
    for (double s = 800; s < 1200; s += 16) {
        ask(b, 0, s, 0.05, 2e-3);
        double error = true_error(b, s);
        assert_true(fabs(error - last) < 16 * 600e-6);
        last = error;
    }
    assert_true(b->ts.alarms >= 1);
    assert_near(true_error(b, 1200), 0.05, 2e-3);
    assert_int_equal(b->ts.steps, 0);
}

static void maxchange_withdraws_for_good(void **state) {
    (void)state;
    struct bench *b = bench_new(1);
    b->config.max_change_s = 0.01;
    b->config.max_change_ignore = 1;
    rounds(b, (double[]){0}, 0, 400);
    rounds(b, (double[]){0.5}, 400, 1200);
    assert_true(b->ts.latched);
    struct clock_state now;
    assert_true(timescale_state(&b->ts, &now));
    assert_false(now.synchronised);
    assert_int_equal(now.stratum, 16);
    assert_int_equal(timescale_mode(&b->ts, (struct mono){1200 * NS_PER_S}), TRACKING_WITHDRAWN);
}

static void minsources_and_require_hold_the_clock(void **state) {
    (void)state;
    struct bench *b = bench_new(2);
    struct clock_state none;
    b->config.min_sources = 2;
    b->config.sources[1].require = true;
    for (double s = 0; s < 200; s += 16) ask(b, 0, s, 0, 1e-3);
    assert_false(timescale_state(&b->ts, &none));
    rounds(b, (double[]){0, 0}, 200, 280);
    assert_true(timescale_state(&b->ts, &none));
}

static void trusted_source_outvotes_the_others(void **state) {
    (void)state;
    struct bench *b = bench_new(3);
    b->config.sources[2].trust = true;
    rounds(b, (double[]){0.05, 0.05, 0}, 0, 200);
    assert_near(true_error(b, 200), 0, 1e-3);
    assert_int_equal(b->sources[0].verdict, VERDICT_FALSETICKER);
}

static void preferred_source_is_followed_alone(void **state) {
    (void)state;
    struct bench *b = bench_new(3);
    b->config.sources[1].prefer = true;
    b->config.sources[0].noselect = true;
    rounds(b, (double[]){0, 3e-4, 0}, 0, 300);
    assert_near(true_error(b, 300), 3e-4, 1e-5);
    assert_int_equal(b->sources[0].verdict, VERDICT_NOSELECT);
    assert_int_equal(b->sources[1].verdict, VERDICT_REFERENCE);
}

static void new_keeper_continues_the_line(void **state) {
    (void)state;
    struct bench *b = bench_new(1);
    struct clock_state page, again;
    rounds(b, (double[]){0}, 0, 400);
    assert_true(timescale_state(&b->ts, &page));
    timescale_init(&b->ts, b->sources, &b->config, &b->leaps, NULL, &page);
    assert_true(timescale_state(&b->ts, &again));
    struct mono m = {500 * NS_PER_S};
    assert_int_equal(clock_state_utc(&page, m).ns, clock_state_utc(&again, m).ns);
    assert_true(line_radius(&again.line, m) >= line_radius(&page.line, m) - 1e-12);
}

static void local_reference_is_used_when_nobody_answers(void **state) {
    (void)state;
    struct bench *b = bench_new(0);
    b->config.local = (struct config_local){true, 5, 1, 0.25, 0.01};
    for (double s = 0; s < 60; s += 2) {
        struct mono counter = {ns_from_s(s)};
        timescale_local(&b->ts, counter, (struct utc){utc_0_ns + counter.ns}, 1e-6, &b->outbox);
        timescale_advance(&b->ts, counter, &b->outbox);
    }
    assert_near(true_error(b, 60), 0.25, 1e-5);
    assert_true(bound(b, 60) >= 0.01 && bound(b, 60) < 0.012);
    assert_int_equal(b->ts.stratum, 5);
}

static void poll_rises_on_a_quiet_path(void **state) {
    (void)state;
    struct bench *b = bench_new(1);
    int8_t highest = 0;
    for (double s = 0; s < 3000; s += 16) {
        ask(b, 0, s, 0, 2e-3);
        for (size_t i = 0; i < b->outbox.count; i++)
            if (b->outbox.effects[i].kind == EFFECT_POST)
                highest = b->outbox.effects[i].post.message.poll.poll_log2s;
    }
    assert_true(highest >= 4 && highest <= 6);
}

/* What maxchange forbade and what makestep has used up outlives the keeper. */
static void new_keeper_stays_latched(void **state) {
    (void)state;
    struct bench *b = bench_new(1);
    struct clock_state page;
    rounds(b, (double[]){0}, 0, 400);
    uint64_t updates = b->ts.updates;
    b->ts.latched = true;
    assert_true(timescale_state(&b->ts, &page));
    timescale_init(&b->ts, b->sources, &b->config, &b->leaps, NULL, &page);
    assert_true(b->ts.latched && b->ts.updates == updates);
    assert_true(timescale_state(&b->ts, &page) && !page.synchronised);
}

static void sleep_drops_the_line_until_sources_speak(void **state) {
    (void)state;
    struct bench *b = bench_new(1);
    struct clock_state page;
    rounds(b, (double[]){0}, 0, 400);
    timescale_sleep(&b->ts, (struct mono){401 * NS_PER_S}, 3600 * NS_PER_S, &b->outbox);
    assert_true(timescale_state(&b->ts, &page) && !page.synchronised);
    assert_int_equal(b->ts.alarms, 1);
    rounds(b, (double[]){3600}, 402, 500); /* the counter lost an hour */
    assert_near(true_error(b, 500), 3600, 1e-3);
    assert_true(timescale_state(&b->ts, &page) && page.synchronised);
    timescale_sleep(&b->ts, (struct mono){501 * NS_PER_S}, 3600 * NS_PER_S, &b->outbox);
    assert_true(b->ts.running);
}

static void steered_host_clock_is_no_witness(void **state) {
    (void)state;
    struct bench *b = bench_new(1);
    b->config.local = (struct config_local){true, 5, 0.002, 0, 0.001};
    b->ts.steers = true;
    rounds(b, (double[]){0}, 0, 400);
    double before = bound(b, 1400);
    for (double s = 400; s < 1400; s += 2) {
        struct mono counter = {ns_from_s(s)};
        timescale_local(&b->ts, counter, (struct utc){utc_0_ns + counter.ns}, 1e-6, &b->outbox);
        timescale_advance(&b->ts, counter, &b->outbox);
    }
    assert_true(bound(b, 1400) >= before - 1e-9 && before > 0.002);
    assert_int_equal(b->ts.reference, 0);
}

static void served_root_delay_keeps_within_the_bound(void **state) {
    (void)state;
    struct bench *b = bench_new(1);
    struct clock_state page;
    rounds(b, (double[]){0}, 0, 400);
    ask(b, 0, 402, 0, 2.0);
    assert_true(timescale_state(&b->ts, &page));
    assert_true(page.root_delay_s <= 2 * page.line.radius_s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(honest_sources_are_followed),
        cmocka_unit_test(the_page_says_how_long_leap_seconds_are_known),
        cmocka_unit_test(first_liar_does_not_start_the_clock),
        cmocka_unit_test(far_first_answer_does_not_coarsen_time),
        cmocka_unit_test(minority_of_liars_is_named),
        cmocka_unit_test(bound_grows_in_holdover_until_withdrawal),
        cmocka_unit_test(lone_server_that_steps_raises_the_alarm),
        cmocka_unit_test(maxchange_withdraws_for_good),
        cmocka_unit_test(minsources_and_require_hold_the_clock),
        cmocka_unit_test(trusted_source_outvotes_the_others),
        cmocka_unit_test(preferred_source_is_followed_alone),
        cmocka_unit_test(new_keeper_continues_the_line),
        cmocka_unit_test(new_keeper_stays_latched),
        cmocka_unit_test(sleep_drops_the_line_until_sources_speak),
        cmocka_unit_test(steered_host_clock_is_no_witness),
        cmocka_unit_test(served_root_delay_keeps_within_the_bound),
        cmocka_unit_test(local_reference_is_used_when_nobody_answers),
        cmocka_unit_test(poll_rises_on_a_quiet_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
