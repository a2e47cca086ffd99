/* Estimate and interval of one source against invented paths whose truth is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "clock/filter.h"
#include "near.h"

static double unit(uint64_t *seed) {
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)((*seed >> 11) + 1) * 0x1p-53;
}

static double exponential(uint64_t *seed, double mean) {
    return -mean * log(unit(seed));
}

static const struct track_prior prior = {0, 100e-6};
static const double wander = 1e-9;

/* Truth: y(m) = offset + frequency * m. Each way 1 ms + exponential jitter. */
static struct track_sample measure(double m, double offset, double frequency, double jitter,
                                   uint64_t *seed) {
    double forth = 1e-3 + exponential(seed, jitter), back = 1e-3 + exponential(seed, jitter);
    double delay = forth + back;
    return (struct track_sample){
        .m = m,
        .y = offset + frequency * m + (forth - back) / 2,
        .delay_s = delay,
        .half_s = delay / 2,
        .noise_s = 1e-7,
    };
}

static void converges_to_offset_and_frequency(void **state) {
    (void)state;
    uint64_t seed = 3;
    double squares = 0;
    for (int run = 0; run < 20; run++) {
        struct filter filter;
        filter_init(&filter);
        for (int i = 0; i < 40; i++) {
            struct track_sample s = measure(64.0 * i, 0.25, 7e-6, 1e-3, &seed);
            assert_true(filter_add(&filter, &s, &prior, wander));
        }
        struct track_estimate estimate = track_at(&filter.track, 64.0 * 40);
        double error = estimate.y - (0.25 + 7e-6 * 64 * 40);
        assert_true(fabs(error) < 6 * estimate.sigma_y + 1e-4);
        assert_true(fabs(estimate.frequency - 7e-6) < 0.5e-6);
        squares += error * error;
    }
    assert_true(sqrt(squares / 20) < 80e-6); /* one sample: about 700 us */
}

static void interval_always_holds_the_truth(void **state) {
    (void)state;
    uint64_t seed = 11;
    struct filter filter;
    filter_init(&filter);
    double least = INFINITY;
    for (int i = 0; i < 500; i++) {
        double m = 16.0 * i, truth = 3e-6 * m;
        struct track_sample s = measure(m, 0, 3e-6, 1e-3, &seed);
        filter_add(&filter, &s, &prior, wander);
        struct interval in = filter_interval(&filter, m + 8, 0, 4e-6);
        assert_true(in.lower <= truth + 3e-6 * 8 && in.upper >= truth + 3e-6 * 8);
        least = fmin(least, in.upper - in.lower);
    }
    assert_true(least < 2.5e-3); /* near the floor of the delay */
}

static void a_step_of_the_server_restarts_the_filter(void **state) {
    (void)state;
    uint64_t seed = 5;
    struct filter filter;
    filter_init(&filter);
    for (int i = 0; i < 60; i++) {
        struct track_sample s = measure(64.0 * i, i < 50 ? 0 : 0.05, 0, 1e-4, &seed);
        filter_add(&filter, &s, &prior, wander);
    }
    assert_true(fabs(track_at(&filter.track, 64.0 * 60).y - 0.05) < 1e-3);
    struct interval interval = filter_interval(&filter, 64.0 * 60, 0, 1e-7);
    assert_true(interval.lower < 0.05 && interval.upper > 0.05);
}

static void delay_spikes_hardly_count(void **state) {
    (void)state;
    uint64_t seed = 9;
    struct filter filter;
    filter_init(&filter);
    for (int i = 0; i < 32; i++) {
        struct track_sample s = measure(64.0 * i, 0, 0, 1e-5, &seed);
        if (i % 8 == 7) {
            s.delay_s += 0.2;
            s.half_s += 0.1;
            s.y += 0.1;
        }
        filter_add(&filter, &s, &prior, wander);
    }
    assert_true(fabs(track_at(&filter.track, 64.0 * 32).y) < 1e-4);
}

static void samples_out_of_order_are_ignored(void **state) {
    (void)state;
    uint64_t seed = 1;
    struct filter filter;
    filter_init(&filter);
    struct track_sample late = measure(100, 0, 0, 1e-3, &seed);
    struct track_sample early = measure(50, 0, 0, 1e-3, &seed);
    assert_true(filter_add(&filter, &late, &prior, wander));
    assert_false(filter_add(&filter, &early, &prior, wander));
    assert_false(filter_add(&filter, &late, &prior, wander));
    assert_int_equal(filter_count(&filter), 1);
}

static void sample_is_offset_and_delay_of_rfc_5905(void **state) {
    (void)state;
    struct leap_table leaps;
    leap_default(&leaps);
    struct epoch epoch = {{0}, {INT64_C(1600000037000000000)}};
    struct exchange exchange = {
        .t1 = {1000000},
        .t4 = {9000000}, /* 8 ms by the counter */
        .t2 = {INT64_C(1600000000000000000) + 104000000},
        .t3 = {INT64_C(1600000000000000000) + 106000000},
        .root_delay_s = 0.002,
        .root_dispersion_s = 0.003,
        .precision_s = 1e-6,
    };
    struct track_sample s = filter_sample_of(&exchange, &epoch, &leaps);
    assert_near(s.y, 0.1, 1e-12);
    assert_near(s.delay_s, 0.006, 1e-12);
    assert_near(s.m, 0.005, 1e-12);
    assert_near(s.half_s, 0.003 + 0.001 + 0.003 + 1e-6, 1e-12);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(converges_to_offset_and_frequency),
        cmocka_unit_test(interval_always_holds_the_truth),
        cmocka_unit_test(a_step_of_the_server_restarts_the_filter),
        cmocka_unit_test(delay_spikes_hardly_count),
        cmocka_unit_test(samples_out_of_order_are_ignored),
        cmocka_unit_test(sample_is_offset_and_delay_of_rfc_5905),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
