/* Names beside those of the paper: d differences of phase, averaged over 1/F of tau (points: F);
 * estimates (M) at steps of tau / S (steps: S), of which so many lags (J) are summed; ratio r =
 * M/S. Times are in units of tau. */
#include "clock/stability_edf.h"

#include <math.h>

#include "base/logarithm.h"
#include "clock/stability_noise.h"

enum { LAGS = 100 };

struct filter {
    int alpha;
    unsigned d;
    double points; /* INFINITY: the limit of many in tau */
};

struct sampling {
    double estimates, steps, ratio;
    unsigned lags;
};

/* s_w: covariance of phase noise, but for a factor and what d differences cancel. */
static double noise_covariance(double t, int alpha) {
    double square = t * t, logarithm = t == 0 ? 0 : logarithm_natural(fabs(t));
    switch (alpha) {
    case 2:
        return -fabs(t);
    case 1:
        return square * logarithm;
    case 0:
        return square * fabs(t);
    case -1:
        return -square * square * logarithm;
    case -2:
        return -square * square * fabs(t);
    case -3:
        return square * square * square * logarithm;
    default:
        return square * square * square * fabs(t);
    }
}

/* s_x: of phase averaged over 1/F. */
static double averaged_covariance(const struct filter *f, double t) {
    if (isinf(f->points)) return noise_covariance(t, f->alpha + 2);
    double step = 1 / f->points;
    return f->points * f->points *
           (2 * noise_covariance(t, f->alpha) - noise_covariance(t - step, f->alpha) -
            noise_covariance(t + step, f->alpha));
}

/* s_z: of its d-th differences. */
static double difference_covariance(const struct filter *f, double t) {
    static const double binomials[4][4] = {{1}, {2, 1}, {6, 4, 1}, {20, 15, 6, 1}};
    double sum = binomials[f->d][0] * averaged_covariance(f, t);
    for (unsigned k = 1; k <= f->d; k++) {
        double both = averaged_covariance(f, t - k) + averaged_covariance(f, t + k);
        sum += (k & 1 ? -1 : 1) * binomials[f->d][k] * both;
    }
    return sum;
}

static double square_at(const struct filter *f, double t) {
    double z = difference_covariance(f, t);
    return z * z;
}

/* The degrees of freedom; `variance` is s_z(0)^2. */
static double basic(const struct filter *f, const struct sampling *s, double variance) {
    double sum = square_at(f, 0) + (1 - s->lags / s->estimates) * square_at(f, s->lags / s->steps);
    for (unsigned lag = 1; lag < s->lags; lag++)
        sum += 2 * (1 - lag / s->estimates) * square_at(f, lag / s->steps);
    return s->estimates * variance / sum;
}

/* Too many lags to be summed, while the series is short: the same, sampled less densely. */
static struct sampling thinned(const struct sampling *s) {
    return (struct sampling){LAGS, LAGS / s->ratio, s->ratio, LAGS};
}

struct fit {
    double a0, a1;
};

static double fitted(struct fit fit, double ratio) {
    return ratio / (fit.a0 - fit.a1 / ratio);
}

/* Rows: alpha 2, 1, ... -4; columns: d = 2, 3. */
static double modified(int alpha, unsigned d, const struct sampling *s) {
    static const struct fit fits[7][2] = {{{7.0 / 9, 1.0 / 2}, {22.0 / 25, 2.0 / 3}},
                                          {{0.997, 0.616}, {1.141, 0.843}},
                                          {{1.033, 0.607}, {1.184, 0.848}},
                                          {{1.048, 0.534}, {1.180, 0.816}},
                                          {{1.302, 0.535}, {1.175, 0.777}},
                                          {{0, 0}, {1.194, 0.703}},
                                          {{0, 0}, {1.489, 0.702}}};
    struct filter f = {alpha, d, 1};
    if (s->lags <= LAGS) return basic(&f, s, square_at(&f, 0));
    if (s->ratio > d + 1) return fitted(fits[2 - alpha][d - 2], s->ratio);
    struct sampling thin = thinned(s);
    return basic(&f, &thin, square_at(&f, 0));
}

/* White FM and redder. */
static double unmodified(int alpha, unsigned d, double m, const struct sampling *s) {
    static const struct fit fits[5][2] = {{{2.0 / 3, 1.0 / 3}, {7.0 / 9, 1.0 / 2}},
                                          {{0.852, 0.375}, {0.997, 0.617}},
                                          {{1.079, 0.368}, {1.033, 0.607}},
                                          {{0, 0}, {1.053, 0.553}},
                                          {{0, 0}, {1.302, 0.535}}};
    struct filter f = {alpha, d, m * (d + 1) <= LAGS ? m : INFINITY};
    if (s->lags <= LAGS) return basic(&f, s, square_at(&f, 0));
    if (s->ratio > d + 1) return fitted(fits[-alpha][d - 2], s->ratio);
    struct sampling thin = thinned(s);
    f.points = INFINITY;
    return basic(&f, &thin, square_at(&f, 0));
}

static double flicker_pm(unsigned d, double m, const struct sampling *s) {
    static const struct fit fits[2] = {{790, 410}, {9950, 6520}};
    static const struct fit variances[2] = {{15.23, 12.0}, {47.8, 40.0}};
    struct filter f = {1, d, m};
    if (s->lags <= LAGS) return basic(&f, s, square_at(&f, 0));
    struct fit b = variances[d - 2];
    double variance = b.a0 + b.a1 * logarithm_natural(m);
    if (s->ratio > d + 1) return variance * variance * fitted(fits[d - 2], s->ratio);
    struct sampling thin = thinned(s);
    f.points = thin.steps;
    return basic(&f, &thin, variance * variance);
}

/* Differences of white phase correlate at whole multiples of tau only, with binomials. */
static double white_pm(unsigned d, const struct sampling *s) {
    static const double binomials[2][4] = {{6, 4, 1, 0}, {20, 15, 6, 1}};
    const double *row = binomials[d - 2];
    double sum = 1;
    for (unsigned k = 1; k <= d && k < s->ratio; k++)
        sum += 2 * (1 - k / s->ratio) * (row[k] / row[0]) * (row[k] / row[0]);
    return s->estimates / sum;
}

double stability_edf(enum stability_kind kind, int alpha, size_t count, size_t m) {
    unsigned d = stability_differences(kind);
    if (d < 2 || alpha > 2 || alpha < 2 - 2 * (int)d) return 0;
    bool plain = kind == STABILITY_ADEV || kind == STABILITY_HDEV;
    size_t terms = stability_terms(kind, count, m), steps = plain ? 1 : m;
    if (terms == 0) return 0;
    double lags = fmin((double)terms, (d + 1) * (double)steps);
    struct sampling s = {.estimates = (double)terms,
                         .steps = (double)steps,
                         .ratio = (double)terms / (double)steps,
                         .lags = (unsigned)fmin(lags, LAGS + 1)};
    if (kind == STABILITY_MDEV || kind == STABILITY_TDEV) return modified(alpha, d, &s);
    if (alpha == STABILITY_NOISE_WHITE_PM) return white_pm(d, &s);
    if (alpha == STABILITY_NOISE_FLICKER_PM) return flicker_pm(d, (double)m, &s);
    return unmodified(alpha, d, (double)m, &s);
}
