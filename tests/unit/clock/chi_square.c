/* The chi-square distribution against quantiles of many digits and against itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "clock/chi_square.h"
#include "near.h"

/* For 2.5, 50 and 97.5 %; bisected from the incomplete gamma function at 25 digits. */
static const struct {
    double dof, quantile[3];
} rows[] = {
    {0.5, {5.27320259125999e-7, 0.0873476047057468, 3.43323529996078}},
    {1, {0.000982069117175256, 0.454936423119573, 5.02388618731489}},
    {2.5, {0.118622942100063, 1.87384776778088, 8.39229526691297}},
    {10, {3.24697278023684, 9.34181776559197, 20.4831773508074}},
    {100, {74.2219274749237, 99.3341292359885, 129.561197185837}},
    {1000, {914.257153799259, 999.333412403381, 1089.53091277491}},
    {20000, {19609.9049345204, 19999.3333372841, 20393.8836499998}},
};

static void known_quantiles(void **state) {
    (void)state;
    const double p[3] = {0.025, 0.5, 0.975};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int k = 0; k < 3; k++) {
            double expected = rows[i].quantile[k];
            assert_near(chi_square_quantile(rows[i].dof, p[k]) / expected, 1, 1e-11);
            assert_near(chi_square_below(rows[i].dof, expected), p[k], 1e-11);
        }
}

static void closed_forms(void **state) {
    (void)state;
    for (double x = 0.01; x < 60; x *= 1.3) {
        assert_near(chi_square_below(2, x), 1 - exp(-x / 2), 1e-13);
        assert_near(chi_square_below(1, x), erf(sqrt(x / 2)), 1e-13);
    }
    assert_true(chi_square_below(3, 0) == 0);
    assert_true(chi_square_below(3, -1) == 0);
    assert_near(chi_square_below(3, 1e4), 1, 1e-15);
}

static void quantile_undoes_probability(void **state) {
    (void)state;
    for (double dof = 0.1; dof < 1e5; dof *= 3.3)
        for (double p = 0.0005; p < 1; p += 0.111)
            assert_near(chi_square_below(dof, chi_square_quantile(dof, p)), p, 1e-10);
}

/* Where exact arithmetic gives way to the approximation both agree. */
static void no_step_at_the_seam(void **state) {
    (void)state;
    for (double p = 0.001; p < 1; p += 0.0998) {
        double below = chi_square_quantile(1e5, p),
               above = chi_square_quantile(1e5 * (1 + 1e-12), p);
        assert_near(above / below, 1, 2e-8);
    }
    assert_near(chi_square_quantile(1e6, 0.5), 1e6 - 2.0 / 3, 1e-3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_quantiles),
        cmocka_unit_test(closed_forms),
        cmocka_unit_test(quantile_undoes_probability),
        cmocka_unit_test(no_step_at_the_seam),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
