/* The line keeps nanoseconds at any distance from its reference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clock/line.h"
#include "near.h"

static const struct line line = {
    .m0 = {INT64_C(5000000000)},
    .tai0 = {INT64_C(1700000000000000037)},
    .rate = 20e-6,
    .radius_s = 1e-3,
    .radius_rate = 15e-6,
};

static void reads_its_reference_exactly(void **state) {
    (void)state;
    assert_int_equal(line_tai(&line, line.m0).ns, line.tai0.ns);
}

static void runs_at_its_rate(void **state) {
    (void)state;
    struct mono later = mono_add(line.m0, 1000 * NS_PER_S), earlier = mono_add(line.m0, -NS_PER_S);
    assert_int_equal(line_tai(&line, later).ns - line.tai0.ns, 1000 * NS_PER_S + 20000000);
    assert_int_equal(line_tai(&line, earlier).ns - line.tai0.ns, -NS_PER_S - 20000);
}

static void radius_grows_both_ways(void **state) {
    (void)state;
    assert_near(line_radius(&line, mono_add(line.m0, 100 * NS_PER_S)), 2.5e-3, 1e-12);
    assert_near(line_radius(&line, mono_add(line.m0, -100 * NS_PER_S)), 2.5e-3, 1e-12);
}

static void inverse_is_close_within_a_day(void **state) {
    (void)state;
    for (int64_t s = -86400; s <= 86400; s += 4321) {
        struct mono m = mono_add(line.m0, s * NS_PER_S + 7);
        int64_t off = mono_diff(line_mono(&line, line_tai(&line, m)), m);
        assert_true(off >= -100 && off <= 100);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_its_reference_exactly),
        cmocka_unit_test(runs_at_its_rate),
        cmocka_unit_test(radius_grows_both_ways),
        cmocka_unit_test(inverse_is_close_within_a_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
