/* A keeper with a ledger, whose only reference is a host clock that somebody may step: what it
 * records, intends, publishes and steers. Included by the tests of intents and of replay. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "jobs/keeper.h"
#include "jobs/record.h"

static const int64_t bench_utc_ns = INT64_C(1700000000000000000);

struct bench {
    struct config config;
    struct leap_table leaps;
    struct clock_page page;
    struct keeper *keeper;
    struct outbox outbox;
    struct entropy entropy;
    struct mono now;
    double realtime_error_s; /* CLOCK_REALTIME minus the truth */
    bool started;
    bool steered; /* steps that the keeper asks for are made */
    void (*record)(void *context, const struct message_record *record);
    void *context;
    /* What came out since it was cleared: */
    unsigned intents, effects, alarms, lines, steps, records;
    double stepped_s;
    struct record_intent intent; /* the newest */
    struct record_effect effect;
};

static inline void bench_begin(struct bench *b, bool steers, bool recorded) {
    struct keeper_start start = {.config = &b->config,
                                 .leaps = &b->leaps,
                                 .page = &b->page,
                                 .steers = steers,
                                 .recorded = recorded};
    memset(b->keeper, 0, keeper_bytes(&b->config));
    b->keeper = keeper_init(b->keeper, &start);
    b->started = false;
}

static inline struct bench *bench_new(bool steers, bool recorded) {
    struct bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    config_default(&b->config);
    b->config.local = (struct config_local){true, 3, 1, 0, 0.01};
    b->config.makestep_threshold_s = 0.5;
    b->config.makestep_limit = -1;
    leap_default(&b->leaps);
    b->keeper = malloc(keeper_bytes(&b->config));
    bench_begin(b, steers, recorded);
    return b;
}

static inline void bench_free(struct bench *b) {
    free(b->keeper);
    free(b);
}

static inline void bench_take_record(struct bench *b, const struct message_record *record) {
    static struct record r;
    b->records++;
    if (b->record) b->record(b->context, record);
    assert_int_equal(record_parse(record->kind, record->bytes, record->length, &r), ERR_OK);
    if (r.kind == RECORD_INTENT) b->intents++, b->intent = r.intent;
    if (r.kind == RECORD_EFFECT) b->effects++, b->effect = r.effect;
}

static inline void bench_step(struct bench *b, struct event *event) {
    event->now = b->now;
    event->entropy = &b->entropy;
    b->outbox.count = 0;
    keeper_step(b->keeper, event, &b->outbox);
    for (size_t i = 0; i < b->outbox.count; i++) {
        const struct effect *effect = &b->outbox.effects[i];
        if (effect->kind == EFFECT_POST && effect->post.to == JOB_RECORDER)
            bench_take_record(b, &effect->post.message.record);
        if (effect->kind == EFFECT_LOG)
            strncmp(effect->log.text, "alarm: ", 7) == 0 ? b->alarms++ : b->lines++;
        if (effect->kind != EFFECT_STEER || effect->steer.step_s == 0) continue;
        b->steps++;
        b->stepped_s = effect->steer.step_s;
        if (b->steered) b->realtime_error_s += effect->steer.step_s;
    }
}

static inline void bench_clear(struct bench *b) {
    b->intents = b->effects = b->alarms = b->lines = b->steps = b->records = 0;
}

/* START or WAKE, so much later. */
static inline void bench_wake(struct bench *b, double after_s) {
    b->now.ns += ns_from_s(after_s);
    struct event event = {.kind = b->started ? EVENT_WAKE : EVENT_START};
    b->started = true;
    event.kernel.counter = b->now;
    event.kernel.realtime.ns = bench_utc_ns + b->now.ns + ns_from_s(b->realtime_error_s);
    event.kernel.error_s = 1e-6;
    bench_step(b, &event);
}

static inline void bench_answer(struct bench *b, uint32_t number, enum err err) {
    struct message message = {.kind = MESSAGE_RECORDED, .recorded = {number, (uint8_t)err}};
    struct event event = {.kind = EVENT_MESSAGE, .message = &message};
    bench_step(b, &event);
}

/* Wakes until it intends something. */
static inline void bench_until_intent(struct bench *b) {
    bench_clear(b);
    for (int i = 0; i < 200 && b->intents == 0; i++) bench_wake(b, 0.5);
    assert_int_equal(b->intents, 1);
}

/* Every intent is allowed at once. */
static inline void bench_run(struct bench *b, double s) {
    for (double t = 0; t < s; t += 0.5) {
        uint32_t before = b->intent.number;
        bench_wake(b, 0.5);
        if (b->intent.number != before) bench_answer(b, b->intent.number, ERR_OK);
    }
}

static inline uint64_t bench_generation(const struct bench *b) {
    struct clock_state state;
    return clock_page_read(&b->page, &state) == ERR_OK ? state.generation : 0;
}

static inline bool bench_serves(const struct bench *b) {
    struct clock_state state;
    return clock_page_read(&b->page, &state) == ERR_OK && clock_state_serves(&state, b->now);
}

/* The last step told the status job that time is served. */
static inline bool bench_tells_of_service(const struct bench *b) {
    for (size_t i = 0; i < b->outbox.count; i++) {
        const struct effect *effect = &b->outbox.effects[i];
        if (effect->kind != EFFECT_POST || effect->post.message.kind != MESSAGE_TRACKING) continue;
        return clock_state_serves(&effect->post.message.tracking.clock, b->now);
    }
    return false;
}

static inline double bench_error(const struct bench *b) {
    struct clock_state state;
    assert_int_equal(clock_page_read(&b->page, &state), ERR_OK);
    return s_from_ns(clock_state_utc(&state, b->now).ns - bench_utc_ns - b->now.ns);
}
