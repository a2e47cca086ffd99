/* A node of four scripted jobs: they stand in for the real ones here, at link time, and write down
 * what they were given. Order, hand-over, wakes, and what is left for the world. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

#include "jobs/node.h"

/* What a job does with an event of that kind, in words of this test. */
struct keeper {
    char letter;
};
struct source {
    char letter;
};
struct status {
    char letter;
};

static struct {
    char trace[256];
    uint16_t hops_left; /* keeper and source hand a message to and fro so often */
    struct mono wake;   /* what whoever is woken asks for; 0: nothing */
} script;

static void note(char who, const struct event *event) {
    size_t length = strlen(script.trace);
    assert_true(length + 8 < sizeof script.trace);
    char what = event->kind == EVENT_START ? 's' : event->kind == EVENT_WAKE ? 'w' : 'm';
    snprintf(script.trace + length, 8, "%c%c ", who, what);
}

static void pass_on(struct outbox *outbox, enum job_id to) {
    if (script.hops_left == 0) return;
    script.hops_left--;
    const struct message message = {.kind = MESSAGE_POLL};
    job_post(outbox, to, &message);
}

static void script_step(char who, enum job_id other, const struct event *event,
                        struct outbox *outbox) {
    assert_non_null(event->entropy);
    note(who, event);
    if (script.wake.ns && event->kind != EVENT_MESSAGE) outbox->wake = script.wake;
    job_log(outbox, LOG_LEVEL_INFO, "%c", who);
    if (event->kind == EVENT_START && other == JOB_SOURCE) {
        const struct message message = {.kind = MESSAGE_TRACKING};
        job_post(outbox, JOB_STATUS, &message);
        job_effect(outbox, EFFECT_STEER)->steer.frequency = 1e-6;
    }
    pass_on(outbox, other);
}

void keeper_step(struct keeper *keeper, const struct event *event, struct outbox *outbox) {
    script_step(keeper->letter, JOB_SOURCE, event, outbox);
}

void source_step(struct source *source, const struct event *event, struct outbox *outbox) {
    script_step(source->letter, JOB_KEEPER, event, outbox);
}

void server_step(struct server *server, const struct event *event, struct outbox *outbox) {
    (void)server;
    note('v', event);
    if (script.wake.ns) outbox->wake = script.wake;
}

void status_step(struct status *status, const struct event *event, struct outbox *outbox) {
    note(status->letter, event);
    outbox->wake = MONO_NEVER;
}

struct fixture {
    struct node node;
    struct outbox out;
    struct entropy entropy;
    struct keeper keeper;
    struct source source;
    struct server server;
    struct status status;
};

static struct fixture *fixture_create(void) {
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    memset(&script, 0, sizeof script);
    f->keeper.letter = 'k';
    f->source.letter = 'o';
    f->status.letter = 't';
    node_init(&f->node);
    f->node.keeper = &f->keeper;
    f->node.source = &f->source;
    f->node.server = &f->server;
    f->node.status = &f->status;
    return f;
}

static struct event event_of(struct fixture *f, enum event_kind kind, int64_t now_ns) {
    return (struct event){.kind = kind, .now = {now_ns}, .entropy = &f->entropy};
}

static void hosts_what_it_was_given(void **state) {
    (void)state;
    struct fixture *f = fixture_create();
    f->node.server = NULL;
    assert_true(node_hosts(&f->node, JOB_KEEPER));
    assert_true(node_hosts(&f->node, JOB_SOURCE));
    assert_false(node_hosts(&f->node, JOB_SERVER));
    assert_true(node_hosts(&f->node, JOB_STATUS));
    assert_false(node_hosts(&f->node, JOB_PARENT));
    assert_false(node_hosts(&f->node, JOB_RESOLVER));
    assert_int_equal(node_wake(&f->node).ns, MONO_NEVER.ns);
    free(f);
}

static void messages_are_handed_over_first_in_first_out(void **state) {
    (void)state;
    struct fixture *f = fixture_create();
    script.hops_left = 4;
    struct event event = event_of(f, EVENT_START, 1);
    node_step(&f->node, JOB_KEEPER, &event, &f->out);
    assert_string_equal(script.trace, "ks tm om km om km ");
    const char *logs = "kokok"; /* and between the first two the effect for the kernel clock */
    assert_int_equal(f->out.count, 6);
    assert_int_equal(f->out.effects[1].kind, EFFECT_STEER);
    for (size_t i = 0, n = 0; i < f->out.count; i++)
        if (f->out.effects[i].kind == EFFECT_LOG)
            assert_int_equal(f->out.effects[i].log.text[0], logs[n++]);
    assert_int_equal(f->node.scratch.count, 0);
    free(f);
}

static void what_is_not_hosted_is_left_to_the_world(void **state) {
    (void)state;
    struct fixture *f = fixture_create();
    f->node.source = NULL;
    f->node.status = NULL;
    f->out.count = 0;
    job_effect(&f->out, EFFECT_CLOSE); /* the world's own, not yet carried out */
    script.hops_left = 9;
    struct event event = event_of(f, EVENT_START, 1);
    node_step(&f->node, JOB_KEEPER, &event, &f->out);
    assert_string_equal(script.trace, "ks ");
    assert_int_equal(f->out.count, 5);
    assert_int_equal(f->out.effects[0].kind, EFFECT_CLOSE);
    assert_int_equal(f->out.effects[2].post.to, JOB_STATUS);
    assert_int_equal(f->out.effects[2].post.message.kind, MESSAGE_TRACKING);
    assert_int_equal(f->out.effects[4].post.to, JOB_SOURCE);
    free(f);
}

static void a_long_exchange_is_not_recursive(void **state) {
    (void)state;
    struct fixture *f = fixture_create();
    script.hops_left = 20;
    struct event event = event_of(f, EVENT_START, 1);
    node_step(&f->node, JOB_SOURCE, &event, &f->out);
    assert_int_equal(script.hops_left, 0);
    assert_int_equal(f->out.count, 21);
    free(f);
}

static void each_job_is_woken_at_its_own_time(void **state) {
    (void)state;
    struct fixture *f = fixture_create();
    struct event event = event_of(f, EVENT_START, 1);
    script.wake = (struct mono){100};
    node_step(&f->node, JOB_KEEPER, &event, &f->out);
    script.wake = (struct mono){50};
    node_step(&f->node, JOB_SOURCE, &event, &f->out);
    assert_int_equal(node_wake(&f->node).ns, 50);

    script.trace[0] = 0;
    script.wake = (struct mono){200};
    node_run(&f->node, event_of(f, EVENT_MESSAGE, 49), &f->out);
    assert_string_equal(script.trace, "");
    node_run(&f->node, event_of(f, EVENT_MESSAGE, 50), &f->out);
    assert_string_equal(script.trace, "ow ");
    assert_int_equal(node_wake(&f->node).ns, 100);
    script.trace[0] = 0;
    node_run(&f->node, event_of(f, EVENT_WAKE, 300), &f->out);
    assert_string_equal(script.trace, "kw ow ");
    assert_int_equal(node_wake(&f->node).ns, 200);
    free(f);
}

static void a_wake_is_used_up_and_a_message_keeps_it(void **state) {
    (void)state;
    struct fixture *f = fixture_create();
    struct event event = event_of(f, EVENT_START, 1);
    script.wake = (struct mono){100};
    node_step(&f->node, JOB_SOURCE, &event, &f->out);
    const struct message message = {.kind = MESSAGE_POLL};
    event.kind = EVENT_MESSAGE;
    event.message = &message;
    node_step(&f->node, JOB_SOURCE, &event, &f->out);
    assert_int_equal(node_wake(&f->node).ns, 100);
    script.wake.ns = 0; /* the job does not ask again */
    node_run(&f->node, event_of(f, EVENT_WAKE, 100), &f->out);
    assert_int_equal(node_wake(&f->node).ns, MONO_NEVER.ns);
    free(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_what_it_was_given),
        cmocka_unit_test(messages_are_handed_over_first_in_first_out),
        cmocka_unit_test(what_is_not_hosted_is_left_to_the_world),
        cmocka_unit_test(a_long_exchange_is_not_recursive),
        cmocka_unit_test(each_job_is_woken_at_its_own_time),
        cmocka_unit_test(a_wake_is_used_up_and_a_message_keeps_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
