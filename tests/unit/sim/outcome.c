/* sim/outcome and sim/standing: classes, detection, recovery, and which of two stands better. */
#include "sim/outcome.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "near.h"
#include "sim/standing.h"

static const double hour_s = 3600, begin_s = 2 * 3600.0;

static struct outcome control, run;

/* A day with that error and bound all the time. */
static void fill(struct outcome *outcome, double error_s, double bound_s) {
    struct outcome_watch watch;
    outcome_begin(&watch, outcome, 24 * hour_s, begin_s, 4 * hour_s);
    outcome->ran = true;
    outcome->until_s = 24 * hour_s;
    outcome->error_max_s = error_s;
    outcome->bound_max_s = bound_s;
    outcome->requests = 8640;
    for (int i = 0; i < OUTCOME_BINS; i++)
        outcome->bins[i] = (struct outcome_bin){(float)error_s, (float)bound_s};
}

static int setup(void **state) {
    (void)state;
    fill(&control, 1e-4, 10e-3);
    fill(&run, 1e-4, 10e-3);
    return 0;
}

static struct outcome_verdict judged(void) {
    return outcome_judge(&run, &control, begin_s);
}

static void classes(void **state) {
    (void)state;
    assert_int_equal(judged().class, OUTCOME_HELD);
    run.bound_max_s = 16e-3;
    assert_int_equal(judged().class, OUTCOME_WIDENED);
    run.unserved_s = 60;
    assert_int_equal(judged().class, OUTCOME_WITHDREW);
    run.error_max_s = 2.1e-4;
    assert_int_equal(judged().class, OUTCOME_MOVED_WITHIN);
    run.beyond_s = 1e-6;
    assert_int_equal(judged().class, OUTCOME_UNDETECTED);
    run.sign_at_s[OUTCOME_ALARM] = 3 * hour_s;
    assert_int_equal(judged().class, OUTCOME_MOVED);
    assert_false(outcome_is_finding(OUTCOME_MOVED_WITHIN));
    assert_true(outcome_is_finding(OUTCOME_MOVED) && outcome_is_finding(OUTCOME_UNDETECTED));
}

static void the_first_sign_that_the_control_has_not(void **state) {
    (void)state;
    assert_true(judged().detected_s < 0);
    run.sign_at_s[OUTCOME_FALSETICKER] = begin_s + 120;
    run.sign_at_s[OUTCOME_DROPS] = begin_s + 30;
    run.sign_at_s[OUTCOME_UNREACHABLE] = begin_s + 10;
    control.sign_at_s[OUTCOME_UNREACHABLE] = 20 * hour_s;
    struct outcome_verdict verdict = judged();
    assert_int_equal(verdict.sign, OUTCOME_DROPS);
    assert_near(verdict.detected_s, 30, 1e-9);
}

static void recovery_is_when_it_stays(void **state) {
    (void)state;
    assert_near(judged().recovered_s, 0, 1e-9);
    run.bins[180].error_s = -1; /* at 6 h */
    assert_near(judged().recovered_s, 2 * hour_s + 120, 1e-6);
    run.bins[240].radius_s = -1; /* at 8 h nothing was served */
    assert_near(judged().recovered_s, 4 * hour_s + 120, 1e-6);
    run.bins[OUTCOME_BINS - 1].radius_s = 1;
    assert_true(judged().recovered_s < 0);
}

static struct standing stand(const struct outcome *one, const struct outcome *two) {
    struct standing standing;
    standing_begin(&standing, &control);
    standing_add(&standing, 0, one, &control, begin_s);
    standing_add(&standing, 1, two, &control, begin_s);
    return standing;
}

static void standings(void **state) {
    (void)state;
    static struct outcome bad, good, missing;
    fill(&bad, 1, 10e-3);
    bad.beyond_s = 0.99;
    fill(&good, 1e-4, 10e-3);
    struct standing a = stand(&good, &good), b = stand(&good, &bad), c = stand(&bad, &missing);
    assert_int_equal(a.attacks, 2);
    assert_int_equal(b.worst, 1);
    assert_near(b.worst_s, 1, 1e-9);
    assert_near(b.harm, 3.69897 / 2, 1e-4); /* log10(1 s / 0.2 ms), and nothing */
    assert_near(a.packets_per_s, 0.1, 1e-9);
    assert_int_equal(standing_findings(&b), 1);
    assert_int_equal(c.attacks, 1); /* what was not run is left out */
    assert_true(standing_better(&a, &b));
    assert_false(standing_better(&b, &a) || standing_better(&a, &a));
    assert_true(standing_compare(&a, &b) < 0 && standing_compare(&b, &a) > 0);
    assert_int_equal(standing_compare(&a, &a), 0);
}

static void the_number_of_findings_decides_among_equally_bad(void **state) {
    (void)state;
    static struct outcome bad, less, good;
    fill(&bad, 1, 10e-3);
    bad.beyond_s = 0.99;
    fill(&less, 0.5, 1);
    fill(&good, 1e-4, 10e-3);
    struct standing one = stand(&bad, &good), two = stand(&bad, &less), all = stand(&bad, &bad);
    assert_true(standing_better(&one, &two)); /* as bad at worst; one move fewer */
    assert_true(standing_better(&two, &all)); /* one finding fewer */
}

static void service_is_not_bought_off(void **state) {
    (void)state;
    static struct outcome bad;
    fill(&bad, 1, 10e-3);
    struct standing before = stand(&bad, &bad), after = stand(&run, &run);
    assert_true(standing_better(&after, &before));
    after.control_unserved_s = 30; /* without an attack */
    assert_false(standing_better(&after, &before));
    assert_true(standing_compare(&after, &before) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(classes, setup),
        cmocka_unit_test_setup(the_first_sign_that_the_control_has_not, setup),
        cmocka_unit_test_setup(recovery_is_when_it_stays, setup),
        cmocka_unit_test_setup(standings, setup),
        cmocka_unit_test_setup(the_number_of_findings_decides_among_equally_bad, setup),
        cmocka_unit_test_setup(service_is_not_bought_off, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
