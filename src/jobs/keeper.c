/* The keeper job: wiring of the timescale and the kernel watch to events and effects.
 * Invariant: the page is published after every change of the line, and at every wake. */
#include "jobs/keeper.h"

#include <math.h>
#include <string.h>

#include "jobs/bound_watch.h"
#include "jobs/intents.h"
#include "jobs/journal.h"
#include "jobs/kernel_watch.h"
#include "jobs/timescale.h"

static const int64_t wake_ns = NS_PER_S / 2, report_ns = NS_PER_S, verdicts_ns = 4 * NS_PER_S;
static const int64_t local_ns = 2 * NS_PER_S;
static const double hold_s = 3600;                           /* as timescale_state does */
static const double drift_first_s = 300, drift_every_s = 60; /* the parent writes less often */

struct keeper {
    const struct config *config;
    struct clock_page *page;
    bool steers;
    struct kernel_watch watch;
    struct bound_watch bound;
    struct journal journal;
    struct intents intents;
    struct record_begin begin;
    struct clock_state published; /* generation 0: nothing yet */
    uint64_t published_steps;     /* of the timescale, as it stood then */
    uint8_t recorded_verdicts[RECORD_VERDICTS];
    bool refuted_before;       /* counts while no bound is known: until the witness tells again */
    double local_correction_s; /* steps of CLOCK_REALTIME by others, taken out of the reference */
    uint64_t generation;
    struct mono next_local, next_report, next_verdicts, next_drift;
    uint8_t mode; /* enum tracking_mode, as last logged */
    struct timescale timescale;
    struct jury_source sources[]; /* config->source_count + 1 */
};

size_t keeper_bytes(const struct config *config) {
    return sizeof(struct keeper) + (config->source_count + 1) * sizeof(struct jury_source);
}

struct keeper *keeper_init(void *memory, const struct keeper_start *start) {
    struct keeper *keeper = memory;
    memset(keeper, 0, sizeof *keeper);
    keeper->config = start->config;
    keeper->page = start->page;
    keeper->steers = start->steers;
    struct clock_state page;
    bool continued = clock_page_read(start->page, &page) == ERR_OK;
    if (continued) keeper->generation = page.generation;
    if (continued && page.synchronised) keeper->published = page;
    keeper->begin = (struct record_begin){.steers = start->steers,
                                          .has_drift = start->has_drift,
                                          .continued = continued,
                                          .drift = start->drift,
                                          .leaps = *start->leaps};
    if (continued) keeper->begin.page = page;
    journal_init(&keeper->journal, start->recorded);
    keeper->refuted_before = continued && page.refuted && start->config->roughtime_count > 0;
    timescale_init(&keeper->timescale, keeper->sources, start->config, start->leaps,
                   start->has_drift ? &start->drift : NULL, continued ? &page : NULL);
    keeper->timescale.steers = start->steers;
    intents_init(&keeper->intents, start->recorded, keeper->timescale.updates);
    return keeper;
}

/* Time that lies wholly before what Roughtime servers proved is kept, and not given to anybody. */
static bool is_refuted(const struct keeper *keeper) {
    if (!keeper->bound.known) return keeper->refuted_before;
    return keeper->bound.finding == BOUND_WATCH_EARLY;
}

/* What is published and shown; false if there is no line yet. */
static bool state_of(const struct keeper *keeper, struct clock_state *out) {
    if (!timescale_state(&keeper->timescale, out)) return false;
    out->refuted = is_refuted(keeper);
    if (out->refuted) out->synchronised = false;
    return true;
}

/* What is or goes on being published: the timescale as it is, or, while its newest turn is not
 * allowed, the line that was published last. */
static bool line_of(const struct keeper *keeper, struct clock_state *out) {
    if (intents_allow_line(&keeper->intents, &keeper->timescale))
        return timescale_state(&keeper->timescale, out);
    *out = keeper->published;
    return keeper->published.synchronised;
}

/* Leap seconds are told where they reach those who are served. */
static void tell_leap(const struct keeper *keeper, const struct clock_state *state,
                      struct outbox *outbox) {
    const struct clock_state *before = &keeper->published;
    int announced = state->tai_utc_after_s - state->tai_utc_s;
    if (!state->synchronised || !before->synchronised) return;
    if (state->tai_utc_s != before->tai_utc_s)
        job_log(outbox, LOG_LEVEL_WARNING, "a leap second has passed: TAI - UTC is %d s, was %d s",
                (int)state->tai_utc_s, (int)before->tai_utc_s);
    else if (announced != before->tai_utc_after_s - before->tai_utc_s)
        job_log(outbox, LOG_LEVEL_WARNING,
                "TAI - UTC will change by %+d s with the next leap second", announced);
}

static void put_page(struct keeper *keeper, struct clock_state *state) {
    /* Whether time is served is told at once. */
    if (state->synchronised != keeper->published.synchronised) keeper->next_report.ns = 0;
    state->generation = ++keeper->generation;
    clock_page_publish(keeper->page, state);
    keeper->published = *state;
    keeper->published_steps = keeper->timescale.steps;
    journal_chain_clock(&keeper->journal, state);
}

/* The line that was published goes on, as long as its bound can be shown. */
static void hold(struct keeper *keeper, struct mono now, struct outbox *outbox) {
    struct clock_state held = keeper->published;
    uint64_t steps = keeper->published_steps;
    if (!held.synchronised) return;
    if (bound_watch_check(&keeper->bound, &held, now, outbox)) keeper->timescale.alarms++;
    held.refuted = is_refuted(keeper);
    if (held.refuted) held.synchronised = false;
    bool renew = mono_seconds(held.void_after, now) < hold_s / 2;
    double left_s = (held.bound_max_s - line_radius(&held.line, now)) / held.line.radius_rate;
    if (renew && left_s > 0) held.void_after = mono_add(now, ns_from_s(fmin(left_s, hold_s)));
    if (!held.refuted && (!renew || left_s <= 0)) return;
    put_page(keeper, &held);
    keeper->published_steps = steps;
}

/* To withdraw time needs nobody's leave. */
static void publish(struct keeper *keeper, struct mono now, struct outbox *outbox) {
    struct clock_state state;
    if (!timescale_state(&keeper->timescale, &state)) return;
    if (keeper->timescale.running && bound_watch_check(&keeper->bound, &state, now, outbox))
        keeper->timescale.alarms++;
    (void)state_of(keeper, &state);
    if (state.synchronised && !intents_allow_line(&keeper->intents, &keeper->timescale)) {
        bool drawn =
            !keeper->published.synchronised || keeper->published_steps != keeper->timescale.steps;
        intents_ask_line(&keeper->intents, &keeper->timescale, drawn, now, outbox);
        hold(keeper, now, outbox);
        return;
    }
    tell_leap(keeper, &state, outbox);
    put_page(keeper, &state);
}

/* The line goes on from where it was published until now, unless it is drawn anew. */
static void answered(struct keeper *keeper, const struct event *event, struct outbox *outbox) {
    struct timescale *ts = &keeper->timescale;
    if (!intents_answer(&keeper->intents, &event->message->recorded, outbox)) return;
    if (!intents_allow_line(&keeper->intents, ts)) return; /* it has turned again meanwhile */
    if (keeper->intents.act == RECORD_ACT_LINE && keeper->published.synchronised)
        timescale_resume(ts, event->now, line_tai(&keeper->published.line, event->now));
    else
        timescale_advance(ts, event->now, outbox);
}

static void record(const struct record *record, struct outbox *outbox) {
    struct effect *effect = job_effect(outbox, EFFECT_POST);
    effect->post.to = JOB_RECORDER;
    record_build(record, JOB_KEEPER, &effect->post.message);
}

static void record_verdicts(struct keeper *keeper, struct outbox *outbox) {
    const struct jury *jury = &keeper->timescale.jury;
    for (uint16_t i = 0; keeper->intents.on && i < jury->count; i++) {
        uint8_t verdict = jury->sources[i].verdict, before = keeper->recorded_verdicts[i];
        if (verdict == before) continue;
        keeper->recorded_verdicts[i] = verdict;
        struct record change = {.kind = RECORD_VERDICT, .verdict.before = before};
        timescale_verdict(&keeper->timescale, i, &change.verdict.verdict);
        record(&change, outbox);
    }
}

/* The line's at once, as it is published; that of a step of the kernel's clock at the next wake. */
static void record_effect(struct keeper *keeper, uint32_t *number, const struct event *event,
                          struct outbox *outbox) {
    struct record done = {.kind = RECORD_EFFECT};
    struct record_effect *x = &done.effect;
    if (*number == 0 || clock_page_read(keeper->page, &x->line) != ERR_OK) return;
    x->number = *number;
    x->now = event->now;
    x->steers = keeper->steers;
    x->kernel_asked = keeper->watch.frequency;
    x->has_kernel_read = event->kernel.has_adjusted;
    x->kernel_read = event->kernel.adjusted;
    x->kernel_offset_s = keeper->watch.offset_s;
    *number = 0;
    record(&done, outbox);
}

/* What a leap second does to UTC, -1 or +1, from `from_s` seconds after it until 2 s after, else 0.
 */
static double leap_step_now(const struct clock_state *state, struct mono now, double from_s) {
    double since = s_from_ns(tai_diff(line_tai(&state->line, now), state->next_leap));
    if (since < from_s || since > 2) return 0;
    return state->tai_utc_s - state->tai_utc_after_s;
}

static void log_foreign_step(struct outbox *outbox, double step) {
    job_log(outbox, LOG_LEVEL_WARNING,
            "CLOCK_REALTIME was stepped by %+.6f s by somebody else; served time did not move",
            step);
}

/* Rate of a line at that time. */
static double rate_at(const struct line *line, struct mono now) {
    bool slews = mono_seconds(now, line->m0) < line->slew_s;
    return slews ? line->rate + line->slew : line->rate;
}

static void steer(struct keeper *keeper, double rate, double leap_step, struct mono now,
                  struct outbox *outbox) {
    const struct config *config = keeper->config;
    uint64_t updates = keeper->timescale.updates;
    struct steer_limits limits = {
        .max_slew = config->max_slew_rate,
        .step_threshold_s = config->makestep_threshold_s,
        .step_allowed = config->makestep_limit < 0 || updates <= (uint64_t)config->makestep_limit,
    };
    struct steer_command command = steer_decide(keeper->watch.offset_s, rate, leap_step, &limits);
    if (command.step_s != 0 && !intents_allow_step(&keeper->intents, command.step_s)) {
        intents_ask_step(&keeper->intents, &keeper->timescale, command.step_s, now, outbox);
        command.step_s = 0;
    }
    struct effect *effect = job_effect(outbox, EFFECT_STEER);
    effect->steer.frequency = command.frequency;
    effect->steer.step_s = command.step_s;
    kernel_watch_steered(&keeper->watch, &command);
    if (command.step_s != 0)
        job_log(outbox, LOG_LEVEL_WARNING, "CLOCK_REALTIME is stepped by %+.6f s", command.step_s);
}

static void watch_kernel(struct keeper *keeper, const struct event *event, struct outbox *outbox) {
    struct clock_state state;
    const struct kernel_reading *reading = &event->kernel;
    bool running = keeper->timescale.running && line_of(keeper, &state);
    double leap_step = running ? leap_step_now(&state, reading->counter, -2) : 0;
    double step = kernel_watch_read(&keeper->watch, reading, leap_step);
    if (step != 0) {
        keeper->local_correction_s -= step;
        log_foreign_step(outbox, step);
    }
    if (!running) return;
    struct utc utc = clock_state_utc(&state, reading->counter);
    keeper->watch.offset_s = s_from_ns(utc_diff(reading->realtime, utc));
    record_effect(keeper, &keeper->intents.step_done, event, outbox);
    if (!keeper->steers || keeper->timescale.latched || is_refuted(keeper)) return;
    /* The kernel was told of the leap second (STA_INS) and has the first half second to make it:
     * two who step it would make two. */
    steer(keeper, rate_at(&state.line, reading->counter),
          leap_step_now(&state, reading->counter, 0.5), reading->counter, outbox);
    intents_end_step(&keeper->intents);
}

static void take_local(struct keeper *keeper, const struct kernel_reading *reading,
                       struct outbox *outbox) {
    if (!keeper->config->local.enabled || mono_before(reading->counter, keeper->next_local)) return;
    keeper->next_local = mono_add(reading->counter, local_ns);
    struct utc utc = utc_add(reading->realtime, ns_from_s(keeper->local_correction_s));
    timescale_local(&keeper->timescale, reading->counter, utc, reading->error_s, outbox);
}

static enum tracking_mode mode_of(const struct keeper *keeper, struct mono now) {
    enum tracking_mode mode = timescale_mode(&keeper->timescale, now);
    return mode == TRACKING_LOCKED && keeper->intents.failing ? TRACKING_HOLDOVER : mode;
}

static void log_mode(struct keeper *keeper, struct mono now, struct outbox *outbox) {
    enum tracking_mode mode = mode_of(keeper, now);
    if (mode == keeper->mode) return;
    const struct timescale *ts = &keeper->timescale;
    job_log(outbox, mode == TRACKING_LOCKED ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
            "%s: %u of %u voting sources agree, stratum %u", message_tracking_name(mode),
            (unsigned)ts->jury.agreeing, (unsigned)ts->jury.voters, (unsigned)ts->stratum);
    keeper->mode = (uint8_t)mode;
    keeper->next_report = keeper->next_verdicts = now; /* what follows is asked for first */
}

static void report_tracking(struct keeper *keeper, struct mono now, struct outbox *outbox) {
    const struct timescale *ts = &keeper->timescale;
    struct message message = {.kind = MESSAGE_TRACKING};
    struct message_tracking *t = &message.tracking;
    if (state_of(keeper, &t->clock)) {
        if (!intents_allow_line(&keeper->intents, ts)) t->clock = keeper->published;
        t->leap_table_valid = leap_valid_at(&ts->leaps, clock_state_utc(&t->clock, now));
        t->clock.generation = keeper->generation;
        t->offset_s = servo_left(&ts->servo, ts->servo.m);
        t->slew_rate = ts->servo.slew;
    }
    t->now = now;
    t->mode = (uint8_t)mode_of(keeper, now);
    t->sources = (uint16_t)keeper->config->source_count;
    t->selectable = ts->jury.voters;
    t->agreeing = ts->jury.agreeing;
    t->reference = ts->reference;
    t->jitter_s = ts->sigma_y;
    t->frequency_error = timescale_frequency_error(ts);
    t->steers = keeper->steers;
    t->kernel_offset_s = keeper->watch.offset_s;
    t->kernel_frequency = keeper->watch.frequency;
    t->kernel_steps_seen = keeper->watch.steps_seen;
    t->kernel_step_last_s = keeper->watch.step_last_s;
    t->kernel_step_at = keeper->watch.step_at;
    t->updates = ts->updates;
    t->steps = ts->steps;
    t->alarms = ts->alarms;
    job_post(outbox, JOB_STATUS, &message);
}

static void report(struct keeper *keeper, struct mono now, struct outbox *outbox) {
    if (mono_before(now, keeper->next_report)) return;
    keeper->next_report = mono_add(now, report_ns);
    report_tracking(keeper, now, outbox);
    if (mono_before(now, keeper->next_verdicts)) return;
    keeper->next_verdicts = mono_add(now, verdicts_ns);
    uint32_t count = keeper->config->source_count + (keeper->config->local.enabled ? 1 : 0);
    for (uint32_t i = 0; i < count; i++) {
        struct message message = {.kind = MESSAGE_VERDICT};
        timescale_verdict(&keeper->timescale, (uint16_t)i, &message.verdict);
        job_post(outbox, JOB_STATUS, &message);
    }
}

/* The first wake only sets the time of the first record: a fresh estimate is not worth keeping. */
static void keep_drift(struct keeper *keeper, struct mono now, struct outbox *outbox) {
    if (timescale_mode(&keeper->timescale, now) != TRACKING_LOCKED) return;
    if (keeper->next_drift.ns == 0) keeper->next_drift = mono_add(now, ns_from_s(drift_first_s));
    if (mono_before(now, keeper->next_drift)) return;
    keeper->next_drift = mono_add(now, ns_from_s(drift_every_s));
    struct message message = {.kind = MESSAGE_DRIFT};
    message.drift.frequency = keeper->timescale.servo.frequency;
    message.drift.frequency_error = timescale_frequency_error(&keeper->timescale);
    job_post(outbox, JOB_PARENT, &message);
}

static void wake(struct keeper *keeper, const struct event *event, struct outbox *outbox) {
    bool was_running = keeper->timescale.running;
    timescale_sleep(&keeper->timescale, event->now, event->kernel.suspended_ns, outbox);
    if (was_running && !keeper->timescale.running) {
        keeper->watch.has_last = false;
        keeper->refuted_before = is_refuted(keeper);
        bound_watch_forget(&keeper->bound);
        struct clock_state dropped;
        if (state_of(keeper, &dropped)) put_page(keeper, &dropped);
    }
    take_local(keeper, &event->kernel, outbox);
    timescale_advance(&keeper->timescale, event->now, outbox);
    watch_kernel(keeper, event, outbox);
    log_mode(keeper, event->now, outbox);
    keep_drift(keeper, event->now, outbox);
    outbox->wake = mono_add(event->now, wake_ns);
}

/* The page of a former keeper tells whether CLOCK_REALTIME was stepped while nobody watched. */
static void compare_with_page(struct keeper *keeper, const struct kernel_reading *reading,
                              struct outbox *outbox) {
    struct clock_state state;
    const struct config_local *local = &keeper->config->local;
    if (!local->enabled || !timescale_state(&keeper->timescale, &state)) return;
    struct utc utc = clock_state_utc(&state, reading->counter);
    double off = s_from_ns(utc_diff(reading->realtime, utc)) + local->offset_s;
    if (fabs(off) <= local->bound_s + line_radius(&state.line, reading->counter)) return;
    keeper->local_correction_s = -off;
    log_foreign_step(outbox, off);
}

static void start(struct keeper *keeper, const struct event *event, struct outbox *outbox) {
    struct record begin = {.kind = RECORD_BEGIN, .begin = keeper->begin};
    intents_begin(&keeper->intents, event->now);
    if (keeper->intents.on) record(&begin, outbox);
    timescale_begin(&keeper->timescale, event->now, outbox);
    compare_with_page(keeper, &event->kernel, outbox);
    if (keeper->config->source_count == 0 && !keeper->config->local.enabled)
        job_log(outbox, LOG_LEVEL_WARNING,
                "no source and no local reference is configured: there will be no time to serve");
    wake(keeper, event, outbox);
}

static bool act(struct keeper *keeper, const struct event *event, struct outbox *outbox) {
    struct timescale *ts = &keeper->timescale;
    if (event->kind == EVENT_START) {
        start(keeper, event, outbox);
    } else if (event->kind == EVENT_WAKE) {
        wake(keeper, event, outbox);
    } else if (event->kind == EVENT_MESSAGE && event->message->kind == MESSAGE_EXCHANGE) {
        timescale_exchange(ts, &event->message->exchange, event->now, outbox);
        timescale_advance(ts, event->now, outbox);
        log_mode(keeper, event->now, outbox);
    } else if (event->kind == EVENT_MESSAGE && event->message->kind == MESSAGE_FORGET) {
        timescale_forget(ts, event->message->forget);
        return false;
    } else if (event->kind == EVENT_MESSAGE && event->message->kind == MESSAGE_BOUND) {
        bound_watch_take(&keeper->bound, &event->message->bound, keeper->config->max_drift);
    } else if (event->kind == EVENT_MESSAGE && event->message->kind == MESSAGE_RECORDED) {
        answered(keeper, event, outbox);
    } else {
        return false;
    }
    return true;
}

void keeper_step(struct keeper *keeper, const struct event *event, struct outbox *outbox) {
    size_t first = outbox->count;
    bool failing = keeper->intents.failing;
    journal_take(&keeper->journal, event, outbox);
    if (act(keeper, event, outbox)) {
        publish(keeper, event->now, outbox);
        record_effect(keeper, &keeper->intents.line_done, event, outbox);
        keeper->timescale.held = keeper->intents.waiting != 0;
        if (keeper->intents.failing && !failing) keeper->timescale.alarms++;
        record_verdicts(keeper, outbox);
        report(keeper, event->now, outbox);
    }
    journal_chain(&keeper->journal, outbox, first);
    if (keeper->intents.unsent) journal_flush(&keeper->journal, outbox); /* what led to it */
    intents_post(&keeper->intents, outbox);
}
