/* The factor of an edge against mean and variance by numerical integration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "clock/track_edge.h"
#include "near.h"

struct moments {
    double mean, variance;
};

/* Of a normal distribution cut by an edge that all but one exchange in a thousand respects. */
static struct moments integrate(const struct track_edge *edge, double mean, double variance) {
    double sum = 0, first = 0, second = 0, sigma = sqrt(variance), step = sigma / 400;
    for (double x = mean - 12 * sigma; x < mean + 12 * sigma; x += step) {
        double z = edge->sign * (edge->limit - x) / sqrt(2 * edge->soft);
        double weight = 1e-3 + 0.999 * 0.5 * erfc(-z);
        weight *= exp(-(x - mean) * (x - mean) / (2 * variance));
        sum += weight;
        first += weight * x;
        second += weight * x * x;
    }
    double m = first / sum;
    return (struct moments){m, second / sum - m * m};
}

static void has_the_moments_of_the_cut(void **state) {
    (void)state;
    for (double limit = -4; limit <= 4; limit += 0.37)
        for (double sign = -1; sign <= 1; sign += 2) {
            struct track_edge edge = {limit, sign, 0.04};
            struct track_site site;
            double fit = track_edge_site(&edge, 0.3, 1.2, &site);
            assert_true(fit > 0 && fit <= 1.0001);
            struct moments wanted = integrate(&edge, 0.3, 1.2);
            if (wanted.variance >= 1.2) { /* it would widen: it is left out */
                assert_near(site.precision, 0, 0);
                continue;
            }
            double precision = 1 / 1.2 + site.precision;
            double mean = (0.3 / 1.2 + site.weighted) / precision;
            assert_near(1 / precision, wanted.variance, 1e-3);
            assert_near(mean, wanted.mean, 1e-3);
        }
}

static void far_edges_do_nothing(void **state) {
    (void)state;
    struct track_edge edge = {10, 1, 0.01};
    struct track_site site = {1, 1};
    assert_near(track_edge_site(&edge, 0, 1, &site), 1, 0);
    assert_near(site.precision, 0, 0);
    edge.limit = -10; /* contradicts: a stray */
    assert_near(track_edge_site(&edge, 0, 1, &site), 1e-3, 1e-6);
    assert_near(site.precision, 0, 1e-3);
}

/* One edge and one prior: made anew against the prior alone it stays what it was. */
static void refreshing_is_a_fixed_point(void **state) {
    (void)state;
    struct track_edge edge = {0.5, 1, 0.04};
    struct track_site site;
    (void)track_edge_site(&edge, 0, 1, &site);
    double precision = 1 + site.precision;
    struct track_state all = {.y = site.weighted / precision, .var_y = 1 / precision};
    struct track_site again = site;
    track_edge_refresh(&edge, &all, &again);
    assert_near(again.precision, site.precision, 1e-9);
    assert_near(again.weighted, site.weighted, 1e-9);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_the_moments_of_the_cut),
        cmocka_unit_test(far_edges_do_nothing),
        cmocka_unit_test(refreshing_is_a_fixed_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
