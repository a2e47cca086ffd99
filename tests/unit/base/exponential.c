/* The exponential function, against values of many digits, and against the logarithm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "base/exponential.h"
#include "base/logarithm.h"

static void known_values(void **state) {
    (void)state;
    static const double rows[][2] = {{0, 1},
                                     {1, 2.718281828459045235},
                                     {-1, 0.3678794411714423216},
                                     {0.5, 1.6487212707001281468},
                                     {100, 2.6881171418161354484e43},
                                     {-700, 9.8596765437597708567e-305},
                                     {709, 8.2184074615549721892e307}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_true(fabs(exponential_natural(rows[i][0]) / rows[i][1] - 1) < 4e-16);
}

static void edges(void **state) {
    (void)state;
    assert_true(exponential_natural(-1e9) == 0);
    assert_true(exponential_natural(-INFINITY) == 0);
    assert_true(exponential_natural(NAN) == 0);
    assert_true(isinf(exponential_natural(1e9)));
    assert_true(exponential_natural(-744) > 0); /* subnormal */
}

static void undoes_the_logarithm(void **state) {
    (void)state;
    for (double x = 1e-12; x < 1e12; x *= 1.7)
        assert_true(fabs(exponential_natural(logarithm_natural(x)) / x - 1) < 1e-14);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_values),
        cmocka_unit_test(edges),
        cmocka_unit_test(undoes_the_logarithm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
