/* Time types: arithmetic, and conversion of wild doubles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "base/times.h"

static const int64_t end_ns = INT64_C(1) << 62;

static void seconds_to_ns(void **state) {
    (void)state;
    assert_true(ns_from_s(0) == 0);
    assert_true(ns_from_s(1.5) == INT64_C(1500000000));
    assert_true(ns_from_s(-1.5) == INT64_C(-1500000000));
    assert_true(ns_from_s(0.6e-9) == 1); /* to the nearest, away from zero on both sides */
    assert_true(ns_from_s(-0.6e-9) == -1);
    assert_true(ns_from_s(0.4e-9) == 0);
    assert_true(s_from_ns(2 * NS_PER_S) == 2);
}

static void wild_seconds_saturate(void **state) {
    (void)state;
    assert_true(ns_from_s(1e300) == end_ns);
    assert_true(ns_from_s(-1e300) == -end_ns);
    assert_true(ns_from_s(INFINITY) == end_ns);
    assert_true(ns_from_s(-INFINITY) == -end_ns);
    assert_true(ns_from_s(NAN) == end_ns);
    double edge_s = 4.611686018427388e9;
    assert_true(ns_from_s(edge_s) == end_ns);
    assert_true(ns_from_s(nextafter(edge_s, 0)) <= end_ns);
    assert_true(ns_from_s(nextafter(-edge_s, 0)) >= -end_ns);
}

static void whole_ns_survive_the_trip(void **state) {
    (void)state;
    for (int64_t ns = 1; ns < INT64_C(1000000000000000); ns = ns * 3 + 1) {
        assert_true(ns_from_s(s_from_ns(ns)) == ns);
        assert_true(ns_from_s(s_from_ns(-ns)) == -ns);
    }
}

static void arithmetic(void **state) {
    (void)state;
    struct mono early = {5}, late = mono_add(early, 10);
    assert_true(mono_diff(late, early) == 10);
    assert_true(mono_before(early, late));
    assert_false(mono_before(early, early));
    assert_true(mono_min(early, late).ns == 5);
    assert_true(mono_min(late, early).ns == 5);
    assert_true(mono_before(late, MONO_NEVER));
    assert_true(fabs(mono_seconds(late, early) - 1e-8) < 1e-20);
    assert_true(utc_diff(utc_add((struct utc){7}, -9), (struct utc){7}) == -9);
    assert_true(tai_diff(tai_add((struct tai){7}, 37 * NS_PER_S), (struct tai){7}) ==
                37 * NS_PER_S);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seconds_to_ns),
        cmocka_unit_test(wild_seconds_saturate),
        cmocka_unit_test(whole_ns_survive_the_trip),
        cmocka_unit_test(arithmetic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
