/* The tail by Mills' ratio M(x) = (1 - Phi(x)) / phi(x), x >= 0, as a polynomial in
 * u = 1 / (1 + x / 2) over (x + M(0)^-1), fitted at Chebyshev's points. Source for Mills' ratio:
 * Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 1, section 13.3. */
#include "base/normal.h"

#include "base/exponential.h"

static const double density_at_0 = 0.3989422804014327, root_2_over_pi = 0.7978845608028654;

static double density(double z) {
    return density_at_0 * exponential_natural(-z * z / 2);
}

/* Relative error 2.2e-8. */
static double mills_ratio(double x) {
    static const double powers[] = {0.9999999784151945,   0.39894957614887966, 0.14853374483293558,
                                    -0.19182024199095526, -0.5645860988811474, 0.3038488716127872,
                                    -2.6561085432396516,  8.205357983929055,   -11.284076155748808,
                                    8.65013913447645,     -3.820645444933684,  0.8902430202023504,
                                    -0.07983581889657426};
    double u = 1 / (1 + x / 2), sum = 0;
    for (int k = (int)(sizeof powers / sizeof *powers) - 1; k >= 0; k--) sum = sum * u + powers[k];
    return sum / (x + root_2_over_pi);
}

double normal_cut(double z, double *below) {
    double peak = density(z), ratio = mills_ratio(z < 0 ? -z : z);
    *below = z < 0 ? peak * ratio : 1 - peak * ratio;
    return z < 0 ? 1 / ratio : peak / *below;
}
