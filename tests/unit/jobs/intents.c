/* Nothing moves time before the intention is durable: a real keeper, and the answers that it gets.
 */
#include "keeper_ledger.h"

#include "jobs/intents.h"
#include "near.h"

/* Numbers go on from the counter in milliseconds at the start. */
static const uint32_t base = 500;

static void nothing_is_published_before_the_answer(void **state) {
    (void)state;
    struct bench *b = bench_new(false, true);
    bench_until_intent(b);
    assert_int_equal(b->intent.number, base + 1);
    assert_int_equal(b->intent.act, RECORD_ACT_STEP);
    assert_int_equal(b->intent.reference, 0);
    assert_true(b->intent.radius_s > 0 && b->intent.updates > 0);
    assert_false(bench_serves(b));
    for (int i = 0; i < 4; i++) { /* patience: nothing else is asked meanwhile */
        bench_wake(b, 0.5);
        assert_false(bench_serves(b));
    }
    assert_int_equal(b->intents, 1);
    assert_int_equal(b->alarms, 0);
    bench_free(b);
    b = bench_new(false, true);
    bench_until_intent(b);
    b->now.ns += 3000000; /* the disk takes its time */
    bench_answer(b, base + 1, ERR_OK);
    assert_true(bench_serves(b));
    assert_true(bench_tells_of_service(b)); /* at once, not with the next report */
    assert_near(bench_error(b), 0, 1e-5);
    bench_wake(b, 0.5);
    assert_int_equal(b->effects, 1);
    assert_int_equal(b->effect.number, base + 1);
    assert_int_equal(b->effect.line.generation, bench_generation(b) - 1);
    bench_free(b);
}

static void without_a_ledger_everything_is_allowed(void **state) {
    (void)state;
    struct bench *b = bench_new(true, false);
    for (int i = 0; i < 60; i++) bench_wake(b, 0.5);
    assert_true(bench_serves(b));
    assert_int_equal(b->records, 0);
    bench_free(b);
}

static void the_first_line_is_drawn_the_others_bent(void **state) {
    (void)state;
    struct bench *b = bench_new(false, true);
    bench_until_intent(b);
    assert_int_equal(b->intent.act, RECORD_ACT_STEP);
    bench_answer(b, b->intent.number, ERR_OK);
    for (uint32_t i = base + 2; i < base + 8; i++) {
        bench_until_intent(b);
        assert_int_equal(b->intent.number, i);
        assert_int_equal(b->intent.act, RECORD_ACT_LINE);
        assert_near(b->intent.offset_s, 0, 1e-4);
        bench_answer(b, i, ERR_OK);
    }
    bench_free(b);
}

/* What its predecessor published the next keeper may publish, too. */
static void a_new_keeper_goes_on(void **state) {
    (void)state;
    struct bench *b = bench_new(false, true);
    bench_run(b, 30);
    uint64_t generation = bench_generation(b);
    bench_begin(b, false, true);
    bench_clear(b);
    bench_wake(b, 0.5);
    assert_true(bench_serves(b));
    assert_true(bench_generation(b) > generation);
    assert_near(bench_error(b), 0, 1e-4);
    assert_int_equal(b->intents, 0);
    bench_free(b);
}

static void refused_it_holds_and_asks_again(void **state) {
    (void)state;
    struct bench *b = bench_new(false, true);
    bench_until_intent(b);
    bench_answer(b, base + 1, ERR_FULL);
    assert_int_equal(b->alarms, 1);
    assert_false(bench_serves(b));
    for (uint32_t number = base + 2; number < base + 6; number++) {
        bench_until_intent(b);
        assert_int_equal(b->intent.number, number);
        bench_answer(b, number, ERR_IO);
        assert_int_equal(b->alarms, 0); /* one is enough */
        assert_false(bench_serves(b));
    }
    bench_until_intent(b);
    bench_clear(b);
    bench_answer(b, b->intent.number, ERR_OK);
    assert_true(bench_serves(b));
    assert_int_equal(b->lines, 1); /* it takes intents again */
    bench_free(b);
}

static void silence_is_a_no(void **state) {
    (void)state;
    struct bench *b = bench_new(false, true);
    bench_until_intent(b);
    while (b->alarms == 0) bench_wake(b, 0.5);
    assert_int_equal(b->intents, 2);   /* and is asked again */
    bench_answer(b, base + 1, ERR_OK); /* too late */
    assert_false(bench_serves(b));
    bench_answer(b, 77, ERR_OK); /* nobody asked */
    bench_answer(b, 0, ERR_OK);
    assert_false(bench_serves(b));
    bench_answer(b, base + 2, ERR_OK);
    assert_true(bench_serves(b));
    bench_answer(b, base + 2, ERR_FULL); /* twice */
    assert_true(bench_serves(b));
    assert_int_equal(b->alarms, 1);
    bench_free(b);
}

/* What was published goes on by itself, with a bound that grows, and takes no new turn. */
static void holdover_while_the_ledger_fails(void **state) {
    struct clock_state before, after;
    (void)state;
    struct bench *b = bench_new(false, true);
    bench_run(b, 60);
    bench_until_intent(b);
    assert_int_equal(clock_page_read(&b->page, &before), ERR_OK);
    double radius_s = line_radius(&before.line, b->now);
    b->realtime_error_s = 0.004; /* it would follow, if it might */
    for (int i = 0; i < 60; i++) bench_wake(b, 0.5);
    assert_int_equal(clock_page_read(&b->page, &after), ERR_OK);
    assert_memory_equal(&before.line, &after.line, sizeof before.line);
    assert_int_equal(before.generation, after.generation);
    assert_true(line_radius(&after.line, b->now) > radius_s);
    assert_near(bench_error(b), 0, 1e-4);
    assert_int_equal(b->alarms, 1);
    bench_answer(b, b->intent.number, ERR_OK); /* late, and overtaken: it asks for the newest */
    bench_answer(b, b->intent.number, ERR_OK);
    assert_near(bench_error(b), 0, 1e-3); /* from there on: no jump */
    assert_true(bench_generation(b) > before.generation);
    bench_free(b);
}

/* While it waits no turn is made, so that the answer always fits; what was heard counts after it.
 */
static void no_turn_while_it_waits(void **state) {
    (void)state;
    struct bench *b = bench_new(false, true);
    bench_run(b, 20);
    bench_until_intent(b);
    uint32_t number = b->intent.number;
    uint64_t generation = bench_generation(b), updates = b->intent.updates;
    for (int i = 0; i < 4; i++) bench_wake(b, 0.5); /* the next reading of the reference */
    assert_int_equal(b->intents, 1);
    bench_answer(b, number, ERR_OK);
    assert_int_equal(bench_generation(b), generation + 1);
    bench_wake(b, 0.5);
    assert_int_equal(b->intents, 2);
    assert_int_equal(b->intent.number, number + 1);
    assert_true(b->intent.updates > updates);
    bench_answer(b, number + 1, ERR_OK);
    assert_true(bench_generation(b) > generation + 1);
    bench_free(b);
}

/* Somebody steps CLOCK_REALTIME by 5 s; the keeper wants it back, and asks. */
static void until_step_intent(struct bench *b) {
    bench_run(b, 30);
    bench_clear(b);
    b->realtime_error_s += 5;
    for (int i = 0; i < 20 && (b->intents == 0 || b->intent.act != RECORD_ACT_KERNEL_STEP); i++) {
        uint32_t before = b->intent.number;
        bench_wake(b, 0.5);
        bool line = b->intent.number != before && b->intent.act != RECORD_ACT_KERNEL_STEP;
        if (line) bench_answer(b, b->intent.number, ERR_OK);
    }
    assert_int_equal(b->intent.act, RECORD_ACT_KERNEL_STEP);
    assert_near(b->intent.offset_s, -5, 1e-3);
    assert_int_equal(b->steps, 0);
}

static void the_kernel_is_stepped_when_it_is_durable(void **state) {
    (void)state;
    struct bench *b = bench_new(true, true);
    b->steered = true;
    until_step_intent(b);
    uint32_t number = b->intent.number;
    bench_wake(b, 0.5);
    assert_int_equal(b->steps, 0);
    bench_clear(b);
    bench_answer(b, number, ERR_OK);
    bench_wake(b, 0.5);
    assert_int_equal(b->steps, 1);
    assert_near(b->stepped_s, -5, 1e-3);
    assert_int_equal(b->effects, 0); /* that is seen only now: */
    bench_wake(b, 0.5);
    assert_int_equal(b->effects, 1);
    assert_int_equal(b->effect.number, number);
    assert_near(b->effect.kernel_offset_s, 0, 1e-3);
    bench_run(b, 20);
    assert_int_equal(b->steps, 1);
    bench_free(b);
}

static void an_allowance_is_used_once(void **state) {
    (void)state;
    struct bench *b = bench_new(true, true); /* which the kernel does not follow */
    until_step_intent(b);
    bench_answer(b, b->intent.number, ERR_OK);
    bench_wake(b, 0.5);
    assert_int_equal(b->steps, 1);
    for (int i = 0; i < 3; i++) bench_wake(b, 0.5);
    assert_int_equal(b->steps, 1);
    bench_free(b);
}

static void an_allowance_is_for_about_that_step(void **state) {
    (void)state;
    struct bench *b = bench_new(true, true);
    until_step_intent(b);
    uint32_t number = b->intent.number;
    bench_answer(b, number, ERR_OK);
    b->realtime_error_s += 3; /* somebody was faster */
    bench_clear(b);
    bench_wake(b, 0.5);
    assert_int_equal(b->steps, 0);
    assert_int_equal(b->intents, 1); /* and for that it asks */
    assert_near(b->intent.offset_s, -8, 1e-3);
    b->realtime_error_s -= 3; /* the former allowance is gone */
    bench_wake(b, 0.5);
    assert_int_equal(b->steps, 0);
    bench_free(b);
}

/* Whatever the ledger says: what is known to be wrong is not served. */
static void withdrawal_needs_no_leave(void **state) {
    (void)state;
    struct bench *b = bench_new(false, true);
    bench_run(b, 30);
    bench_until_intent(b); /* and nobody answers any more */
    assert_true(bench_serves(b));
    struct message message = {.kind = MESSAGE_BOUND, .bound = {.at = b->now}};
    message.bound.low.ns = bench_utc_ns + b->now.ns + 3 * NS_PER_S;
    message.bound.high.ns = bench_utc_ns + b->now.ns + 9 * NS_PER_S;
    struct event event = {.kind = EVENT_MESSAGE, .message = &message};
    bench_step(b, &event);
    assert_false(bench_serves(b));
    bench_free(b);
}

/* The tolerance of a step: CLOCK_REALTIME goes on while the intent is written. */
static void about_that_step(void **state) {
    struct timescale ts = {.reference = UINT16_MAX};
    struct message_recorded yes = {1, ERR_OK};
    struct outbox *outbox = calloc(1, sizeof *outbox);
    static const struct {
        double asked_s, made_s;
        bool allowed;
    } cases[] = {{5, 5, true},          {5, 5.005, true},   {5, 5.01, false},
                 {-0.6, -0.6009, true}, {-0.6, 0.6, false}, {1, 1.0021, false}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct intents intents;
        intents_init(&intents, true, 0);
        assert_false(intents_allow_step(&intents, cases[i].asked_s));
        intents_ask_step(&intents, &ts, cases[i].asked_s, (struct mono){5}, outbox);
        assert_false(intents_allow_step(&intents, cases[i].asked_s));
        assert_false(intents_answer(&intents, &yes, outbox));
        assert_int_equal(intents_allow_step(&intents, cases[i].made_s), cases[i].allowed);
        assert_false(intents_allow_step(&intents, cases[i].asked_s));
    }
    free(outbox);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_published_before_the_answer),
        cmocka_unit_test(without_a_ledger_everything_is_allowed),
        cmocka_unit_test(the_first_line_is_drawn_the_others_bent),
        cmocka_unit_test(a_new_keeper_goes_on),
        cmocka_unit_test(refused_it_holds_and_asks_again),
        cmocka_unit_test(silence_is_a_no),
        cmocka_unit_test(holdover_while_the_ledger_fails),
        cmocka_unit_test(no_turn_while_it_waits),
        cmocka_unit_test(the_kernel_is_stepped_when_it_is_durable),
        cmocka_unit_test(an_allowance_is_used_once),
        cmocka_unit_test(an_allowance_is_for_about_that_step),
        cmocka_unit_test(withdrawal_needs_no_leave),
        cmocka_unit_test(about_that_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
