/* Deviations against published values: both sets of NIST SP 1065 section 12.4, and what Stable32
 * 1.60 gave for the larger one less its mean (the file PHASE.DAT that comes with it). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "clock/nbs14.h"
#include "clock/stability.h"
#include "near.h"

#define assert_digits(value, expected, relative) assert_near((value) / (expected), 1, relative)

static double small[NBS14_SMALL + 1], large[NBS14_LARGE + 1];

static struct stability_series small_series(void) {
    nbs14_small(small);
    return stability_from_frequency(small, NBS14_SMALL, 1);
}

static struct stability_series large_series(void) {
    nbs14_large(large);
    return stability_from_frequency(large, NBS14_LARGE, 1);
}

static void small_set(void **state) {
    (void)state;
    static const struct {
        enum stability_kind kind;
        double at[2]; /* m = 1, 2 */
    } rows[] = {
        {STABILITY_ADEV, {91.22945, 115.8082}}, {STABILITY_OADEV, {91.22945, 85.95287}},
        {STABILITY_MDEV, {91.22945, 74.78849}}, {STABILITY_TDEV, {52.67135, 86.35831}},
        {STABILITY_HDEV, {70.80608, 116.7980}}, {STABILITY_OHDEV, {70.80607, 85.61487}},
    };
    struct stability_series series = small_series();
    assert_int_equal(series.count, 10);
    assert_near(series.slope_s, 788.8888889, 1e-6); /* the mean frequency */
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (size_t m = 1; m <= 2; m++)
            assert_digits(stability_deviation(&series, rows[i].kind, m), rows[i].at[m - 1], 5e-7);
}

static void large_set(void **state) {
    (void)state;
    static const struct {
        enum stability_kind kind;
        double at[3]; /* m = 1, 10, 100 */
    } rows[] = {
        {STABILITY_ADEV, {2.922319e-01, 9.965736e-02, 3.897804e-02}},
        {STABILITY_OADEV, {2.922319e-01, 9.159953e-02, 3.241343e-02}},
        {STABILITY_MDEV, {2.922319e-01, 6.172376e-02, 2.170921e-02}},
        {STABILITY_TDEV, {1.687202e-01, 3.563623e-01, 1.253382e-00}},
        {STABILITY_HDEV, {2.943883e-01, 1.052754e-01, 3.910860e-02}},
        {STABILITY_OHDEV, {2.943883e-01, 9.581083e-02, 3.237638e-02}},
    };
    struct stability_series series = large_series();
    const size_t factors[3] = {1, 10, 100};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int k = 0; k < 3; k++)
            assert_digits(stability_deviation(&series, rows[i].kind, factors[k]), rows[i].at[k],
                          5e-7);
}

/* PHASE.DAT has the mean taken out, so its time error has no slope. */
static void time_interval_error(void **state) {
    (void)state;
    static const struct {
        size_t m;
        double mtie, tie;
    } rows[] = {{1, 5.0597e-01, 2.8832e-01}, {3, 1.2984e+00, 4.9390e-01},
                {7, 2.2922e+00, 7.5338e-01}, {15, 2.9949e+00, 1.0312e+00},
                {31, 4.4550e+00, 0},         {63, 6.5989e+00, 0},
                {127, 6.8061e+00, 0},        {247, 0, 2.6144e+00},
                {255, 7.8205e+00, 0},        {511, 7.8205e+00, 0}};
    struct stability_series series = large_series();
    double high[NBS14_LARGE + 1], low[NBS14_LARGE + 1];
    series.slope_s = 0;
    struct stability_mtie mtie = stability_mtie_begin(&series, high, low);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double most = stability_mtie(&mtie, series.count, rows[i].m);
        if (rows[i].mtie > 0) assert_digits(most, rows[i].mtie, 5e-5);
        if (rows[i].tie > 0)
            assert_digits(stability_deviation(&series, STABILITY_TIE, rows[i].m), rows[i].tie,
                          5e-5);
    }
}

static void mtie_is_the_largest_span_of_any_window(void **state) {
    (void)state;
    struct stability_series series = large_series();
    double high[NBS14_LARGE + 1], low[NBS14_LARGE + 1];
    struct stability_mtie mtie = stability_mtie_begin(&series, high, low);
    for (size_t m = 1; m < series.count; m += 1 + m / 3) {
        double expected = 0;
        for (size_t i = 0; i + m < series.count; i++) {
            double top = -INFINITY, bottom = INFINITY;
            for (size_t k = i; k <= i + m; k++) {
                double x = series.residual[k] + series.slope_s * (double)k;
                top = fmax(top, x);
                bottom = fmin(bottom, x);
            }
            expected = fmax(expected, top - bottom);
        }
        assert_near(stability_mtie(&mtie, series.count, m), expected, 1e-12);
        assert_near(stability_mtie(&mtie, series.count, m), expected, 1e-12); /* again */
    }
}

static void terms_are_those_of_published_tables(void **state) {
    (void)state;
    static const struct {
        enum stability_kind kind;
        size_t m, terms;
    } rows[] = {
        {STABILITY_ADEV, 1, 999},   {STABILITY_ADEV, 128, 6},     {STABILITY_OADEV, 128, 745},
        {STABILITY_MDEV, 2, 996},   {STABILITY_TDEV, 128, 618},   {STABILITY_HDEV, 2, 498},
        {STABILITY_HDEV, 128, 5},   {STABILITY_OHDEV, 64, 809},   {STABILITY_TIE, 247, 754},
        {STABILITY_MTIE, 511, 490}, {STABILITY_ADEV, 500, 1},     {STABILITY_ADEV, 501, 0},
        {STABILITY_MDEV, 333, 3},   {STABILITY_MDEV, 334, 0},     {STABILITY_TIE, 1000, 1},
        {STABILITY_TIE, 1001, 0},   {STABILITY_MDEV, SIZE_MAX, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(stability_terms(rows[i].kind, 1001, rows[i].m), rows[i].terms);
}

/* Every term may be summed, up to the last one there is: a tool that watches memory sees more. */
static void shortest_series(void **state) {
    (void)state;
    for (size_t count = 2; count <= 13; count++) {
        double *phase = malloc(count * sizeof *phase);
        assert_non_null(phase);
        for (size_t i = 0; i < count; i++) phase[i] = (double)(i * i % 7);
        struct stability_series series = stability_from_phase(phase, count, 0.5);
        for (int kind = 0; kind < STABILITY_KINDS; kind++)
            for (size_t m = 1; m <= count; m++)
                if (kind != STABILITY_MTIE && stability_terms(kind, count, m) > 0)
                    assert_true(stability_deviation(&series, kind, m) >= 0);
        free(phase);
    }
}

/* Phase and frequency of the same clock, other units of time, an offset in phase and frequency. */
static void forms_of_the_same_data_agree(void **state) {
    (void)state;
    struct stability_series from_frequency = large_series();
    double phase[NBS14_LARGE + 1], frequency[NBS14_LARGE];
    const double tau0 = 16;
    nbs14_large(frequency);
    phase[0] = 12345;
    for (int i = 0; i < NBS14_LARGE; i++) phase[i + 1] = phase[i] + (frequency[i] + 3) * tau0;
    struct stability_series series = stability_from_phase(phase, NBS14_LARGE + 1, tau0);
    assert_near(series.slope_s, (from_frequency.slope_s + 3) * tau0, 1e-9);
    for (int kind = 0; kind < STABILITY_KINDS; kind++) {
        if (kind == STABILITY_MTIE || kind == STABILITY_TIE) continue;
        for (size_t m = 1; m <= 300; m += 7) {
            double scale = stability_is_time(kind) ? tau0 : 1;
            assert_digits(stability_deviation(&series, kind, m),
                          stability_deviation(&from_frequency, kind, m) * scale, 1e-9);
        }
    }
}

/* A clock that is off by 1e-5 for 12 days, with a nanosecond of noise: nothing is lost. */
static void large_offset_costs_no_digits(void **state) {
    (void)state;
    enum { COUNT = 1 << 20 };
    double *off = malloc(COUNT * sizeof *off), *right = malloc(COUNT * sizeof *right);
    assert_true(off && right);
    uint64_t n = 1;
    for (size_t i = 0; i < COUNT; i++, n = 16807 * n % 2147483647) {
        right[i] = ldexp(round(ldexp((double)n / 2147483647 * 1e-9, 48)), -48);
        off[i] = right[i] + ldexp((double)i, -17);
    }
    struct stability_series a = stability_from_phase(off, COUNT, 1);
    struct stability_series b = stability_from_phase(right, COUNT, 1);
    for (size_t m = 1; m < COUNT / 4; m *= 8)
        for (int kind = STABILITY_ADEV; kind <= STABILITY_OHDEV; kind++)
            assert_digits(stability_deviation(&a, kind, m), stability_deviation(&b, kind, m), 1e-4);
    assert_near(stability_deviation(&a, STABILITY_TIE, 1000), ldexp(1000, -17), 1e-8);
    free(off);
    free(right);
}

static void a_straight_line_is_stable(void **state) {
    (void)state;
    double phase[100];
    for (int i = 0; i < 100; i++) phase[i] = 5 + 0.25 * i;
    struct stability_series series = stability_from_phase(phase, 100, 1);
    for (int kind = STABILITY_ADEV; kind <= STABILITY_OHDEV; kind++)
        assert_true(stability_deviation(&series, kind, 3) == 0);
    assert_near(stability_deviation(&series, STABILITY_TIE, 8), 2, 1e-12);
}

/* Linear drift of frequency: the Allan deviation is drift tau / sqrt(2), Hadamard's is blind. */
static void drift(void **state) {
    (void)state;
    double frequency[1001];
    for (int i = 0; i < 1000; i++) frequency[i] = 1e-3 * i;
    struct stability_series series = stability_from_frequency(frequency, 1000, 1);
    assert_digits(stability_deviation(&series, STABILITY_OADEV, 10), 1e-2 / sqrt(2), 1e-9);
    assert_near(stability_deviation(&series, STABILITY_OHDEV, 10), 0, 1e-12);
}

static void names(void **state) {
    (void)state;
    assert_string_equal(stability_name(STABILITY_OHDEV), "ohdev");
    assert_string_equal(stability_title(STABILITY_TDEV), "time deviation");
    assert_int_equal(stability_differences(STABILITY_HDEV), 3);
    assert_true(stability_is_time(STABILITY_MTIE) && !stability_is_time(STABILITY_MDEV));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_set),
        cmocka_unit_test(large_set),
        cmocka_unit_test(time_interval_error),
        cmocka_unit_test(mtie_is_the_largest_span_of_any_window),
        cmocka_unit_test(terms_are_those_of_published_tables),
        cmocka_unit_test(shortest_series),
        cmocka_unit_test(forms_of_the_same_data_agree),
        cmocka_unit_test(large_offset_costs_no_digits),
        cmocka_unit_test(a_straight_line_is_stable),
        cmocka_unit_test(drift),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
