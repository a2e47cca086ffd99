/* Deviations as sums over differences of phase. Overlap is a matter of the stride alone: every
 * point, or every m-th. Invariant: no index passes count - 1, which stability_terms ensures. */
#include "clock/stability.h"

#include <math.h>

#include "base/check.h"
#include "clock/chi_square.h"

struct kind {
    const char *name, *title;
    unsigned differences;
    bool overlaps, is_time;
};

static const struct kind kinds[STABILITY_KINDS] = {
    [STABILITY_ADEV] = {"adev", "Allan deviation", 2, false, false},
    [STABILITY_OADEV] = {"oadev", "overlapping Allan deviation", 2, true, false},
    [STABILITY_MDEV] = {"mdev", "modified Allan deviation", 2, true, false},
    [STABILITY_TDEV] = {"tdev", "time deviation", 2, true, true},
    [STABILITY_HDEV] = {"hdev", "Hadamard deviation", 3, false, false},
    [STABILITY_OHDEV] = {"ohdev", "overlapping Hadamard deviation", 3, true, false},
    [STABILITY_MTIE] = {"mtie", "maximum time interval error", 1, true, true},
    [STABILITY_TIE] = {"tie", "time interval error, rms", 1, true, true},
};

const char *stability_name(enum stability_kind kind) {
    return kinds[kind].name;
}

const char *stability_title(enum stability_kind kind) {
    return kinds[kind].title;
}

bool stability_is_time(enum stability_kind kind) {
    return kinds[kind].is_time;
}

unsigned stability_differences(enum stability_kind kind) {
    return kinds[kind].differences;
}

struct stability_series stability_from_phase(double *phase, size_t count, double tau0_s) {
    CHECK(count >= 2);
    double first = phase[0], slope = (phase[count - 1] - first) / (double)(count - 1);
    for (size_t i = 0; i < count; i++) phase[i] = (phase[i] - first) - slope * (double)i;
    return (struct stability_series){phase, count, tau0_s, slope};
}

/* The mean is taken out before the sum, and it is the slope. */
struct stability_series stability_from_frequency(double *frequency, size_t count, double tau0_s) {
    CHECK(count >= 1);
    double first = frequency[0], mean = 0, phase = 0;
    for (size_t i = 0; i < count; i++) mean += frequency[i] - first;
    mean = first + mean / (double)count;
    for (size_t i = 0; i < count; i++) {
        double step = (frequency[i] - mean) * tau0_s;
        frequency[i] = phase;
        phase += step;
    }
    frequency[count] = phase;
    return (struct stability_series){frequency, count + 1, tau0_s, mean * tau0_s};
}

/* How many points one term reaches over. */
static size_t reach(enum stability_kind kind, size_t m) {
    if (kind == STABILITY_MDEV || kind == STABILITY_TDEV) return 3 * m;
    return kinds[kind].differences * m + 1;
}

size_t stability_terms(enum stability_kind kind, size_t count, size_t m) {
    if (m > count || reach(kind, m) > count) return 0;
    size_t room = count - reach(kind, m);
    return kinds[kind].overlaps ? room + 1 : room / m + 1;
}

static double square(double x) {
    return x * x;
}

static double tie_squares(const struct stability_series *series, size_t m) {
    const double *x = series->residual;
    double sum = 0, line = series->slope_s * (double)m;
    for (size_t i = 0; i + m < series->count; i++) sum += square(x[i + m] - x[i] + line);
    return sum;
}

static double allan_squares(const struct stability_series *series, size_t m, size_t stride) {
    const double *x = series->residual;
    double sum = 0;
    for (size_t i = 0; i + 2 * m < series->count; i += stride)
        sum += square((x[i + 2 * m] - x[i + m]) - (x[i + m] - x[i]));
    return sum;
}

static double hadamard_squares(const struct stability_series *series, size_t m, size_t stride) {
    const double *x = series->residual;
    double sum = 0;
    for (size_t i = 0; i + 3 * m < series->count; i += stride)
        sum += square((x[i + 3 * m] - x[i]) - 3 * (x[i + 2 * m] - x[i + m]));
    return sum;
}

/* Second differences summed over m points; the sum moves on by a third difference. */
static double modified_squares(const struct stability_series *series, size_t m) {
    const double *x = series->residual;
    double window = 0;
    for (size_t i = 0; i < m; i++) window += (x[i + 2 * m] - x[i + m]) - (x[i + m] - x[i]);
    double sum = square(window);
    for (size_t i = 0; i + 3 * m < series->count; i++) {
        window += (x[i + 3 * m] - x[i]) - 3 * (x[i + 2 * m] - x[i + m]);
        sum += square(window);
    }
    return sum;
}

double stability_deviation(const struct stability_series *series, enum stability_kind kind,
                           size_t m) {
    size_t terms = stability_terms(kind, series->count, m);
    CHECK(terms > 0 && kind != STABILITY_MTIE);
    double n = (double)terms, tau = (double)m * series->tau0_s;
    size_t stride = kinds[kind].overlaps ? 1 : m;
    switch (kind) {
    case STABILITY_TIE:
        return sqrt(tie_squares(series, m) / n);
    case STABILITY_ADEV:
    case STABILITY_OADEV:
        return sqrt(allan_squares(series, m, stride) / (2 * n)) / tau;
    case STABILITY_HDEV:
    case STABILITY_OHDEV:
        return sqrt(hadamard_squares(series, m, stride) / (6 * n)) / tau;
    case STABILITY_TDEV:
        return sqrt(modified_squares(series, m) / (6 * n)) / (double)m;
    default:
        return sqrt(modified_squares(series, m) / (2 * n)) / ((double)m * tau);
    }
}

struct stability_mtie stability_mtie_begin(const struct stability_series *series, double *highest,
                                           double *lowest) {
    for (size_t i = 0; i < series->count; i++)
        highest[i] = lowest[i] = series->residual[i] + series->slope_s * (double)i;
    return (struct stability_mtie){highest, lowest, 1};
}

static void widen(struct stability_mtie *mtie, size_t count) {
    size_t width = mtie->width;
    double *high = mtie->highest, *low = mtie->lowest;
    for (size_t i = 0; i + 2 * width <= count; i++) {
        high[i] = high[i] > high[i + width] ? high[i] : high[i + width];
        low[i] = low[i] < low[i + width] ? low[i] : low[i + width];
    }
    mtie->width = 2 * width;
}

/* m steps are m + 1 points; two stretches of at least half of that cover them. */
double stability_mtie(struct stability_mtie *mtie, size_t count, size_t m) {
    CHECK(m > 0 && m < count && m + 1 >= mtie->width);
    while (2 * mtie->width <= m + 1) widen(mtie, count);
    const double *high = mtie->highest, *low = mtie->lowest;
    size_t shift = m + 1 - mtie->width;
    double most = 0;
    for (size_t i = 0; i + m < count; i++) {
        double top = high[i] > high[i + shift] ? high[i] : high[i + shift];
        double bottom = low[i] < low[i + shift] ? low[i] : low[i + shift];
        if (top - bottom > most) most = top - bottom;
    }
    return most;
}

void stability_interval(double deviation, double edf, double confidence, double *low,
                        double *high) {
    double tail = (1 - confidence) / 2;
    *low = deviation * sqrt(edf / chi_square_quantile(edf, 1 - tail));
    *high = deviation * sqrt(edf / chi_square_quantile(edf, tail));
}
