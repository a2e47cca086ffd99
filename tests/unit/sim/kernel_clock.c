/* CLOCK_REALTIME: continuous when tuned, moved when stepped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "sim/kernel_clock.h"

static const struct mono boot = {5 * NS_PER_S};
static const struct utc noon = {INT64_C(1788264000) * NS_PER_S};

static void runs_with_the_counter(void **state) {
    (void)state;
    struct kernel_clock clock;
    kernel_clock_init(&clock, boot, noon);
    assert_true(kernel_clock_read(&clock, mono_add(boot, 123)).ns == noon.ns + 123);
}

static void tuning_is_continuous(void **state) {
    (void)state;
    struct kernel_clock clock;
    kernel_clock_init(&clock, boot, noon);
    kernel_clock_tune(&clock, boot, 100e-6);
    struct mono later = mono_add(boot, 10 * NS_PER_S);
    struct utc before = kernel_clock_read(&clock, later);
    assert_near((double)utc_diff(before, noon), 10e9 + 1e6, 1);
    kernel_clock_tune(&clock, later, -100e-6);
    assert_true(kernel_clock_read(&clock, later).ns == before.ns);
    struct utc end = kernel_clock_read(&clock, mono_add(later, 10 * NS_PER_S));
    assert_near((double)utc_diff(end, noon), 20e9, 1);
}

/* A thousand changes lose no fraction of a nanosecond. */
static void fractions_are_kept(void **state) {
    (void)state;
    struct kernel_clock clock;
    struct mono now = boot;
    kernel_clock_init(&clock, boot, noon);
    for (int i = 0; i < 1000; i++) {
        kernel_clock_tune(&clock, now, 0.0003);
        now = mono_add(now, 1001);
    }
    assert_near((double)utc_diff(kernel_clock_read(&clock, now), noon), 1001000 * 1.0003, 1);
}

static void steps_add_up(void **state) {
    (void)state;
    struct kernel_clock clock;
    kernel_clock_init(&clock, boot, noon);
    kernel_clock_step(&clock, mono_add(boot, 10), 10 * NS_PER_S);
    kernel_clock_step(&clock, mono_add(boot, 20), -3 * NS_PER_S);
    assert_true(kernel_clock_read(&clock, mono_add(boot, 30)).ns == noon.ns + 7 * NS_PER_S + 30);
}

static void wild_frequencies_are_clamped(void **state) {
    (void)state;
    struct kernel_clock clock;
    kernel_clock_init(&clock, boot, noon);
    kernel_clock_tune(&clock, boot, -7);
    assert_near(clock.frequency, -kernel_clock_frequency_max, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_with_the_counter),        cmocka_unit_test(tuning_is_continuous),
        cmocka_unit_test(fractions_are_kept),           cmocka_unit_test(steps_add_up),
        cmocka_unit_test(wild_frequencies_are_clamped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
