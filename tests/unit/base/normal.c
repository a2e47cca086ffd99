/* The normal distribution against libm, which is exact enough to be the judge. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "base/normal.h"
#include "near.h"

static void probability_is_that_of_libm(void **state) {
    (void)state;
    for (double z = -35; z < 9; z += 0.013) {
        double below = 0;
        (void)normal_cut(z, &below);
        assert_near(below / (0.5 * erfc(-z / sqrt(2))), 1, 1e-7);
    }
}

static void hazard_is_density_over_probability(void **state) {
    (void)state;
    double unused = 0;
    for (double z = -35; z < 9; z += 0.013) {
        double density = exp(-z * z / 2) / sqrt(2 * acos(-1)), below = 0.5 * erfc(-z / sqrt(2));
        assert_near(normal_cut(z, &unused) / (density / below), 1, 1e-7);
    }
    assert_near(normal_cut(-1e6, &unused), 1e6, 1); /* asymptotically -z */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(probability_is_that_of_libm),
        cmocka_unit_test(hazard_is_density_over_probability),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
