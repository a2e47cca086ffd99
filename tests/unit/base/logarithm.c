/* The logarithm against libm's, over all magnitudes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/logarithm.h"
#include "near.h"

static void agrees_with_libm(void **state) {
    (void)state;
    for (int exponent = -1000; exponent <= 1000; exponent += 7)
        for (double m = 1; m < 2; m += 0.0137) {
            double x = ldexp(m, exponent), expected = log(x);
            assert_near(logarithm_natural(x), expected, 4e-16 * (1 + fabs(expected)));
        }
}

static void is_zero_at_one(void **state) {
    (void)state;
    assert_true(logarithm_natural(1) == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_libm),
        cmocka_unit_test(is_zero_at_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
