/* Degrees of freedom: against the intervals that Stable32 1.60 printed for recorded clocks (68.3
 * %), and against the scatter of simulated ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "clock/power_noise.h"
#include "clock/stability_edf.h"
#include "clock/stability_noise.h"
#include "near.h"

enum { PHASE_DAT = 1001, CS5071A = 556990, OCXO = 19983, GPS = 241218, PINK = 10001 };

static const struct row {
    enum stability_kind kind;
    int alpha;
    size_t count, m;
    double low, middle, high;
} rows[] = {
    {STABILITY_ADEV, 0, PHASE_DAT, 1, 2.8515e-01, 2.9223e-01, 2.9987e-01},
    {STABILITY_ADEV, 0, PHASE_DAT, 16, 5.6510e-02, 6.2381e-02, 7.0567e-02},
    {STABILITY_ADEV, 0, PHASE_DAT, 128, 2.6481e-02, 3.3855e-02, 5.5744e-02},
    {STABILITY_OADEV, 0, PHASE_DAT, 2, 1.9520e-01, 2.0102e-01, 2.0738e-01},
    {STABILITY_OADEV, 0, PHASE_DAT, 16, 5.7696e-02, 6.1915e-02, 6.7217e-02},
    {STABILITY_OADEV, 0, PHASE_DAT, 128, 2.3045e-02, 2.7674e-02, 3.7027e-02},
    {STABILITY_MDEV, 0, PHASE_DAT, 4, 1.0322e-01, 1.0780e-01, 1.1304e-01},
    {STABILITY_MDEV, 0, PHASE_DAT, 32, 3.0466e-02, 3.4255e-02, 3.9933e-02},
    {STABILITY_TDEV, 0, PHASE_DAT, 128, 1.0992e+00, 1.3797e+00, 2.1124e+00},
    {STABILITY_HDEV, 0, PHASE_DAT, 8, 1.0744e-01, 1.1649e-01, 1.2829e-01},
    {STABILITY_HDEV, 0, PHASE_DAT, 128, 2.8841e-02, 3.8060e-02, 7.3807e-02},
    {STABILITY_OHDEV, 0, PHASE_DAT, 8, 1.0388e-01, 1.0987e-01, 1.1704e-01},
    {STABILITY_OHDEV, 0, PHASE_DAT, 128, 2.3761e-02, 2.9147e-02, 4.1367e-02},
    {STABILITY_OADEV, 2, CS5071A, 10, 3.2076e-11, 3.2118e-11, 3.2160e-11},
    {STABILITY_OADEV, 1, CS5071A, 100, 3.3913e-12, 3.4040e-12, 3.4168e-12},
    {STABILITY_OADEV, 0, CS5071A, 1000, 4.6228e-13, 4.7341e-13, 4.8538e-13},
    {STABILITY_OADEV, 0, CS5071A, 100000, 2.1069e-14, 2.6121e-14, 3.8333e-14},
    {STABILITY_OADEV, 1, OCXO, 8, 9.6652e-12, 9.7555e-12, 9.8484e-12},
    {STABILITY_OADEV, -2, OCXO, 64, 4.8402e-12, 5.0365e-12, 5.2589e-12},
    {STABILITY_OADEV, -1, OCXO, 1024, 5.7328e-12, 6.5443e-12, 7.8393e-12},
    {STABILITY_OADEV, -1, PINK, 1, 1.3960e-07, 1.4064e-07, 1.4169e-07},
    {STABILITY_OADEV, -2, PINK, 32, 1.2958e-07, 1.3484e-07, 1.4079e-07},
    {STABILITY_MDEV, 1, OCXO, 2, 2.8003e-11, 2.8204e-11, 2.8410e-11},
    {STABILITY_MDEV, -2, OCXO, 64, 3.9796e-12, 4.1567e-12, 4.3600e-12},
    {STABILITY_MDEV, -1, OCXO, 1024, 5.1767e-12, 6.0005e-12, 7.4049e-12},
    {STABILITY_MDEV, 2, GPS, 512, 7.3108e-12, 7.5171e-12, 7.7421e-12},
    {STABILITY_MDEV, 0, GPS, 32768, 4.0404e-13, 5.1068e-13, 8.0246e-13},
    {STABILITY_HDEV, 1, OCXO, 8, 9.7720e-12, 9.9743e-12, 1.0190e-11},
    {STABILITY_HDEV, -2, OCXO, 512, 3.9824e-12, 4.4684e-12, 5.1904e-12},
    {STABILITY_OHDEV, 2, GPS, 256, 4.5976e-11, 4.6076e-11, 4.6176e-11},
    {STABILITY_OHDEV, 1, GPS, 4096, 3.6184e-12, 3.7060e-12, 3.8003e-12},
    {STABILITY_OHDEV, -2, OCXO, 512, 3.8499e-12, 4.2789e-12, 4.8931e-12},
    {STABILITY_OHDEV, -1, OCXO, 1024, 4.2162e-12, 4.8704e-12, 5.9683e-12},
};

static void published_intervals(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        double low, high, edf = stability_edf(row->kind, row->alpha, row->count, row->m);
        stability_interval(row->middle, edf, 0.683, &low, &high);
        assert_near(low / row->low, 1, 6e-4);
        assert_near(high / row->high, 1, 6e-4);
    }
}

static bool exists(enum stability_kind kind, int alpha) {
    return alpha >= 2 - 2 * (int)stability_differences(kind);
}

struct scatter {
    double sum, squares;
};

static void scatter_add(struct scatter *scatter, double deviation) {
    scatter->sum += deviation * deviation;
    scatter->squares += pow(deviation, 4);
}

/* 2 mean^2 / variance of an estimated variance is what its degrees of freedom are. */
static double scatter_edf(const struct scatter *scatter, double runs) {
    double mean = scatter->sum / runs;
    return 2 * mean * mean / (scatter->squares / runs - mean * mean);
}

/* The paper's noise is averaged over tau0, the simulated one is not: some per cent at small m. */
static void simulated_scatter(void **state) {
    (void)state;
    enum { RUNS = 3000, COUNT = 129, FACTORS = 2 };
    static const size_t factors[FACTORS] = {8, 40};
    for (int alpha = -4; alpha <= 2; alpha++) {
        struct scatter scatters[STABILITY_MTIE][FACTORS] = {0};
        uint64_t seed = 1;
        for (int run = 0; run < RUNS; run++) {
            double phase[COUNT];
            power_noise(alpha, &seed, phase, COUNT);
            struct stability_series series = stability_from_phase(phase, COUNT, 1);
            for (int kind = 0; kind < STABILITY_MTIE; kind++)
                for (int k = 0; k < FACTORS; k++)
                    scatter_add(&scatters[kind][k], stability_deviation(&series, kind, factors[k]));
        }
        for (int kind = 0; kind < STABILITY_MTIE; kind++)
            for (int k = 0; k < FACTORS && exists(kind, alpha); k++) {
                double edf = stability_edf(kind, alpha, COUNT, factors[k]);
                assert_near(scatter_edf(&scatters[kind][k], RUNS) / edf, 1, 0.2);
            }
    }
}

/* Each branch of the algorithm: finite, positive, and no more than there are terms. */
static void every_branch_is_sane(void **state) {
    (void)state;
    for (int kind = STABILITY_ADEV; kind <= STABILITY_OHDEV; kind++)
        for (int alpha = -4; alpha <= 2; alpha++)
            for (size_t count = 4; count < 3000000; count = count * 5 / 2)
                for (size_t m = 1; m < count / 2; m = m * 3 / 2 + 1) {
                    double edf = stability_edf(kind, alpha, count, m);
                    size_t terms = stability_terms(kind, count, m);
                    bool wanted = terms > 0 && exists(kind, alpha);
                    assert_true(wanted ? edf > 0.9 && edf <= (double)terms * 1.001 : edf == 0);
                }
}

static void no_answer(void **state) {
    (void)state;
    assert_true(stability_edf(STABILITY_OADEV, STABILITY_NOISE_UNKNOWN, 1000, 1) == 0);
    assert_true(stability_edf(STABILITY_OADEV, -3, 1000, 1) == 0);
    assert_true(stability_edf(STABILITY_OHDEV, -5, 1000, 1) == 0);
    assert_true(stability_edf(STABILITY_MTIE, 0, 1000, 1) == 0);
    assert_true(stability_edf(STABILITY_TIE, 0, 1000, 1) == 0);
    assert_true(stability_edf(STABILITY_OADEV, 0, 10, 5) == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_intervals),
        cmocka_unit_test(simulated_scatter),
        cmocka_unit_test(every_branch_is_sane),
        cmocka_unit_test(no_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
