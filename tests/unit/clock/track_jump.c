/* Jumps of an oscillator's frequency, and what looks like one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "track_world.h"

#include "clock/track_jump.h"

static void a_jump_of_the_frequency_is_found(void **state) {
    (void)state;
    begin(3, 1e-9);
    for (int i = 0; i < 60; i++) {
        pass(64);
        for (uint16_t k = 0; k < 3; k++) hear(k, 1e-4, 0);
    }
    world.frequency += 5e-6;
    for (int i = 0; i < 4; i++) {
        pass(64);
        for (uint16_t k = 0; k < 3; k++) hear(k, 1e-4, 0);
    }
    assert_true(fabs(error_now()) < 100e-6);
    assert_near(track_at(&track, world.m).frequency, world.frequency, 1e-6);
}

/* A minority that runs away together is no jump of the oscillator. */
static void a_minority_is_no_jump(void **state) {
    (void)state;
    double away = 0;
    begin(4, 1e-9);
    for (int i = 0; i < 80; i++) {
        pass(64);
        if (i >= 60) away += 64e-6;
        for (uint16_t k = 0; k < 5; k++) hear(k, 1e-4, k < 2 ? away : 0);
        assert_true(i < 20 || fabs(error_now()) < 100e-6);
    }
}

/* Two of five that step to and fro are loud, and now and then one of the others happens to agree.
 */
static void a_loud_minority_is_no_jump(void **state) {
    (void)state;
    uint64_t found = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        begin(seed, 1e-9);
        for (int i = 0; i < 150; i++) {
            double lie = i % 30 < 15 ? 0 : i % 60 < 30 ? 400e-6 : -400e-6;
            pass(64);
            for (uint16_t k = 0; k < 5; k++) hear(k, 1e-3, k < 3 ? 0 : lie);
        }
        found += track.jumps;
    }
    assert_true(found <= 1);
}

static void quiet_oscillators_do_not_jump(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        begin(seed, 1e-9);
        for (int i = 0; i < 150; i++) {
            pass(64);
            for (uint16_t k = 0; k < 3; k++) hear(k, 1e-3, 0);
        }
        assert_int_equal(track.jumps, 0);
        assert_int_equal(track_jump_count(&track), 0);
    }
}

static void what_another_found_is_let_in(void **state) {
    (void)state;
    begin(1, 1e-9);
    for (int i = 0; i < 20; i++) {
        pass(64);
        hear(0, 1e-3, 0);
    }
    track_let_jump(&track, world.m - 100, 1e-12);
    assert_int_equal(track_jump_count(&track), 1);
    track_let_jump(&track, world.m + 1, 1e-12); /* before the next sample */
    pass(64);
    hear(0, 1e-3, 0);
    assert_int_equal(track_jump_count(&track), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_jump_of_the_frequency_is_found),
        cmocka_unit_test(a_minority_is_no_jump),
        cmocka_unit_test(a_loud_minority_is_no_jump),
        cmocka_unit_test(quiet_oscillators_do_not_jump),
        cmocka_unit_test(what_another_found_is_let_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
