/* What may be served from a snapshot, and that it covers the radius. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clock/clock_state.h"

static struct clock_state sample_state(void) {
    return (struct clock_state){
        .line = {.m0 = {0},
                 .tai0 = {INT64_C(1483228800000000000)},
                 .radius_s = 1e-3,
                 .radius_rate = 1e-5},
        .void_after = {3600 * NS_PER_S},
        .synchronised = true,
        .stratum = 2,
        .root_delay_s = 1e-3,
        .bound_max_s = 0.01,
        .tai_utc_s = 36,
        .tai_utc_after_s = 37,
        .next_leap = {INT64_C(1483228836000000000)},
        .generation = 7,
    };
}

static void serves_only_within_its_terms(void **state) {
    (void)state;
    struct clock_state clock = sample_state();
    assert_true(clock_state_serves(&clock, (struct mono){0}));
    assert_false(clock_state_serves(&clock, (struct mono){901 * NS_PER_S})); /* radius > 10 ms */
    clock.bound_max_s = 1;
    assert_false(clock_state_serves(&clock, (struct mono){3601 * NS_PER_S})); /* void */
    assert_int_equal(clock_state_leap(&clock, (struct mono){3601 * NS_PER_S}), LEAP_ALARM);
    clock.synchronised = false;
    assert_false(clock_state_serves(&clock, (struct mono){0}));
}

static void leap_second_is_announced_and_repeated(void **state) {
    (void)state;
    struct clock_state clock = sample_state();
    const int64_t end_2016 = 1483228800;
    struct mono leap = {36 * NS_PER_S}; /* the counter at next_leap */
    assert_int_equal(clock_state_leap(&clock, mono_add(leap, -1)), LEAP_INSERT);
    assert_int_equal(clock_state_leap(&clock, mono_add(leap, NS_PER_S - 1)), LEAP_INSERT);
    assert_int_equal(clock_state_leap(&clock, mono_add(leap, NS_PER_S)), LEAP_NONE);
    assert_int_equal(clock_state_utc(&clock, mono_add(leap, -1)).ns, end_2016 * NS_PER_S - 1);
    assert_int_equal(clock_state_utc(&clock, leap).ns, (end_2016 - 1) * NS_PER_S);
    clock.next_leap = tai_add(clock.next_leap, 86400 * NS_PER_S);
    assert_int_equal(clock_state_leap(&clock, mono_add(leap, -1)), LEAP_NONE);
    assert_int_equal(clock_state_leap(&clock, leap), LEAP_INSERT);
}

static void a_list_of_leap_seconds_ends(void **state) {
    (void)state;
    struct clock_state clock = sample_state(); /* at the counter's 0: 36 s before 2017 */
    assert_false(clock_state_knows_leaps(&clock, (struct mono){0}));
    clock.leaps_until_utc_s = 1483228800 + 60;
    assert_true(clock_state_knows_leaps(&clock, (struct mono){0}));
    assert_true(clock_state_knows_leaps(&clock, (struct mono){96 * NS_PER_S}));
    /* Within the bound it may have ended; then it has. 97 s: with the leap second. */
    assert_false(clock_state_knows_leaps(&clock, (struct mono){97 * NS_PER_S - 500000}));
}

static void dispersion_fills_up_to_the_radius(void **state) {
    (void)state;
    struct clock_state clock = sample_state();
    for (int64_t s = 0; s < 900; s += 50) {
        struct mono m = {s * NS_PER_S};
        double served = clock.root_delay_s / 2 + clock_state_dispersion(&clock, m);
        assert_true(served >= line_radius(&clock.line, m) - 1e-15);
    }
    clock.root_delay_s = 1;
    assert_true(clock_state_dispersion(&clock, (struct mono){0}) == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(serves_only_within_its_terms),
        cmocka_unit_test(leap_second_is_announced_and_repeated),
        cmocka_unit_test(a_list_of_leap_seconds_ends),
        cmocka_unit_test(dispersion_fills_up_to_the_radius),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
