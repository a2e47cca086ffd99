/* Filter and smoother against what they must be in simple cases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "clock/track_state.h"
#include "near.h"

static const struct track_prior prior = {2e-6, 1e-6};

static void predicts_a_line_and_its_doubt(void **state) {
    (void)state;
    struct track_state s = track_state_begin(100, 0.5, 1e-3, &prior);
    track_state_predict(&s, 1100, 0);
    assert_near(s.y, 0.5 + 2e-3, 1e-12);
    assert_near(s.var_y, 1e-6 + 1e-6, 1e-9); /* and 1 us for each sqrt(s) of frequency doubt */
    track_state_predict(&s, 1100 + 1e4, 1e-9);
    assert_true(s.var_frequency > 1e-12);
    assert_near(s.var_frequency, 1e-12 + 1e-18 * 1e4, 1e-20);
}

static void factors_add_their_precision(void **state) {
    (void)state;
    struct track_state s = track_state_begin(0, 1, 1, &prior);
    struct track_site site = {3, 3 * 5}, none = {0, 0};
    track_state_apply(&s, &none);
    assert_near(s.y, 1, 0);
    track_state_apply(&s, &site);
    assert_near(s.var_y, 0.25, 1e-12);
    assert_near(s.y, (1 + 15) / 4.0, 1e-12);
}

/* Two sharp readings a thousand seconds apart: smoothed back, the first knows the frequency. */
static void smoothing_knows_what_came_later(void **state) {
    (void)state;
    struct track_state first = track_state_begin(0, 0, 1e-3, &prior);
    struct track_site at_0 = {1e18, 0}, at_1 = {1e18, 1e18 * 3e-3};
    track_state_apply(&first, &at_0);
    struct track_state before = first;
    track_state_predict(&before, 1000, 1e-12);
    struct track_state last = before;
    track_state_apply(&last, &at_1);
    track_state_smooth(&first, &before, &last);
    assert_near(first.y, 0, 1e-8);
    assert_near(first.frequency, 3e-6, 1e-9);
    assert_true(first.var_frequency < 1e-18 && first.var_y > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(predicts_a_line_and_its_doubt),
        cmocka_unit_test(factors_add_their_precision),
        cmocka_unit_test(smoothing_knows_what_came_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
