/* Intents. Invariant: nothing is allowed that was not asked for and answered, and each allowance is
 * for exactly what its intent said. */
#include "jobs/intents.h"

#include <math.h>

static const int64_t patience_ns = 5 * NS_PER_S;
static const int64_t again_ns = NS_PER_S, again_most_ns = 60 * NS_PER_S;
/* CLOCK_REALTIME goes on while the intent is written. */
static const double step_tolerance_s = 1e-3, step_tolerance = 1e-3;

void intents_init(struct intents *intents, bool on, uint64_t allowed) {
    *intents = (struct intents){.on = on, .allowed = allowed};
}

void intents_begin(struct intents *intents, struct mono now) {
    intents->number = (uint32_t)(now.ns / 1000000); /* ms of the counter */
}

bool intents_allow_line(const struct intents *intents, const struct timescale *ts) {
    return !intents->on || ts->updates == intents->allowed;
}

bool intents_allow_step(struct intents *intents, double step_s) {
    if (!intents->on) return true;
    double allowed = intents->step_allowed_s;
    intents->step_allowed_s = 0;
    bool about = fabs(step_s - allowed) <= step_tolerance_s + step_tolerance * fabs(allowed);
    if (allowed == 0 || !about) return false;
    intents->step_done = intents->step_number;
    return true;
}

void intents_end_step(struct intents *intents) {
    intents->step_allowed_s = 0;
}

static void fail(struct intents *intents, const char *why, struct outbox *outbox) {
    intents->waiting = 0;
    intents->delay_ns = intents->failing ? 2 * intents->delay_ns : again_ns;
    if (intents->delay_ns > again_most_ns) intents->delay_ns = again_most_ns;
    if (!intents->failing)
        job_log(outbox, LOG_LEVEL_ERROR,
                "alarm: the ledger does not take what would move time (%s): holding", why);
    intents->failing = true;
}

static void overdue(struct intents *intents, struct outbox *outbox) {
    intents->overdue = intents->waiting;
    fail(intents, "the recorder does not answer", outbox);
}

static bool may_ask(struct intents *intents, struct mono now, struct outbox *outbox) {
    int64_t waited_ns = mono_diff(now, intents->asked);
    if (intents->waiting != 0 && waited_ns > patience_ns) overdue(intents, outbox);
    return intents->waiting == 0 && (!intents->failing || waited_ns >= intents->delay_ns);
}

static void ask(struct intents *intents, enum record_act act, double offset_s,
                const struct timescale *ts, struct mono now) {
    struct record_intent *x = &intents->newest;
    struct clock_state state;
    *x = (struct record_intent){.radius_s = 0};
    x->number = ++intents->number;
    x->act = (uint8_t)act;
    x->now = now;
    x->offset_s = offset_s;
    x->frequency = ts->servo.frequency;
    if (timescale_state(ts, &state)) {
        x->radius_s = line_radius(&state.line, now);
        x->radius_rate = state.line.radius_rate;
    }
    x->updates = ts->updates;
    x->voters = ts->jury.voters;
    x->agreeing = ts->jury.agreeing;
    x->reference = ts->reference;
    x->count = (uint16_t)ts->jury.count;
    for (size_t i = 0; i < x->count; i++) x->verdicts[i] = (uint8_t)ts->jury.sources[i].verdict;
    intents->waiting = x->number;
    intents->overdue = 0;
    intents->act = x->act;
    intents->asked = now;
    intents->unsent = true;
}

void intents_post(struct intents *intents, struct outbox *outbox) {
    if (!intents->unsent) return;
    struct record record = {.kind = RECORD_INTENT, .intent = intents->newest};
    struct effect *effect = job_effect(outbox, EFFECT_POST);
    effect->post.to = JOB_RECORDER;
    record_build(&record, JOB_KEEPER, &effect->post.message);
    intents->unsent = false;
}

void intents_ask_line(struct intents *intents, const struct timescale *ts, bool drawn,
                      struct mono now, struct outbox *outbox) {
    if (!ts->running || intents_allow_line(intents, ts)) return;
    if (!may_ask(intents, now, outbox)) return;
    double left = servo_left(&ts->servo, epoch_m(&ts->epoch, now));
    intents->updates = ts->updates;
    ask(intents, drawn ? RECORD_ACT_STEP : RECORD_ACT_LINE, left, ts, now);
}

void intents_ask_step(struct intents *intents, const struct timescale *ts, double step_s,
                      struct mono now, struct outbox *outbox) {
    if (!may_ask(intents, now, outbox)) return;
    intents->step_asked_s = step_s;
    ask(intents, RECORD_ACT_KERNEL_STEP, step_s, ts, now);
}

bool intents_answer(struct intents *intents, const struct message_recorded *answer,
                    struct outbox *outbox) {
    /* A late yes to the newest is a yes. */
    bool late = intents->failing && intents->waiting == 0 && answer->err == ERR_OK &&
                answer->intent == intents->overdue;
    if (answer->intent == 0 || (answer->intent != intents->waiting && !late)) return false;
    if (answer->err != ERR_OK) {
        fail(intents, err_text(answer->err), outbox);
        return false;
    }
    if (intents->failing) job_log(outbox, LOG_LEVEL_WARNING, "the ledger takes intents again");
    intents->failing = false;
    intents->waiting = intents->overdue = 0;
    if (intents->act == RECORD_ACT_KERNEL_STEP) {
        intents->step_allowed_s = intents->step_asked_s;
        intents->step_number = answer->intent;
        return false; /* at the next wake, if it is still wanted */
    }
    intents->allowed = intents->updates;
    intents->line_done = answer->intent;
    return true;
}
