/* What is proven against what is kept: agreement, floor, ceiling, drift, and one word for each
 * change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "jobs/bound_watch.h"

enum { UTC_S = 1790000000 };

static struct outbox outbox;

/* Time kept: off_s from UTC_S at counter 0, with a radius of half a second. */
static bool check_at(struct bound_watch *watch, double off_s, double now_s) {
    struct clock_state state = {.line = {.radius_s = 0.5},
                                .synchronised = true,
                                .tai_utc_s = 37,
                                .tai_utc_after_s = 37,
                                .next_leap = {INT64_MAX}};
    state.line.tai0.ns = (UTC_S + 37) * NS_PER_S + ns_from_s(off_s);
    outbox.count = 0;
    return bound_watch_check(watch, &state, (struct mono){ns_from_s(now_s)}, &outbox);
}

static struct bound_watch make(double low_s, double high_s) {
    struct bound_watch watch = {.known = false};
    struct message_bound bound = {.low = {UTC_S * NS_PER_S + ns_from_s(low_s)},
                                  .high = {UTC_S * NS_PER_S + ns_from_s(high_s)}};
    bound_watch_take(&watch, &bound, 1e-3);
    return watch;
}

static void nothing_known_is_no_alarm(void **state) {
    (void)state;
    struct bound_watch watch = {.known = false};
    assert_false(check_at(&watch, -1e6, 0));
    assert_int_equal(watch.finding, BOUND_WATCH_FITS);
    assert_int_equal(outbox.count, 0);
}

static void a_common_point_is_enough(void **state) {
    (void)state;
    struct bound_watch watch = make(-3, 3);
    /* Half a second of ours, and one for a leap second between. */
    const double inside[] = {-4.49, -3, 0, 3, 4.49};
    for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++) {
        assert_false(check_at(&watch, inside[i], 0));
        assert_int_equal(watch.finding, BOUND_WATCH_FITS);
        assert_int_equal(outbox.count, 0);
    }
}

static void each_change_is_told_once(void **state) {
    (void)state;
    struct bound_watch watch = make(-3, 3);
    assert_true(check_at(&watch, -4.51, 0));
    assert_int_equal(watch.finding, BOUND_WATCH_EARLY);
    assert_int_equal(outbox.count, 1);
    assert_non_null(strstr(outbox.effects[0].log.text, "0.010 s before"));
    assert_false(check_at(&watch, -5, 0)); /* still */
    assert_int_equal(outbox.count, 0);
    assert_true(check_at(&watch, 5, 0));
    assert_int_equal(watch.finding, BOUND_WATCH_LATE);
    assert_non_null(strstr(outbox.effects[0].log.text, "0.500 s behind"));
    assert_false(check_at(&watch, 0, 0));
    assert_int_equal(watch.finding, BOUND_WATCH_FITS);
    assert_int_equal(outbox.count, 1);
    assert_int_equal(outbox.effects[0].log.level, LOG_LEVEL_INFO);
}

static void it_widens_with_the_oscillator(void **state) {
    (void)state;
    struct bound_watch watch = make(-3, 3);
    assert_true(check_at(&watch, -5, 0));
    assert_true(check_at(&watch, 5, 499)); /* half a second at 1000 ppm */
    assert_false(check_at(&watch, 5, 501));
    assert_int_equal(watch.finding, BOUND_WATCH_FITS);
    assert_false(check_at(&watch, -5, -501)); /* a bound from after now widens too */
}

/* The bound was proven before a leap second and is looked at after it: nobody lied. */
static void a_leap_second_between_is_no_alarm(void **state) {
    (void)state;
    for (int step = -1; step <= 1; step += 2) {
        struct bound_watch watch = make(-0.9, 0.9);
        assert_false(check_at(&watch, -step * 1.5, 100));
        assert_int_equal(watch.finding, BOUND_WATCH_FITS);
    }
}

static void what_was_forgotten_refutes_nothing(void **state) {
    (void)state;
    struct bound_watch watch = make(-3, 3);
    assert_true(check_at(&watch, -10, 0));
    bound_watch_forget(&watch);
    assert_false(check_at(&watch, -10, 0));
    assert_int_equal(watch.finding, BOUND_WATCH_FITS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_known_is_no_alarm),
        cmocka_unit_test(a_common_point_is_enough),
        cmocka_unit_test(each_change_is_told_once),
        cmocka_unit_test(it_widens_with_the_oscillator),
        cmocka_unit_test(a_leap_second_between_is_no_alarm),
        cmocka_unit_test(what_was_forgotten_refutes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
