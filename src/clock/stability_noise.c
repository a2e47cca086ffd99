/* Phase of every m-th point, without its parabola (offset of frequency and linear drift), is
 * differenced until neighbours correlate as those of a stationary noise do; delta = r1 / (1 + r1)
 * is then half the power of frequency, minus one for each difference taken. Of the series that
 * begin at up to nine places the median is taken: with few points left a single one scatters, and
 * one bad point spoils it. */
#include "clock/stability_noise.h"

#include <math.h>

enum { PHASES = 9 };

/* Least squares over the orthogonal polynomials 1, t, t^2 - mean on the points -n/2 ... n/2. */
static void remove_parabola(double *x, size_t count) {
    double n = (double)count, middle = (n - 1) / 2, mean_square = (n * n - 1) / 12;
    double sums[3] = {0}, norms[3] = {0};
    for (size_t i = 0; i < count; i++) {
        double t = (double)i - middle, q = t * t - mean_square;
        sums[0] += x[i];
        sums[1] += x[i] * t;
        sums[2] += x[i] * q;
        norms[1] += t * t;
        norms[2] += q * q;
    }
    for (size_t i = 0; i < count; i++) {
        double t = (double)i - middle, q = t * t - mean_square;
        x[i] -= sums[0] / n + sums[1] / norms[1] * t + sums[2] / norms[2] * q;
    }
}

/* NaN if all are equal. */
static double lag1(const double *x, size_t count) {
    double mean = 0, product = 0, square = 0;
    for (size_t i = 0; i < count; i++) mean += x[i];
    mean /= (double)count;
    for (size_t i = 0; i < count; i++) {
        square += (x[i] - mean) * (x[i] - mean);
        if (i > 0) product += (x[i] - mean) * (x[i - 1] - mean);
    }
    return square > 0 ? product / square : NAN;
}

/* The power of frequency as a real number, for one series; NaN: none. */
static double power(double *x, size_t count, unsigned differences) {
    remove_parabola(x, count);
    for (unsigned taken = 0;; taken++) {
        double r1 = lag1(x, count), delta = r1 / (1 + r1);
        if (!(delta >= 0.25) || taken == differences) return 2 - 2 * (delta + taken);
        count--;
        for (size_t i = 0; i < count; i++) x[i] = x[i + 1] - x[i];
    }
}

static void sort_in(double *sorted, size_t count, double value) {
    for (; count > 0 && sorted[count - 1] > value; count--) sorted[count] = sorted[count - 1];
    sorted[count] = value;
}

int stability_noise(const struct stability_series *series, size_t m, unsigned differences,
                    double *scratch) {
    double powers[PHASES];
    size_t phases = m < PHASES ? m : PHASES, found = 0;
    if ((series->count - 1) / m + 1 < STABILITY_NOISE_POINTS) return STABILITY_NOISE_UNKNOWN;
    for (size_t phase = 0; phase < phases; phase++) {
        size_t first = phase * m / phases, count = (series->count - 1 - first) / m + 1;
        for (size_t i = 0; i < count; i++) scratch[i] = series->residual[first + i * m];
        double alpha = power(scratch, count, differences);
        if (isfinite(alpha)) sort_in(powers, found++, alpha);
    }
    if (found == 0) return STABILITY_NOISE_UNKNOWN;
    double middle = nearbyint((powers[found / 2] + powers[(found - 1) / 2]) / 2);
    double least = 2 - 2 * (double)differences; /* the least that the variance converges for */
    return (int)fmax(least, fmin(2, middle));
}

const char *stability_noise_name(int alpha) {
    static const char *const names[] = {"random run FM", "flicker walk FM", "random walk FM",
                                        "flicker FM",    "white FM",        "flicker PM",
                                        "white PM"};
    return alpha < -4 || alpha > 2 ? "unknown" : names[alpha + 4];
}
