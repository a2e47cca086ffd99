/* Hosting jobs together. The scratch outbox is the queue: a job appends to it, a cursor walks it in
 * order, posts to jobs hosted here become events whose effects are appended behind, and the rest
 * moves to the world's outbox. First in, first out, no recursion, and bounded by the outbox.
 *
 * Invariant: between calls the scratch outbox is empty and wake[] holds what each job last asked.
 */
#include "jobs/node.h"

#include <string.h>

#include "base/check.h"
#include "crypto/wipe.h"

static const enum job_id run_order[] = {JOB_KEEPER, JOB_SOURCE, JOB_SERVER,  JOB_ROUGHTIME,
                                        JOB_KEYER,  JOB_STATUS, JOB_RECORDER};
enum { RUN_COUNT = sizeof run_order / sizeof run_order[0] };

void node_init(struct node *node) {
    node->keeper = NULL;
    node->source = NULL;
    node->server = NULL;
    node->status = NULL;
    node->roughtime = NULL;
    node->keyer = NULL;
    node->recorder = NULL;
    for (int job = 0; job < JOB_COUNT; job++) node->wake[job] = MONO_NEVER;
    node->scratch.wake = MONO_NEVER;
    node->scratch.count = 0;
}

bool node_hosts(const struct node *node, enum job_id job) {
    switch (job) {
    case JOB_KEEPER:
        return node->keeper != NULL;
    case JOB_SOURCE:
        return node->source != NULL;
    case JOB_SERVER:
        return node->server != NULL;
    case JOB_STATUS:
        return node->status != NULL;
    case JOB_ROUGHTIME:
        return node->roughtime != NULL;
    case JOB_KEYER:
        return node->keyer != NULL;
    case JOB_RECORDER:
        return node->recorder != NULL;
    default:
        return false;
    }
}

static void job_step(struct node *node, enum job_id job, const struct event *event) {
    struct outbox *scratch = &node->scratch;
    scratch->wake = node->wake[job];
    if (job == JOB_KEEPER)
        keeper_step(node->keeper, event, scratch);
    else if (job == JOB_SOURCE)
        source_step(node->source, event, scratch);
    else if (job == JOB_SERVER)
        server_step(node->server, event, scratch);
    else if (job == JOB_ROUGHTIME)
        roughtime_step(node->roughtime, event, scratch);
    else if (job == JOB_KEYER)
        keyer_step(node->keyer, event, scratch);
    else if (job == JOB_RECORDER)
        recorder_step(node->recorder, event, scratch);
    else
        status_step(node->status, event, scratch);
    node->wake[job] = scratch->wake;
}

/* Copies what the kind of effect uses, not the whole union. */
static void hand_out(const struct effect *from, struct outbox *out) {
    struct effect *to = job_effect(out, from->kind);
    switch (from->kind) {
    case EFFECT_POST:
        to->post.to = from->post.to;
        message_copy(&to->post.message, &from->post.message);
        break;
    case EFFECT_SEND:
        to->send = from->send;
        break;
    case EFFECT_CLOSE:
        to->close = from->close;
        break;
    case EFFECT_STEER:
        to->steer = from->steer;
        break;
    case EFFECT_LOG:
        to->log.level = from->log.level;
        memcpy(to->log.text, from->log.text, strlen(from->log.text) + 1);
        break;
    }
}

void node_step(struct node *node, enum job_id job, const struct event *event, struct outbox *out) {
    CHECK(node_hosts(node, job));
    struct outbox *scratch = &node->scratch;
    struct event told = {.kind = EVENT_MESSAGE, .now = event->now, .entropy = event->entropy};
    job_step(node, job, event);
    for (size_t i = 0; i < scratch->count; i++) {
        struct effect *effect = &scratch->effects[i];
        if (effect->kind == EFFECT_POST && node_hosts(node, effect->post.to)) {
            told.message = &effect->post.message;
            job_step(node, effect->post.to, &told);
        } else {
            hand_out(effect, out);
        }
        if (effect->kind == EFFECT_POST && message_is_secret(effect->post.message.kind))
            wipe(&effect->post.message, sizeof effect->post.message);
    }
    scratch->count = 0;
}

struct mono node_wake(const struct node *node) {
    struct mono wake = MONO_NEVER;
    for (int i = 0; i < RUN_COUNT; i++) wake = mono_min(wake, node->wake[run_order[i]]);
    return wake;
}

void node_run(struct node *node, struct event event, struct outbox *out) {
    event.kind = EVENT_WAKE;
    for (int i = 0; i < RUN_COUNT; i++) {
        enum job_id job = run_order[i];
        if (!node_hosts(node, job) || mono_before(event.now, node->wake[job])) continue;
        node->wake[job] = MONO_NEVER; /* that wish is fulfilled; the job says when next */
        node_step(node, job, &event, out);
    }
}
