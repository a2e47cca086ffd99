/* When Roughtime servers are asked: every four hours in peace, soon and then less often where
 * something is wrong; and what is told meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jobs/witness_pace.h"

enum { UTC_S = 1790000000 };

static struct kernel_reading reading(double s) {
    return (struct kernel_reading){.counter = {ns_from_s(s)}};
}

/* What is proven at s: the truth, within 3 s. */
static void answered(struct witness_pace *pace, double s, bool agreed) {
    struct kernel_reading now = reading(s);
    struct utc truth = {UTC_S * NS_PER_S + now.counter.ns};
    const struct message_bound bound = {now.counter, utc_add(truth, -3 * NS_PER_S),
                                        utc_add(truth, 3 * NS_PER_S)};
    witness_pace_answered(pace, &now, agreed ? &bound : NULL, 1e-4);
}

/* Time kept, off by off_s, from counter 0 on. */
static struct clock_state kept(double off_s) {
    struct clock_state state = {.line = {.radius_s = 0.01},
                                .synchronised = true,
                                .stratum = 2,
                                .tai_utc_s = 37,
                                .tai_utc_after_s = 37,
                                .next_leap = {INT64_MAX}};
    state.line.tai0.ns = (UTC_S + 37) * NS_PER_S + ns_from_s(off_s);
    return state;
}

/* From at on, the first second at which it is due; what is left is what is waited for. */
static double due_after(struct witness_pace *pace, double at, const struct clock_state *state) {
    double left_s, waited_s = 0;
    for (int i = 0; i < 100; i++) {
        struct kernel_reading now = reading(at + waited_s);
        if (witness_pace_due(pace, &now, state, &left_s)) return waited_s;
        assert_true(left_s > 0);
        waited_s += left_s + 1e-6;
    }
    fail_msg("never due");
    return 0;
}

static void in_peace_every_period(void **state) {
    (void)state;
    struct witness_pace pace;
    const struct clock_state right = kept(0.5);
    witness_pace_init(&pace);
    double at = 10;
    for (int i = 0; i < 3; i++) {
        answered(&pace, at, true);
        double waited_s = due_after(&pace, at, i == 1 ? NULL : &right);
        assert_true(waited_s >= LIMIT_ROUGHTIME_PERIOD_S &&
                    waited_s < LIMIT_ROUGHTIME_PERIOD_S + 1);
        at += waited_s;
    }
}

/* They did not agree, or one lied, or too few answered. */
static void disagreement_is_asked_about_soon_and_less_and_less(void **state) {
    (void)state;
    struct witness_pace pace;
    double at = 10, before = 0;
    witness_pace_init(&pace);
    for (int i = 0; i < 40; i++) {
        answered(&pace, at, false);
        double waited_s = due_after(&pace, at, NULL);
        if (i == 0) assert_true(waited_s < 1.1);
        if (i == 10) assert_true(waited_s > 50 && waited_s < 60); /* 1.5^10 */
        assert_true(waited_s >= before - 1e-3 && waited_s <= LIMIT_ROUGHTIME_PERIOD_S + 1);
        before = waited_s;
        at += waited_s;
    }
    assert_true(before >= LIMIT_ROUGHTIME_PERIOD_S);
}

static void time_that_is_refuted_is_asked_about_soon(void **state) {
    (void)state;
    for (int sign = -1; sign <= 1; sign += 2) {
        struct witness_pace pace;
        const struct clock_state wrong = kept(sign * 10), right = kept(0);
        witness_pace_init(&pace);
        answered(&pace, 10, true);
        assert_true(due_after(&pace, 10, &wrong) < 1.1);
        answered(&pace, 12, true);
        double waited_s = due_after(&pace, 12, &wrong);
        assert_true(waited_s > 1.4 && waited_s < 1.6);
        /* As soon as they fit there is peace again; a whole period of it sets the delay back. */
        answered(&pace, 20, true);
        assert_true(due_after(&pace, 20, &right) > LIMIT_ROUGHTIME_PERIOD_S - 1);
        answered(&pace, 20000, true);
        assert_true(due_after(&pace, 20000, &wrong) < 1.1);
    }
}

/* Time that goes wrong long after the servers were asked is not left so for hours. */
static void what_goes_wrong_meanwhile_is_asked_about_at_once(void **state) {
    (void)state;
    struct witness_pace pace;
    const struct clock_state right = kept(0), wrong = kept(-10);
    struct kernel_reading now = reading(3610);
    double left_s;
    witness_pace_init(&pace);
    answered(&pace, 10, true);
    assert_false(witness_pace_due(&pace, &now, &right, &left_s));
    assert_true(witness_pace_due(&pace, &now, &wrong, &left_s));
}

static void a_page_without_time_contradicts_nobody(void **state) {
    (void)state;
    struct witness_pace pace;
    struct clock_state none = kept(-1e6);
    none.synchronised = false;
    none.stratum = LIMIT_STRATUM + 1;
    witness_pace_init(&pace);
    answered(&pace, 10, true);
    assert_true(due_after(&pace, 10, &none) > LIMIT_ROUGHTIME_PERIOD_S - 1);
}

static void after_a_sleep_nothing_is_proven_any_more(void **state) {
    (void)state;
    struct witness_pace pace;
    struct kernel_reading now = reading(20);
    double left_s;
    witness_pace_init(&pace);
    assert_null(witness_pace_bound(&pace, &now));
    answered(&pace, 10, true);
    const struct message_bound *bound = witness_pace_bound(&pace, &now);
    assert_non_null(bound);
    assert_int_equal(bound->at.ns, 10 * NS_PER_S);
    assert_false(witness_pace_due(&pace, &now, NULL, &left_s));
    now.suspended_ns = NS_PER_S;
    assert_null(witness_pace_bound(&pace, &now));
    assert_true(witness_pace_due(&pace, &now, NULL, &left_s));
    /* Answers that do not agree prove nothing, and take nothing back. */
    witness_pace_answered(&pace, &now, NULL, 1e-4);
    assert_null(witness_pace_bound(&pace, &now));
    answered(&pace, 30, true);
    answered(&pace, 40, false);
    now = reading(41);
    bound = witness_pace_bound(&pace, &now);
    assert_non_null(bound);
    assert_int_equal(bound->at.ns, 30 * NS_PER_S);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_peace_every_period),
        cmocka_unit_test(disagreement_is_asked_about_soon_and_less_and_less),
        cmocka_unit_test(time_that_is_refuted_is_asked_about_soon),
        cmocka_unit_test(what_goes_wrong_meanwhile_is_asked_about_at_once),
        cmocka_unit_test(a_page_without_time_contradicts_nobody),
        cmocka_unit_test(after_a_sleep_nothing_is_proven_any_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
