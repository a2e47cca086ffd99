/* Clustering and combination. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "clock/ensemble.h"
#include "near.h"

static struct ensemble_member member(double y, double sigma) {
    return (struct ensemble_member){{y, 1e-6, sigma, 1e-8}, 1e-5, 0};
}

static void equal_members_share_equally(void **state) {
    (void)state;
    struct ensemble_member m[] = {member(1e-4, 1e-4), member(3e-4, 1e-4), member(2e-4, 1e-4)};
    struct track_estimate median = ensemble_weigh(m, 3);
    assert_true(median.y == 2e-4);
    for (int i = 0; i < 3; i++) assert_near(m[i].weight, 1.0 / 3, 1e-12);
}

static void outlier_gets_no_weight(void **state) {
    (void)state;
    struct ensemble_member m[] = {member(0, 1e-5), member(1e-5, 1e-5), member(1e-3, 1e-5),
                                  member(-1e-5, 1e-5)};
    (void)ensemble_weigh(m, 4);
    assert_true(m[2].weight == 0);
    assert_near(m[0].weight + m[1].weight + m[3].weight, 1, 1e-12);
}

static void better_member_weighs_more(void **state) {
    (void)state;
    struct ensemble_member m[] = {member(0, 1e-5), member(1e-3, 1e-3)};
    struct track_estimate median = ensemble_weigh(m, 2);
    assert_true(m[0].weight > 0.99 && median.y == 0);
}

/* Two of five that claim hardly any doubt, within what the others doubt. */
static void sure_minority_is_not_the_median(void **state) {
    (void)state;
    struct ensemble_member m[] = {member(0, 1e-4), member(1e-5, 1e-4), member(-1e-5, 1e-4),
                                  member(2.5e-4, 1e-7), member(2.5e-4, 1e-7)};
    struct track_estimate median = ensemble_weigh(m, 5);
    assert_true(m[3].weight > m[0].weight); /* not an outlier, */
    assert_true(median.y == 1e-5);          /* but no measure either */
    assert_true(median.sigma_y >= 1e-4);
}

static void single_member_is_itself(void **state) {
    (void)state;
    struct ensemble_member m[] = {member(5e-4, 1e-6)};
    struct track_estimate median = ensemble_weigh(m, 1);
    assert_true(median.y == 5e-4 && m[0].weight == 1);
    assert_true(median.sigma_y >= 1e-5); /* with the bias */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_members_share_equally),
        cmocka_unit_test(outlier_gets_no_weight),
        cmocka_unit_test(better_member_weighs_more),
        cmocka_unit_test(sure_minority_is_not_the_median),
        cmocka_unit_test(single_member_is_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
