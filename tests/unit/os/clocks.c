/* Stamps of CLOCK_REALTIME on the local counter: conversion and refusal, and the readings. */
#include "os/clocks.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct kernel_reading now = {
    .counter = {5000 * NS_PER_S}, .realtime = {1700000000 * NS_PER_S}, .error_s = 1e-7};

static void converts_recent_stamps(void **state) {
    (void)state;
    struct mono m = {-1};
    double error_s = -1;
    assert_true(clocks_from_stamp(&now, now.realtime, &m, &error_s));
    assert_int_equal(m.ns, now.counter.ns);
    assert_true(error_s == now.error_s);
    assert_true(clocks_from_stamp(&now, utc_add(now.realtime, -1000000), &m, &error_s));
    assert_int_equal(m.ns, now.counter.ns - 1000000);
    /* CLOCK_REALTIME may have been slewed by a thousandth of the millisecond. */
    assert_true(fabs(error_s - (now.error_s + 1e-6)) < 1e-12);
}

static void refuses_what_a_step_would_make(void **state) {
    (void)state;
    struct mono m = {-1};
    double error_s = -1;
    assert_false(clocks_from_stamp(&now, utc_add(now.realtime, 1), &m, &error_s));
    assert_false(clocks_from_stamp(&now, utc_add(now.realtime, NS_PER_S), &m, &error_s));
    assert_false(clocks_from_stamp(&now, utc_add(now.realtime, -NS_PER_S - 1), &m, &error_s));
    assert_int_equal(m.ns, -1);
    assert_true(error_s == -1);
}

static void reads_both_clocks_together(void **state) {
    (void)state;
    struct kernel_reading reading;
    struct mono before = clocks_mono();
    clocks_read(&reading);
    struct mono after = clocks_mono();
    assert_false(mono_before(reading.counter, before));
    assert_false(mono_before(after, reading.counter));
    assert_true(reading.error_s > 0 && reading.error_s < 1);
    assert_true(reading.realtime.ns > 0);
}

static void knows_its_precision(void **state) {
    (void)state;
    int8_t log2s = clocks_precision_log2s();
    assert_in_range(-log2s, 10, 30);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(converts_recent_stamps),
        cmocka_unit_test(refuses_what_a_step_would_make),
        cmocka_unit_test(reads_both_clocks_together),
        cmocka_unit_test(knows_its_precision),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
