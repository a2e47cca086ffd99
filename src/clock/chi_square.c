/* The regularised incomplete gamma function P(a, x), a = dof / 2, by its series left of the middle
 * and a continued fraction right of it; the quantile by Newton's steps that never leave a bracket.
 */
#include "clock/chi_square.h"

#include <math.h>
#include <stdbool.h>

#include "base/exponential.h"
#include "base/logarithm.h"

enum { TERMS = 20000, STEPS = 400 };
static const double dof_exact_max = 1e5;

/* Stirling's series, reached from small x by Gamma(x + 1) = x Gamma(x). */
static double log_gamma(double x) {
    double product = 1;
    while (x < 16) {
        product *= x;
        x += 1;
    }
    double inverse = 1 / x, square = inverse * inverse;
    double tail =
        inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square / 1680)));
    return (x - 0.5) * logarithm_natural(x) - x + 0.91893853320467274178 + tail -
           logarithm_natural(product);
}

/* x^a e^-x / Gamma(a) */
static double density(double a, double x) {
    return exponential_natural(a * logarithm_natural(x) - x - log_gamma(a));
}

static double series(double a, double x) {
    double term = 1 / a, sum = term;
    for (int n = 1; n < TERMS && term > sum * 1e-17; n++) {
        term *= x / (a + n);
        sum += term;
    }
    return sum * density(a, x);
}

/* Evaluated from the front (Lentz's way). */
static double fraction(double a, double x) {
    double b = x + 1 - a, c = 1e300, d = 1 / b, value = d;
    for (int n = 1; n < TERMS; n++) {
        double numerator = -n * (n - a);
        b += 2;
        d = 1 / (numerator * d + b);
        c = b + numerator / c;
        double factor = c * d;
        value *= factor;
        if (fabs(factor - 1) < 1e-16) break;
    }
    return value * density(a, x);
}

double chi_square_below(double dof, double x) {
    double a = dof / 2, half = x / 2;
    if (!(half > 1e-300)) return 0;
    return half < a + 1 ? series(a, half) : 1 - fraction(a, half);
}

static double solve(double dof, double p) {
    double low = 0, high = dof;
    while (chi_square_below(dof, high) < p) {
        low = high;
        high *= 2;
    }
    double x = (low + high) / 2;
    for (int i = 0; i < STEPS; i++) {
        double excess = chi_square_below(dof, x) - p;
        *(excess < 0 ? &low : &high) = x;
        double next = x - excess * x / density(dof / 2, x / 2);
        if (!(next > low && next < high)) next = (low + high) / 2;
        bool done = fabs(next - x) <= 1e-13 * x;
        x = next;
        if (done || x < 1e-290) break;
    }
    return x;
}

/* The square of a Gaussian number is chi-square with one degree of freedom. */
static double gaussian_quantile(double p) {
    if (p == 0.5) return 0;
    double z = sqrt(solve(1, fabs(2 * p - 1)));
    return p < 0.5 ? -z : z;
}

double chi_square_quantile(double dof, double p) {
    if (dof <= dof_exact_max) return solve(dof, p);
    double part = 2 / (9 * dof), root = 1 - part + gaussian_quantile(p) * sqrt(part);
    return dof * root * root * root;
}
