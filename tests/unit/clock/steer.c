/* Commands to the kernel clock stay within their limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clock/steer.h"
#include "near.h"

static const struct steer_limits cautious = {50e-6, 0.1, false}, free_to_step = {50e-6, 0.1, true};

static void slews_against_the_offset(void **state) {
    (void)state;
    struct steer_command command = steer_decide(100e-6, 20e-6, 0, &cautious);
    assert_true(command.step_s == 0);
    assert_near(command.frequency, 20e-6 - 25e-6, 1e-12);
    command = steer_decide(-10, 20e-6, 0, &cautious);
    assert_near(command.frequency, 70e-6, 1e-12);
}

static void steps_only_where_allowed(void **state) {
    (void)state;
    assert_true(steer_decide(-10, 0, 0, &cautious).step_s == 0);
    assert_true(steer_decide(-10, 0, 0, &free_to_step).step_s == 10);
    assert_true(steer_decide(0.05, 0, 0, &free_to_step).step_s == 0);
}

static void leap_second_is_made_whatever_the_limits(void **state) {
    (void)state;
    struct steer_command command = steer_decide(1.00001, 0, -1, &cautious);
    assert_true(command.step_s == -1);
    assert_near(command.frequency, -1e-5 / 4, 1e-9);
    assert_true(steer_decide(0.5, 0, -1, &cautious).step_s == 0);
    assert_true(steer_decide(0.00001, 0, -1, &cautious).step_s == 0); /* the kernel made it */
}

static void frequency_never_exceeds_the_kernel(void **state) {
    (void)state;
    struct steer_limits fast = {0.1, 0, false};
    assert_true(steer_decide(5, 400e-6, 0, &fast).frequency == -STEER_MAX_FREQUENCY);
    assert_true(steer_decide(-5, 400e-6, 0, &fast).frequency == STEER_MAX_FREQUENCY);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slews_against_the_offset),
        cmocka_unit_test(steps_only_where_allowed),
        cmocka_unit_test(leap_second_is_made_whatever_the_limits),
        cmocka_unit_test(frequency_never_exceeds_the_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
