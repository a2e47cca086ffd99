/* The line follows its target continuously and within the slew limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "clock/servo.h"
#include "near.h"

static void follows_without_a_jump(void **state) {
    (void)state;
    struct servo servo;
    servo_start(&servo, 0, 0, 10e-6);
    servo_aim(&servo, 0, 0.01, 10e-6);
    double before = 0;
    for (int i = 1; i <= 400; i++) {
        servo_advance(&servo, i * 0.5, 100e-6, 4);
        assert_true(fabs(servo.y - before) <= 0.5 * (10e-6 + 100e-6) + 1e-12);
        assert_true(fabs(servo.slew) <= 100e-6 + 1e-15);
        before = servo.y;
    }
    assert_true(fabs(servo_left(&servo, 200)) < 1e-6);
    assert_true(fabs(servo.slew) < 1e-6);
}

static void slew_ends_by_itself(void **state) {
    (void)state;
    struct servo servo;
    servo_start(&servo, 0, 0, 10e-6);
    servo_aim(&servo, 0, 0.001, 10e-6);
    servo_advance(&servo, 0, 100e-6, 4);
    assert_near(servo_left(&servo, 5), 0.0005, 1e-9);
    assert_near(servo_left(&servo, 1000), 0, 1e-12);
}

static void a_step_is_only_made_when_asked(void **state) {
    (void)state;
    struct servo servo;
    servo_start(&servo, 0, 0, 0);
    servo_aim(&servo, 10, 2.5, 1e-6);
    assert_true(servo.y == 0);
    assert_near(servo_step(&servo, 10), 2.5, 1e-12);
    assert_true(servo.y == 2.5 && servo.slew == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_without_a_jump),
        cmocka_unit_test(slew_ends_by_itself),
        cmocka_unit_test(a_step_is_only_made_when_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
