/* Floors, noise and asymmetry of paths whose truth is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "track_world.h"

static void longer_ways_are_no_news(void **state) {
    (void)state;
    begin(7, 1e-9);
    for (int i = 0; i < 60; i++) {
        pass(64);
        hear(0, 1e-4, 0);
    }
    for (int i = 0; i < 30; i++) { /* the way forth is 20 ms longer */
        pass(64);
        struct track_sample sample = measure(0, 1e-4, 10e-3);
        sample.delay_s += 20e-3;
        track_add(&track, &sample, &prior);
    }
    assert_true(fabs(error_now()) < 200e-6);
}

/* Paths that are asymmetric for ever: the middle one counts, and nobody is torn. */
static void asymmetric_sources_do_not_fight(void **state) {
    (void)state;
    static const double leans[] = {-2e-3, -1e-3, 0, 1e-3, 2e-3};
    begin(6, 1e-9);
    for (int i = 0; i < 100; i++) {
        pass(64);
        for (uint16_t k = 0; k < 5; k++) hear(k, 1e-4, leans[k]);
        assert_true(i < 30 || fabs(error_now()) < 500e-6);
    }
}

/* Noise without a floor is averaged: one sample has 0.7 ms. */
static void noise_without_a_floor_is_averaged(void **state) {
    (void)state;
    double squares = 0, count = 0;
    begin(11, 1e-10);
    for (int i = 0; i < 200; i++) {
        pass(64);
        struct track_sample sample = {.m = world.m, .noise_s = 1e-7};
        double forth = 10e-3 + 1e-3 * normal(), back = 10e-3 + 1e-3 * normal();
        sample.y = world.y + (forth - back) / 2;
        sample.delay_s = forth + back;
        track_add(&track, &sample, &prior);
        if (i < 100) continue;
        squares += error_now() * error_now();
        count++;
    }
    assert_true(sqrt(squares / count) < 350e-6);
}

static void floors_are_learned_from_each_direction(void **state) {
    (void)state;
    struct track_paths paths;
    begin(12, 1e-10);
    for (int i = 0; i < 100; i++) {
        pass(64);
        hear(0, 1e-3, 0);
    }
    track_path_learn(&track, &paths);
    assert_int_equal(paths.of[0].count, 100 < LIMIT_TRACK_SAMPLES ? 100 : LIMIT_TRACK_SAMPLES);
    /* The least of a hundred round trips lies 125 us above the floor. */
    assert_near(paths.of[0].delay_s, 2e-3, 80e-6);
    assert_true(paths.of[0].soft_s > 0 && paths.of[0].soft_s < 50e-6);
    struct track_sample *newest = track_sample(&track, track.count - 1);
    struct track_edge upper = track_path_upper(&paths, newest);
    struct track_edge lower = track_path_lower(&paths, newest);
    assert_near(upper.limit - lower.limit, newest->delay_s - paths.of[0].delay_s, 1e-12);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(longer_ways_are_no_news),
        cmocka_unit_test(asymmetric_sources_do_not_fight),
        cmocka_unit_test(noise_without_a_floor_is_averaged),
        cmocka_unit_test(floors_are_learned_from_each_direction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
