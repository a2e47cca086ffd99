/* The generator: known values, moments of the distributions, independent streams. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "near.h"
#include "sim/prng.h"

enum { DRAWS = 200000 };

/* With the state 1, 2, 3, 4: the values that the published algorithm gives. */
static void generator_is_the_published_one(void **state) {
    (void)state;
    struct prng prng = {.state = {1, 2, 3, 4}};
    assert_true(prng_u64(&prng) == 41943041);
    assert_true(prng_u64(&prng) == 58720359);
    assert_true(prng_u64(&prng) == UINT64_C(3588806011781223));
}

static void streams_differ_and_repeat(void **state) {
    (void)state;
    struct prng a, b, c, d, again;
    prng_init(&a, 1, "path", 0);
    prng_init(&b, 1, "path", 1);
    prng_init(&c, 1, "paths", 0);
    prng_init(&d, 2, "path", 0);
    prng_init(&again, 1, "path", 0);
    uint64_t first = prng_u64(&a);
    assert_true(first != prng_u64(&b) && first != prng_u64(&c) && first != prng_u64(&d));
    assert_true(first == prng_u64(&again));
}

struct moments {
    double mean, variance, skewness, kurtosis;
};

static struct moments moments_of(double (*draw)(struct prng *)) {
    static double values[DRAWS];
    struct prng prng;
    struct moments m = {0};
    prng_init(&prng, 7, "moments", 0);
    for (int i = 0; i < DRAWS; i++) m.mean += (values[i] = draw(&prng)) / DRAWS;
    for (int i = 0; i < DRAWS; i++) m.variance += pow(values[i] - m.mean, 2) / DRAWS;
    for (int i = 0; i < DRAWS; i++) {
        double z = (values[i] - m.mean) / sqrt(m.variance);
        m.skewness += z * z * z / DRAWS;
        m.kurtosis += z * z * z * z / DRAWS;
    }
    return m;
}

static double draw_exponential(struct prng *prng) {
    double value = prng_exponential(prng, 2.5);
    assert_true(value >= 0);
    return value;
}

static double draw_unit(struct prng *prng) {
    double value = prng_unit(prng);
    assert_true(value >= 0 && value < 1);
    return value;
}

static void distributions_have_their_moments(void **state) {
    (void)state;
    struct moments normal = moments_of(prng_normal);
    assert_near(normal.mean, 0, 0.01);
    assert_near(normal.variance, 1, 0.02);
    assert_near(normal.skewness, 0, 0.03);
    assert_near(normal.kurtosis, 3, 0.08);
    struct moments exponential = moments_of(draw_exponential);
    assert_near(exponential.mean, 2.5, 0.03);
    assert_near(exponential.variance, 6.25, 0.15);
    assert_near(exponential.skewness, 2, 0.1);
    struct moments unit = moments_of(draw_unit);
    assert_near(unit.mean, 0.5, 0.005);
    assert_near(unit.variance, 1.0 / 12, 0.001);
}

static void chance_is_as_asked(void **state) {
    (void)state;
    struct prng prng;
    int hits = 0;
    prng_init(&prng, 3, "chance", 0);
    for (int i = 0; i < DRAWS; i++) {
        hits += prng_chance(&prng, 0.3);
        assert_false(prng_chance(&prng, 0));
        assert_true(prng_chance(&prng, 1));
    }
    assert_near((double)hits / DRAWS, 0.3, 0.005);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generator_is_the_published_one),
        cmocka_unit_test(streams_differ_and_repeat),
        cmocka_unit_test(distributions_have_their_moments),
        cmocka_unit_test(chance_is_as_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
