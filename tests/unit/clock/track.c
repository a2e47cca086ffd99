/* The track against invented oscillators and paths whose truth is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "track_world.h"

/* RMS of the error over `polls` polls of each source after half of them. */
static double run(uint64_t seed, double walk, double jitter, int sources, int polls) {
    double squares = 0, count = 0;
    begin(seed, walk);
    for (int i = 0; i < polls; i++) {
        pass(64);
        for (int k = 0; k < sources; k++) hear((uint16_t)k, jitter, 0);
        if (2 * i < polls) continue;
        squares += error_now() * error_now();
        count++;
    }
    return sqrt(squares / count);
}

static double run_mean(double walk, double jitter, int sources) {
    double sum = 0;
    for (uint64_t seed = 1; seed <= 8; seed++) sum += run(seed, walk, jitter, sources, 160) / 8;
    return sum;
}

/* A particle filter that knows floors and wander reaches 37, 15 and 140 us. */
static void comes_near_the_limit(void **state) {
    (void)state;
    assert_true(run_mean(1e-9, 1e-3, 1) < 55e-6);
    assert_true(run_mean(1e-9, 1e-3, 5) < 30e-6);
    assert_true(run_mean(1e-9, 10e-3, 1) < 300e-6);
}

/* The error falls as 1/n while the oscillator stands still. */
static void intersection_beats_the_mean(void **state) {
    (void)state;
    double mean_of_64 = 1e-3 / sqrt(2) / sqrt(64);
    double sum = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) sum += run(seed, 0, 1e-3, 1, 64) / 20;
    assert_true(sum < mean_of_64 / 2);
}

static void says_how_sure_it_is(void **state) {
    (void)state;
    int far = 0, count = 0;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        begin(seed, 1e-9);
        for (int i = 0; i < 100; i++) {
            pass(64);
            hear(0, 1e-3, 0);
            if (i < 20) continue;
            count++;
            far += fabs(error_now()) > 3 * track_at(&track, world.m).sigma_y;
        }
    }
    assert_true(far * 20 < count);
}

static void a_stray_exchange_does_not_pull(void **state) {
    (void)state;
    begin(9, 1e-9);
    for (int i = 0; i < 60; i++) {
        pass(64);
        hear(0, 1e-4, i == 50 ? 0.5 : 0);
        assert_true(i < 20 || fabs(error_now()) < 100e-6);
    }
}

static void what_is_excluded_does_not_count(void **state) {
    (void)state;
    begin(5, 1e-9);
    for (int i = 0; i < 40; i++) {
        pass(64);
        for (uint16_t k = 0; k < 3; k++) hear(k, 1e-4, k == 2 ? 0.1 : 0);
    }
    track_exclude(&track, 1 << 2, &prior);
    for (int i = 0; i < 10; i++) {
        pass(64);
        for (uint16_t k = 0; k < 3; k++) hear(k, 1e-4, k == 2 ? 0.1 : 0);
    }
    assert_true(fabs(error_now()) < 50e-6);
    assert_false(track_is_empty(&track));
    track_forget(&track, 0);
    track_forget(&track, 1);
    for (uint32_t i = 0; i < track.count; i++) assert_int_equal(track_sample(&track, i)->source, 2);
}

static void shifting_the_epoch_changes_nothing(void **state) {
    (void)state;
    begin(8, 1e-9);
    for (int i = 0; i < 30; i++) {
        pass(64);
        hear(0, 1e-3, 0);
    }
    struct track_estimate before = track_at(&track, world.m);
    track_shift(&track, 5.0);
    struct track_estimate after = track_at(&track, world.m);
    assert_near(after.y, before.y + 5, 1e-9);
    world.y += 5;
    for (int i = 0; i < 30; i++) {
        pass(64);
        hear(0, 1e-3, 0);
    }
    assert_true(fabs(error_now()) < 200e-6);
}

static void restart_keeps_the_newest(void **state) {
    (void)state;
    begin(2, 1e-9);
    for (int i = 0; i < 40; i++) {
        pass(64);
        hear(0, 1e-4, i < 37 ? 0 : 0.05);
    }
    track_restart(&track, 3, &prior);
    assert_int_equal(track.count, 3);
    assert_near(error_now(), 0.05, 1e-3);
}

/* One sample of 1 ms of noise does not move what is known to 50 us; many others do. */
static void goes_on_from_what_is_known(void **state) {
    (void)state;
    begin(3, 1e-9);
    struct track_state known = {
        .y = world.y, .frequency = world.frequency, .var_y = 50e-6 * 50e-6, .var_frequency = 1e-14};
    track_continue(&track, &known);
    assert_true(track_is_empty(&track));
    pass(64);
    hear(0, 1e-3, 0);
    assert_true(fabs(error_now()) < 200e-6);
    known.y += 20e-3;
    begin(3, 1e-9);
    track_continue(&track, &known);
    for (int i = 0; i < 40; i++) {
        pass(64);
        hear(0, 1e-4, 0);
    }
    assert_true(track.strays >= 8); /* whoever owns it draws it anew */
}

/* One that is asked every 1024 s beside one that is asked every 16 s. */
static void who_is_asked_seldom_is_remembered(void **state) {
    (void)state;
    begin(4, 1e-9);
    uint32_t seldom = 0;
    for (int i = 1; i <= 64 * 60; i++) {
        pass(16);
        hear(0, 1e-4, 0);
        if (i % 64 == 0) hear(1, 1e-4, 0);
    }
    for (uint32_t i = 0; i < track.count; i++) seldom += track_sample(&track, i)->source == 1;
    assert_int_equal(track.count, LIMIT_TRACK_SAMPLES);
    assert_true(seldom > LIMIT_TRACK_SAMPLES / 5);
    for (uint32_t i = 1; i < track.count; i++)
        assert_true(track_sample(&track, i)->m >= track_sample(&track, i - 1)->m);
}

static double one_of(const double *values, size_t count) {
    return values[(size_t)(unit() * 0.999 * (double)count)];
}

static void check_finite(void) {
    assert_true(track.settled <= track.count && track.count <= track.room);
    assert_true(track.count - track.settled <= track.live);
    for (uint32_t i = 0; i < track.count; i++) {
        const struct track_sample *s = track_sample(&track, i);
        assert_true(isfinite(s->smooth) && isfinite(s->evidence));
        assert_true(s->upper.precision >= 0 && isfinite(s->upper.weighted));
        assert_true(s->lower.precision >= 0 && isfinite(s->lower.weighted));
    }
    if (track_is_empty(&track)) return;
    struct track_estimate now = track_at(&track, world.m);
    assert_true(isfinite(now.y) && isfinite(now.frequency));
    assert_true(isfinite(now.sigma_y) && now.sigma_y > 0 && now.sigma_frequency > 0);
}

/* Whatever peers and records claim, and in whatever order things happen. */
static void nonsense_stays_finite(void **state) {
    (void)state;
    static const double offsets[] = {0, 1e-9, 1e-3, 1, -2e9, 1e9};
    static const double delays[] = {0, 1e-9, 1e-3, 16, 1e308};
    static const double noises[] = {0, 1e-39, 1e-9, 1e-6, 16, 1e308};
    static const double gaps[] = {0, 1e-3, 1, 1024, 1e6};
    for (uint64_t seed = 1; seed <= 100; seed++) {
        begin(seed, 0);
        for (int i = 0; i < 300; i++) {
            double action = unit();
            world.m += one_of(gaps, 1 + seed % 5) * unit();
            struct track_sample sample = {.m = world.m,
                                          .y = one_of(offsets, 6) * unit(),
                                          .delay_s = one_of(delays, 5),
                                          .noise_s = one_of(noises, 6),
                                          .source = (uint16_t)(5 * unit() * 0.999)};
            if (action < 0.9)
                track_add(&track, &sample, &prior);
            else if (action < 0.94)
                track_exclude(&track, (uint64_t)(unit() * 32), &prior);
            else if (action < 0.96)
                track_forget(&track, sample.source);
            else if (action < 0.98)
                track_restart(&track, (uint32_t)(unit() * 40), &prior);
            else if (action < 0.99)
                track_shift(&track, sample.y);
            else
                track_let_jump(&track, world.m, 1e-11);
            if (action < 0.001) track_clear(&track);
            check_finite();
        }
    }
}

static void the_larger_jump_to_come_counts(void **state) {
    (void)state;
    begin(1, 1e-9);
    pass(64);
    hear(0, 1e-4, 0);
    track_let_jump(&track, world.m + 1, 1e-11);
    track_let_jump(&track, world.m + 2, 1e-14);
    pass(64);
    hear(0, 1e-4, 0);
    assert_true(track_sample(&track, 1)->jump == 1e-11 && track.jump_to_come == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_near_the_limit),
        cmocka_unit_test(intersection_beats_the_mean),
        cmocka_unit_test(says_how_sure_it_is),
        cmocka_unit_test(a_stray_exchange_does_not_pull),
        cmocka_unit_test(what_is_excluded_does_not_count),
        cmocka_unit_test(shifting_the_epoch_changes_nothing),
        cmocka_unit_test(restart_keeps_the_newest),
        cmocka_unit_test(goes_on_from_what_is_known),
        cmocka_unit_test(who_is_asked_seldom_is_remembered),
        cmocka_unit_test(nonsense_stays_finite),
        cmocka_unit_test(the_larger_jump_to_come_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
