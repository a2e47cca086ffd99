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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
