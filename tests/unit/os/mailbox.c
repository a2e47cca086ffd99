/* Mailboxes: who may talk to whom, what is refused, what a full queue does. */
#include "os/mailbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

static struct mailboxes boxes;

static int set_up(void **state) {
    (void)state;
    return mailbox_open_all(&boxes) ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    for (enum job_id job = 0; job < JOB_COUNT; job++) mailbox_close(&boxes, job);
    return 0;
}

static void grants_what_the_house_says(void **state) {
    (void)state;
    static const enum job_id may[][2] = {
        {JOB_SOURCE, JOB_KEEPER},    {JOB_KEEPER, JOB_SOURCE},   {JOB_KEEPER, JOB_PARENT},
        {JOB_KEEPER, JOB_STATUS},    {JOB_SOURCE, JOB_STATUS},   {JOB_SERVER, JOB_STATUS},
        {JOB_PARENT, JOB_STATUS},    {JOB_SOURCE, JOB_RESOLVER}, {JOB_RESOLVER, JOB_SOURCE},
        {JOB_ROUGHTIME, JOB_STATUS}, {JOB_WITNESS, JOB_KEEPER},  {JOB_WITNESS, JOB_PARENT},
        {JOB_SOURCE, JOB_KEYER},     {JOB_KEYER, JOB_SOURCE},    {JOB_SOURCE, JOB_PARENT},
        {JOB_KEYER, JOB_PARENT},     {JOB_KEYER, JOB_STATUS},    {JOB_WITNESS, JOB_KEYER},
        {JOB_RECORDER, JOB_KEEPER},  {JOB_RECORDER, JOB_STATUS},
    };
    enum { RECORDING = JOB_COUNT - 1 }; /* all others make entries */
    size_t granted = 0;
    for (enum job_id from = 0; from < JOB_COUNT; from++)
        for (enum job_id to = 0; to < JOB_COUNT; to++)
            if (mailbox_may(from, to)) granted++;
    assert_int_equal(granted, sizeof may / sizeof may[0] + RECORDING);
    for (enum job_id from = 0; from < JOB_COUNT; from++)
        assert_int_equal(mailbox_may(from, JOB_RECORDER), from != JOB_RECORDER);
    for (size_t i = 0; i < sizeof may / sizeof may[0]; i++)
        assert_true(mailbox_may(may[i][0], may[i][1]));
}

static void carries_messages_in_order(void **state) {
    (void)state;
    struct message got = {.kind = MESSAGE_END};
    for (uint16_t i = 0; i < 20; i++) {
        struct message poll = {.kind = MESSAGE_POLL, .poll = {.source = i, .poll_log2s = 6}};
        assert_int_equal(mailbox_post(&boxes, JOB_SOURCE, &poll), ERR_OK);
    }
    for (uint16_t i = 0; i < 20; i++) {
        assert_int_equal(mailbox_take(&boxes, JOB_SOURCE, &got), ERR_OK);
        assert_int_equal(got.kind, MESSAGE_POLL);
        assert_int_equal(got.poll.source, i);
    }
    assert_int_equal(mailbox_take(&boxes, JOB_SOURCE, &got), ERR_STALE);
}

static void refuses_what_is_not_for_that_job(void **state) {
    (void)state;
    struct message drift = {.kind = MESSAGE_DRIFT}, got = {.kind = MESSAGE_END};
    uint8_t bytes[LIMIT_MESSAGE_BYTES];
    assert_int_equal(mailbox_post(&boxes, JOB_KEEPER, &drift), ERR_DENIED);
    size_t length = message_build(&drift, bytes);
    assert_true(send(boxes.of[JOB_KEEPER].write_end, bytes, length, 0) > 0);
    assert_int_equal(mailbox_take(&boxes, JOB_KEEPER, &got), ERR_DENIED);
    assert_true(send(boxes.of[JOB_KEEPER].write_end, "\377\377", 2, 0) > 0);
    assert_int_equal(mailbox_take(&boxes, JOB_KEEPER, &got), ERR_KIND);
    assert_int_equal(boxes.of[JOB_KEEPER].refused, 2);
    assert_int_equal(got.kind, MESSAGE_END);
    assert_int_equal(mailbox_take(&boxes, JOB_KEEPER, &got), ERR_STALE);
}

static void what_is_proven_is_told_to_keeper_and_keyer(void **state) {
    (void)state;
    struct message bound = {.kind = MESSAGE_BOUND, .bound = {{1}, {2}, {3}}}, got;
    assert_int_equal(mailbox_post(&boxes, JOB_KEEPER, &bound), ERR_OK);
    assert_int_equal(mailbox_post(&boxes, JOB_KEYER, &bound), ERR_OK);
    assert_int_equal(mailbox_post(&boxes, JOB_SOURCE, &bound), ERR_DENIED);
    assert_int_equal(mailbox_take(&boxes, JOB_KEEPER, &got), ERR_OK);
    assert_int_equal(got.kind, MESSAGE_BOUND);
    assert_int_equal(mailbox_take(&boxes, JOB_KEYER, &got), ERR_OK);
    assert_int_equal(got.bound.low.ns, 2);
}

static void drops_and_counts_when_full(void **state) {
    (void)state;
    struct message forget = {.kind = MESSAGE_FORGET}, got;
    size_t taken = 0, posted = 0;
    while (posted < 1000000 && mailbox_post(&boxes, JOB_KEEPER, &forget) == ERR_OK) posted++;
    assert_in_range(posted, 100, 999999);
    assert_true(boxes.of[JOB_KEEPER].full);
    assert_int_equal(boxes.of[JOB_KEEPER].dropped, 1);
    while (mailbox_take(&boxes, JOB_KEEPER, &got) == ERR_OK) taken++;
    assert_int_equal(taken, posted);
    assert_int_equal(mailbox_post(&boxes, JOB_KEEPER, &forget), ERR_OK);
    assert_false(boxes.of[JOB_KEEPER].full);
}

static void restricts_a_process_to_its_ends(void **state) {
    (void)state;
    struct mailboxes own = boxes;
    mailbox_restrict(&own, JOB_SERVER);
    for (int i = 0; i < JOB_COUNT; i++) {
        assert_int_equal(own.of[i].read_end, -1);
        bool may = i == JOB_STATUS || i == JOB_RECORDER;
        assert_int_equal(own.of[i].write_end, may ? boxes.of[i].write_end : -1);
    }
    struct message forget = {.kind = MESSAGE_FORGET};
    assert_int_equal(mailbox_post(&own, JOB_KEEPER, &forget), ERR_DENIED);
}

static void is_silent_about_jobs_that_do_not_run(void **state) {
    (void)state;
    struct message forget = {.kind = MESSAGE_FORGET};
    mailbox_close(&boxes, JOB_KEEPER);
    for (int i = 0; i < 3; i++)
        assert_int_equal(mailbox_post(&boxes, JOB_KEEPER, &forget), ERR_DENIED);
    assert_int_equal(boxes.of[JOB_KEEPER].dropped, 0);
}

/* The reader cannot talk back through its inbox. */
static void goes_one_way(void **state) {
    (void)state;
    assert_int_equal(send(boxes.of[JOB_KEEPER].read_end, "x", 1, MSG_NOSIGNAL), -1);
}

#define WITH_BOXES(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_BOXES(grants_what_the_house_says),
        WITH_BOXES(carries_messages_in_order),
        WITH_BOXES(refuses_what_is_not_for_that_job),
        WITH_BOXES(drops_and_counts_when_full),
        WITH_BOXES(restricts_a_process_to_its_ends),
        WITH_BOXES(goes_one_way),
        WITH_BOXES(is_silent_about_jobs_that_do_not_run),
        WITH_BOXES(what_is_proven_is_told_to_keeper_and_keyer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
