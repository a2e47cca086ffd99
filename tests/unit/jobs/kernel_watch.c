/* Who moved CLOCK_REALTIME: steps by others are seen, everything lawful is not mistaken for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jobs/kernel_watch.h"
#include "near.h"

static struct kernel_reading reading(double counter_s, double real_s) {
    return (struct kernel_reading){
        .counter = {ns_from_s(counter_s)},
        .realtime = {INT64_C(1700000000000000000) + ns_from_s(real_s)},
        .error_s = 1e-6,
    };
}

static double read_at(struct kernel_watch *watch, double counter_s, double real_s, double leap) {
    struct kernel_reading now = reading(counter_s, real_s);
    return kernel_watch_read(watch, &now, leap);
}

static void foreign_step_is_seen_at_the_next_reading(void **state) {
    (void)state;
    struct kernel_watch watch = {0};
    assert_true(read_at(&watch, 1, 1, 0) == 0);
    assert_near(read_at(&watch, 1.5, 11.5, 0), 10, 1e-9);
    assert_near(read_at(&watch, 2, 2, 0), -10, 1e-9);
    assert_true(read_at(&watch, 2.5, 2.5, 0) == 0);
    assert_int_equal(watch.steps_seen, 2);
    assert_near(watch.step_last_s, -10, 1e-9);
}

static void slewing_is_not_a_step(void **state) {
    (void)state;
    struct kernel_watch watch = {0};
    for (int i = 0; i < 100; i++) assert_true(read_at(&watch, i * 0.5, i * 0.5 * 1.0005, 0) == 0);
    assert_int_equal(watch.steps_seen, 0);
}

static void own_step_is_not_counted(void **state) {
    (void)state;
    struct kernel_watch watch = {0};
    struct steer_command command = {0, 2.5};
    read_at(&watch, 1, 1, 0);
    kernel_watch_steered(&watch, &command);
    assert_true(read_at(&watch, 1.5, 4, 0) == 0);
    assert_true(read_at(&watch, 2, 4.5, 0) == 0);
}

static void leap_second_of_the_kernel_is_not_a_step(void **state) {
    (void)state;
    struct kernel_watch watch = {0};
    read_at(&watch, 1, 1, -1);
    assert_true(read_at(&watch, 1.5, 0.5, -1) == 0);
    assert_near(read_at(&watch, 2, 3, -1), 2, 1e-9); /* but another one is, even then */
}

/* The clock went on while the machine slept: nobody stepped it. */
static void sleep_is_not_a_step(void **state) {
    (void)state;
    struct kernel_watch watch = {0};
    read_at(&watch, 1, 1, 0);
    struct kernel_reading now = reading(1.5, 241.5);
    now.suspended_ns = 240 * NS_PER_S;
    assert_true(kernel_watch_read(&watch, &now, 0) == 0);
    now = reading(2, 252);
    now.suspended_ns = 240 * NS_PER_S;
    assert_near(kernel_watch_read(&watch, &now, 0), 10, 1e-9); /* but this is one */
    assert_int_equal(watch.steps_seen, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(foreign_step_is_seen_at_the_next_reading),
        cmocka_unit_test(slewing_is_not_a_step),
        cmocka_unit_test(own_step_is_not_counted),
        cmocka_unit_test(leap_second_of_the_kernel_is_not_a_step),
        cmocka_unit_test(sleep_is_not_a_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
