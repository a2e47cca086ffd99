/* Noise types: found again in simulated clocks, in published data, and not found in too few points.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clock/nbs14.h"
#include "clock/power_noise.h"
#include "clock/stability_noise.h"

static double phase[POWER_NOISE_MAX], scratch[POWER_NOISE_MAX];

/* Of 20 simulated clocks, how many are named right. */
static int named(int alpha, size_t m, unsigned differences) {
    uint64_t seed = 42;
    int right = 0;
    for (int run = 0; run < 20; run++) {
        power_noise(alpha, &seed, phase, POWER_NOISE_MAX);
        struct stability_series series = stability_from_phase(phase, POWER_NOISE_MAX, 1);
        right += stability_noise(&series, m, differences, scratch) == alpha;
    }
    return right;
}

static void simulated_noise_is_named(void **state) {
    (void)state;
    for (int alpha = -2; alpha <= 2; alpha++) assert_true(named(alpha, 1, 2) >= 18);
    for (int alpha = -4; alpha <= 2; alpha++) assert_true(named(alpha, 1, 3) >= 18);
    for (int alpha = -2; alpha <= 2; alpha += 2) assert_true(named(alpha, 8, 2) >= 16);
}

static void published_set_is_white_fm(void **state) {
    (void)state;
    double frequency[NBS14_LARGE + 1], room[NBS14_LARGE + 1];
    nbs14_large(frequency);
    struct stability_series series = stability_from_frequency(frequency, NBS14_LARGE, 1);
    for (size_t m = 1; m <= 32; m *= 2) {
        assert_int_equal(stability_noise(&series, m, 2, room), STABILITY_NOISE_WHITE_FM);
        assert_int_equal(stability_noise(&series, m, 3, room), STABILITY_NOISE_WHITE_FM);
    }
    assert_int_equal(stability_noise(&series, 35, 2, room), STABILITY_NOISE_UNKNOWN);
}

/* Offset of frequency and drift are no noise. */
static void parabola_does_not_matter(void **state) {
    (void)state;
    uint64_t seed = 7;
    power_noise(2, &seed, phase, POWER_NOISE_MAX);
    for (size_t i = 0; i < POWER_NOISE_MAX; i++)
        phase[i] += 3 + 0.5 * (double)i + 0.01 * (double)(i * i);
    struct stability_series series = stability_from_phase(phase, POWER_NOISE_MAX, 1);
    assert_int_equal(stability_noise(&series, 1, 2, scratch), STABILITY_NOISE_WHITE_PM);
}

/* One wild value, where every m-th point is taken from the first on. */
static void one_bad_point_does_not_matter(void **state) {
    (void)state;
    uint64_t seed = 11;
    power_noise(0, &seed, phase, POWER_NOISE_MAX);
    phase[0] += 1e4;
    struct stability_series series = stability_from_phase(phase, POWER_NOISE_MAX, 1);
    assert_int_equal(stability_noise(&series, 16, 2, scratch), STABILITY_NOISE_WHITE_FM);
}

static void nothing_to_tell(void **state) {
    (void)state;
    for (size_t i = 0; i < 100; i++) phase[i] = 0;
    struct stability_series series = stability_from_phase(phase, 100, 1);
    assert_int_equal(stability_noise(&series, 1, 2, scratch), STABILITY_NOISE_UNKNOWN);
    series.count = 29;
    assert_int_equal(stability_noise(&series, 1, 2, scratch), STABILITY_NOISE_UNKNOWN);
}

static void names(void **state) {
    (void)state;
    assert_string_equal(stability_noise_name(2), "white PM");
    assert_string_equal(stability_noise_name(0), "white FM");
    assert_string_equal(stability_noise_name(-4), "random run FM");
    assert_string_equal(stability_noise_name(STABILITY_NOISE_UNKNOWN), "unknown");
    assert_string_equal(stability_noise_name(-5), "unknown");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(simulated_noise_is_named), cmocka_unit_test(published_set_is_white_fm),
        cmocka_unit_test(parabola_does_not_matter), cmocka_unit_test(one_bad_point_does_not_matter),
        cmocka_unit_test(nothing_to_tell),          cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
