/* Hard frequency bounds from agreed intervals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clock/drift.h"
#include "near.h"

static struct interval around(double y) {
    return (struct interval){y - 1e-3, y + 1e-3};
}

static void growth_starts_at_the_prior(void **state) {
    (void)state;
    struct drift drift;
    drift_init(&drift, 0, 500e-6);
    assert_near(drift_growth(&drift, 0, 15e-6), 515e-6, 1e-12);
    assert_near(drift_growth(&drift, 100e-6, 15e-6), 615e-6, 1e-12);
}

static void evidence_narrows_and_holds_the_truth(void **state) {
    (void)state;
    struct drift drift;
    const double truth = 23e-6;
    drift_init(&drift, 0, 500e-6);
    for (double m = 0; m < 5000; m += 16) {
        struct interval agreed = around(truth * m);
        drift_observe(&drift, m, &agreed);
        assert_true(drift.mean.lower <= truth && drift.mean.upper >= truth);
    }
    assert_true(drift_growth(&drift, truth, 0) < 2.5e-6); /* 2 ms over 1,024 s */
}

static void old_evidence_leaves(void **state) {
    (void)state;
    struct drift drift;
    drift_init(&drift, 0, 500e-6);
    double y = 0;
    for (double m = 0; m < 20000; m += 64) {
        y += (m < 10000 ? 5e-6 : -5e-6) * 64;
        struct interval agreed = around(y);
        drift_observe(&drift, m, &agreed);
    }
    assert_true(drift.mean.lower <= -5e-6 && drift.mean.upper >= -5e-6);
    assert_true(drift.mean.upper < 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(growth_starts_at_the_prior),
        cmocka_unit_test(evidence_narrows_and_holds_the_truth),
        cmocka_unit_test(old_evidence_leaves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
