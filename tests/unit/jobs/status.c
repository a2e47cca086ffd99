/* The newest report of each thing, in a fixed order, whatever arrives in which order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "jobs/status.h"

struct fixture {
    struct config config;
    struct status *status;
    struct outbox outbox;
    struct entropy entropy;
};

static struct fixture *fixture_create(uint32_t sources) {
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->config.source_count = sources;
    f->status = status_init(malloc(status_bytes(&f->config)), &f->config);
    return f;
}

static void fixture_destroy(struct fixture *f) {
    free(f->status);
    free(f);
}

static void tell(struct fixture *f, struct message message) {
    const struct event event = {.kind = EVENT_MESSAGE, .entropy = &f->entropy, .message = &message};
    f->outbox.wake = (struct mono){5};
    status_step(f->status, &event, &f->outbox);
    assert_int_equal(f->outbox.count, 0);
    assert_int_equal(f->outbox.wake.ns, MONO_NEVER.ns);
}

static size_t answers(const struct fixture *f) {
    struct message out;
    size_t count = 0;
    while (status_answer(f->status, count, &out) == ERR_OK) count++;
    assert_int_equal(status_answer(f->status, count - 1, &out), ERR_OK);
    assert_int_equal(out.kind, MESSAGE_END);
    out.kind = MESSAGE_ASK;
    for (size_t past = count; past < count + 300; past++)
        assert_int_equal(status_answer(f->status, past, &out), ERR_STALE);
    assert_int_equal(out.kind, MESSAGE_ASK);
    return count;
}

static void nothing_known_is_an_end(void **state) {
    (void)state;
    struct fixture *f = fixture_create(2);
    assert_int_equal(answers(f), 1);
    const struct event event = {.kind = EVENT_START, .entropy = &f->entropy};
    status_step(f->status, &event, &f->outbox);
    assert_int_equal(answers(f), 1);
    fixture_destroy(f);
}

static void order_is_fixed_and_the_newest_counts(void **state) {
    (void)state;
    struct fixture *f = fixture_create(2);
    tell(f, (struct message){.kind = MESSAGE_PROCESS, .process = {JOB_SERVER, 1, 42, 0, "x"}});
    tell(f, (struct message){.kind = MESSAGE_PROCESS, .process = {JOB_STATUS, 0, 41, 0, "x"}});
    tell(f, (struct message){.kind = MESSAGE_SERVING, .serving = {.instance = 15}});
    tell(f, (struct message){.kind = MESSAGE_ROUGHTIME});
    tell(f, (struct message){.kind = MESSAGE_SERVING, .serving = {.instance = 0}});
    tell(f, (struct message){.kind = MESSAGE_ASSOCIATION, .association = {.source = 1}});
    tell(f, (struct message){.kind = MESSAGE_VERDICT, .verdict = {.source = 2}});
    tell(f, (struct message){.kind = MESSAGE_VERDICT, .verdict = {.source = 1}});
    tell(f, (struct message){.kind = MESSAGE_ASSOCIATION, .association = {.source = 0}});
    tell(f, (struct message){.kind = MESSAGE_TRACKING, .tracking = {.updates = 1}});
    tell(f, (struct message){.kind = MESSAGE_TRACKING, .tracking = {.updates = 2}});
    const enum message_kind kinds[] = {MESSAGE_TRACKING,    MESSAGE_ASSOCIATION, MESSAGE_VERDICT,
                                       MESSAGE_ASSOCIATION, MESSAGE_VERDICT,     MESSAGE_SERVING,
                                       MESSAGE_SERVING,     MESSAGE_ROUGHTIME,   MESSAGE_PROCESS,
                                       MESSAGE_PROCESS,     MESSAGE_END};
    assert_int_equal(answers(f), sizeof kinds / sizeof kinds[0]);
    struct message out;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        assert_int_equal(status_answer(f->status, i, &out), ERR_OK);
        assert_int_equal(out.kind, kinds[i]);
        if (i == 0) assert_int_equal(out.tracking.updates, 2);
        if (i == 4) assert_int_equal(out.verdict.source, 2); /* the local reference */
        if (i == 6) assert_int_equal(out.serving.instance, 15);
        if (i == 9) assert_int_equal(out.process.pid, 42);
    }
    fixture_destroy(f);
}

static void what_has_no_place_is_ignored(void **state) {
    (void)state;
    struct fixture *f = fixture_create(2);
    tell(f, (struct message){.kind = MESSAGE_VERDICT, .verdict = {.source = 3}});
    tell(f, (struct message){.kind = MESSAGE_VERDICT, .verdict = {.source = UINT16_MAX}});
    tell(f, (struct message){.kind = MESSAGE_ASSOCIATION, .association = {.source = 2}});
    tell(f, (struct message){.kind = MESSAGE_SERVING, .serving = {.instance = 16}});
    tell(f, (struct message){.kind = MESSAGE_PROCESS, .process = {JOB_COUNT, 0, 1, 0, ""}});
    tell(f, (struct message){.kind = MESSAGE_PROCESS, .process = {JOB_KEEPER, 1, 1, 0, ""}});
    tell(f, (struct message){.kind = MESSAGE_PROCESS, .process = {JOB_SERVER, 16, 1, 0, ""}});
    tell(f, (struct message){.kind = MESSAGE_ASK});
    tell(f, (struct message){.kind = MESSAGE_EXCHANGE});
    assert_int_equal(answers(f), 1);
    fixture_destroy(f);
}

static void a_full_house_fits(void **state) {
    (void)state;
    struct fixture *f = fixture_create(LIMIT_SOURCES);
    tell(f, (struct message){.kind = MESSAGE_TRACKING});
    for (uint16_t i = 0; i <= LIMIT_SOURCES; i++) {
        tell(f, (struct message){.kind = MESSAGE_VERDICT, .verdict = {.source = i}});
        if (i < LIMIT_SOURCES)
            tell(f, (struct message){.kind = MESSAGE_ASSOCIATION, .association = {.source = i}});
    }
    for (uint8_t i = 0; i < LIMIT_SERVER_JOBS; i++) {
        tell(f, (struct message){.kind = MESSAGE_SERVING, .serving = {.instance = i}});
        tell(f, (struct message){.kind = MESSAGE_PROCESS, .process = {JOB_SERVER, i, 1, 0, ""}});
    }
    tell(f, (struct message){.kind = MESSAGE_ROUGHTIME});
    for (uint8_t i = 0; i < JOB_COUNT; i++)
        tell(f, (struct message){.kind = MESSAGE_PROCESS, .process = {i, 0, 1, 0, ""}});
    assert_int_equal(answers(f), 1 + 65 + 64 + 16 + 1 + JOB_COUNT + 15 + 1);
    fixture_destroy(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_known_is_an_end),
        cmocka_unit_test(order_is_fixed_and_the_newest_counts),
        cmocka_unit_test(what_has_no_place_is_ignored),
        cmocka_unit_test(a_full_house_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
