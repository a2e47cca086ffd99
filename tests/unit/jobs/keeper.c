/* The keeper as its world sees it: events in, page and effects out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "jobs/keeper.h"
#include "near.h"

static const int64_t utc_0_ns = INT64_C(1700000000000000000);

struct bench {
    struct config config;
    struct leap_table leaps;
    struct clock_page page;
    struct keeper *keeper;
    struct outbox outbox;
    struct entropy entropy;
    double realtime_error_s; /* CLOCK_REALTIME minus the truth */
    double suspended_s;
    double now_s;
};

/* A keeper whose only reference is a host clock that somebody may step. */
static struct bench *bench_new(bool steers) {
    struct bench *b = calloc(1, sizeof *b);
    config_default(&b->config);
    b->config.local = (struct config_local){true, 3, 1, 0, 0.01};
    leap_default(&b->leaps);
    struct keeper_start start = {
        .config = &b->config, .leaps = &b->leaps, .page = &b->page, .steers = steers};
    b->keeper = keeper_init(malloc(keeper_bytes(&b->config)), &start);
    return b;
}

static void bench_free(struct bench *b) {
    free(b->keeper);
    free(b);
}

static void give(struct bench *b, enum event_kind kind, double s) {
    struct mono now = {ns_from_s(s)};
    struct event event = {.kind = kind, .now = now, .entropy = &b->entropy};
    event.kernel.counter = now;
    event.kernel.realtime.ns = utc_0_ns + ns_from_s(s + b->realtime_error_s);
    event.kernel.error_s = 1e-6;
    event.kernel.suspended_ns = ns_from_s(b->suspended_s);
    b->outbox.count = 0;
    keeper_step(b->keeper, &event, &b->outbox);
    b->now_s = s;
}

static void run(struct bench *b, double until_s) {
    if (b->now_s == 0) give(b, EVENT_START, 0.001);
    while (b->now_s < until_s) give(b, EVENT_WAKE, b->now_s + 0.5);
}

static const struct effect *find(const struct bench *b, enum effect_kind kind,
                                 enum message_kind message) {
    for (size_t i = 0; i < b->outbox.count; i++) {
        const struct effect *effect = &b->outbox.effects[i];
        if (effect->kind != kind) continue;
        if (kind != EFFECT_POST || effect->post.message.kind == message) return effect;
    }
    return NULL;
}

static double served_error(const struct bench *b) {
    struct clock_state state;
    assert_int_equal(clock_page_read(&b->page, &state), ERR_OK);
    struct mono m = {ns_from_s(b->now_s)};
    return s_from_ns(clock_state_utc(&state, m).ns - utc_0_ns) - b->now_s;
}

static void publishes_and_asks_to_be_woken(void **state) {
    (void)state;
    struct bench *b = bench_new(false);
    run(b, 30);
    assert_near(served_error(b), 0, 1e-5);
    assert_int_equal(b->outbox.wake.ns, ns_from_s(b->now_s) + NS_PER_S / 2);
    struct clock_state first, second;
    assert_int_equal(clock_page_read(&b->page, &first), ERR_OK);
    run(b, 31);
    assert_int_equal(clock_page_read(&b->page, &second), ERR_OK);
    assert_true(second.generation > first.generation);
    assert_null(find(b, EFFECT_STEER, 0));
    bench_free(b);
}

static void foreign_step_does_not_move_served_time(void **state) {
    (void)state;
    for (int direction = -1; direction <= 1; direction += 2) {
        struct bench *b = bench_new(false);
        run(b, 60);
        b->realtime_error_s = direction * 10.0;
        give(b, EVENT_WAKE, b->now_s + 0.5);
        assert_non_null(find(b, EFFECT_LOG, 0));
        run(b, 120);
        assert_near(served_error(b), 0, 1e-5);
        const struct effect *report = NULL;
        while (!report) {
            run(b, b->now_s + 0.5);
            report = find(b, EFFECT_POST, MESSAGE_TRACKING);
        }
        assert_int_equal(report->post.message.tracking.kernel_steps_seen, 1);
        assert_near(report->post.message.tracking.kernel_step_last_s, direction * 10.0, 1e-6);
        assert_near(report->post.message.tracking.kernel_offset_s, direction * 10.0, 1e-4);
        bench_free(b);
    }
}

static void steers_the_kernel_back_after_a_step(void **state) {
    (void)state;
    struct bench *b = bench_new(true);
    run(b, 60);
    b->realtime_error_s = 0.01;
    give(b, EVENT_WAKE, b->now_s + 0.5);
    const struct effect *effect = find(b, EFFECT_STEER, 0);
    assert_non_null(effect);
    assert_true(effect->steer.step_s == 0 && effect->steer.frequency < -100e-6);
    bench_free(b);
}

static void drift_is_kept_after_five_minutes(void **state) {
    (void)state;
    struct bench *b = bench_new(false);
    const struct effect *drift = NULL;
    while (!drift && b->now_s < 1000) {
        run(b, b->now_s + 0.5);
        drift = find(b, EFFECT_POST, MESSAGE_DRIFT);
    }
    assert_non_null(drift);
    assert_true(b->now_s >= 300 && b->now_s < 400);
    assert_int_equal(drift->post.to, JOB_PARENT);
    assert_near(drift->post.message.drift.frequency, 0, 1e-6);
    bench_free(b);
}

static void new_keeper_goes_on_from_the_page(void **state) {
    (void)state;
    struct bench *b = bench_new(false);
    run(b, 60);
    struct keeper_start start = {.config = &b->config, .leaps = &b->leaps, .page = &b->page};
    b->realtime_error_s = 5; /* meanwhile the host clock was stepped: it does not matter */
    keeper_init(b->keeper, &start);
    give(b, EVENT_START, 61);
    assert_near(served_error(b), 0, 1e-4);
    run(b, 200);
    assert_near(served_error(b), 0, 1e-4);
    bench_free(b);
}

/* What Roughtime servers prove, low and high in seconds around the truth. */
static void prove(struct bench *b, double low_s, double high_s) {
    struct mono now = {ns_from_s(b->now_s)};
    struct message message = {.kind = MESSAGE_BOUND, .bound = {.at = now}};
    struct event event = {
        .kind = EVENT_MESSAGE, .now = now, .entropy = &b->entropy, .message = &message};
    message.bound.low.ns = utc_0_ns + ns_from_s(b->now_s + low_s);
    message.bound.high.ns = utc_0_ns + ns_from_s(b->now_s + high_s);
    b->outbox.count = 0;
    keeper_step(b->keeper, &event, &b->outbox);
}

static bool serves(const struct bench *b) {
    struct clock_state state;
    assert_int_equal(clock_page_read(&b->page, &state), ERR_OK);
    return clock_state_serves(&state, (struct mono){ns_from_s(b->now_s)});
}

static void time_before_the_proven_floor_is_not_served(void **state) {
    (void)state;
    struct bench *b = bench_new(true);
    run(b, 60);
    prove(b, -3, 3);
    assert_null(find(b, EFFECT_LOG, 0));
    assert_true(serves(b));
    prove(b, 2, 8);
    assert_non_null(find(b, EFFECT_LOG, 0));
    assert_false(serves(b));
    give(b, EVENT_WAKE, b->now_s + 0.5);
    assert_null(find(b, EFFECT_STEER, 0));
    prove(b, -8, -2); /* behind all that is proven: an alarm, and served on */
    assert_non_null(find(b, EFFECT_LOG, 0));
    assert_true(serves(b));
    const struct effect *report = NULL;
    while (!report) {
        give(b, EVENT_WAKE, b->now_s + 0.5);
        report = find(b, EFFECT_POST, MESSAGE_TRACKING);
    }
    assert_int_equal(report->post.message.tracking.alarms, 2);
    bench_free(b);
}

/* It has not heard yet what was proven, only that it was. */
static void a_new_keeper_does_not_serve_what_was_refuted(void **state) {
    (void)state;
    struct bench *b = bench_new(false);
    run(b, 60);
    prove(b, 2, 8);
    assert_false(serves(b));
    b->config.roughtime_count = 3;
    struct keeper_start start = {.config = &b->config, .leaps = &b->leaps, .page = &b->page};
    keeper_init(b->keeper, &start);
    give(b, EVENT_START, 61);
    for (int i = 0; i < 20; i++) {
        give(b, EVENT_WAKE, b->now_s + 0.5);
        assert_false(serves(b));
    }
    prove(b, -3, 3); /* and what is proven now fits */
    assert_true(serves(b));
    bench_free(b);
}

/* The counter stood still, and with it what was proven. */
static void after_a_sleep_what_was_proven_is_forgotten(void **state) {
    (void)state;
    struct bench *b = bench_new(false);
    run(b, 60);
    prove(b, -3, 3);
    assert_true(serves(b));
    b->realtime_error_s = b->suspended_s = 3600;
    give(b, EVENT_WAKE, b->now_s + 0.5);
    assert_false(serves(b));
    while (!serves(b) && b->now_s < 200) give(b, EVENT_WAKE, b->now_s + 0.5);
    assert_true(serves(b));
    const struct effect *report = NULL;
    while (!report) {
        give(b, EVENT_WAKE, b->now_s + 0.5);
        report = find(b, EFFECT_POST, MESSAGE_TRACKING);
    }
    assert_int_equal(report->post.message.tracking.alarms, 1); /* that it slept */
    bench_free(b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(publishes_and_asks_to_be_woken),
        cmocka_unit_test(foreign_step_does_not_move_served_time),
        cmocka_unit_test(steers_the_kernel_back_after_a_step),
        cmocka_unit_test(drift_is_kept_after_five_minutes),
        cmocka_unit_test(new_keeper_goes_on_from_the_page),
        cmocka_unit_test(time_before_the_proven_floor_is_not_served),
        cmocka_unit_test(a_new_keeper_does_not_serve_what_was_refuted),
        cmocka_unit_test(after_a_sleep_what_was_proven_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
