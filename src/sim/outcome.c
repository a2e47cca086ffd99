/* See the header. Invariant: the watch only reads, so a run with and without it does the same. */
#include "sim/outcome.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double held_factor = 2;     /* not moved: within this times the control's error, ... */
static const double held_least_s = 5e-6; /* ... or this */
static const double widened_factor = 1.5;
static const double rounding_s = 2e-9;

void outcome_begin(struct outcome_watch *watch, struct outcome *outcome, double duration_s,
                   double settle_s, double end_s) {
    *outcome = (struct outcome){
        .duration_s = duration_s, .settle_s = settle_s, .end_s = end_s, .falseticker = -1};
    for (int i = 0; i < OUTCOME_SIGNS; i++) outcome->sign_at_s[i] = -1;
    for (int i = 0; i < OUTCOME_BINS; i++) outcome->bins[i].radius_s = -1;
    *watch = (struct outcome_watch){.outcome = outcome};
}

static void sign(struct outcome *outcome, enum outcome_sign sign, double at_s) {
    if (outcome->sign_at_s[sign] < 0) outcome->sign_at_s[sign] = at_s;
}

static uint64_t count_drops(const struct world *world, enum err err) {
    uint64_t drops = 0;
    for (uint32_t i = 0; i < world->config.source_count; i++)
        drops += world->judge.associations[i].drops[err];
    return drops;
}

static uint64_t falsetickers_of(const struct world *world) {
    uint64_t mask = 0;
    for (uint32_t i = 0; i < world->config.source_count; i++)
        if (world->judge.verdicts[i].verdict == VERDICT_FALSETICKER) mask |= UINT64_C(1) << i;
    return mask;
}

static uint64_t silent_of(const struct world *world) {
    uint64_t mask = 0;
    for (uint32_t i = 0; i < world->config.source_count; i++)
        if (world->judge.associations[i].reach == 0) mask |= UINT64_C(1) << i;
    return mask;
}

static void take_base(struct outcome_watch *watch, const struct world *world) {
    watch->based = true;
    watch->alarms = world->judge.tracking.alarms;
    watch->steps = world->judge.tracking.kernel_steps_seen;
    watch->falsetickers = falsetickers_of(world);
    watch->silent = silent_of(world);
    for (int err = 0; err < ERR_COUNT; err++) watch->drops[err] = count_drops(world, err);
}

/* A process that was started anew counts from zero. */
static bool has_grown(uint64_t *base, uint64_t now) {
    if (now < *base) *base = 0;
    return now > *base;
}

static void look_for_drops(struct outcome_watch *watch, const struct world *world, double at_s) {
    uint64_t most = 0, sum = 0;
    for (int err = 0; err < ERR_COUNT; err++) {
        uint64_t now = count_drops(world, err);
        if (!has_grown(&watch->drops[err], now)) continue;
        uint64_t grown = now - watch->drops[err];
        sum += grown;
        if (grown > most) watch->outcome->drop = (enum err)err;
        if (grown > most) most = grown;
    }
    if (sum > 0) sign(watch->outcome, OUTCOME_DROPS, at_s);
    if (sum > watch->outcome->drops) watch->outcome->drops = sum;
}

static void look_for_signs(struct outcome_watch *watch, const struct world *world, double at_s) {
    struct outcome *outcome = watch->outcome;
    const struct message_tracking *tracking = &world->judge.tracking;
    uint64_t falsetickers = falsetickers_of(world) & ~watch->falsetickers;
    if (has_grown(&watch->alarms, tracking->alarms)) sign(outcome, OUTCOME_ALARM, at_s);
    if (has_grown(&watch->steps, tracking->kernel_steps_seen)) sign(outcome, OUTCOME_STEP, at_s);
    if (falsetickers != 0 && outcome->falseticker < 0)
        outcome->falseticker = __builtin_ctzll(falsetickers);
    if (falsetickers != 0) sign(outcome, OUTCOME_FALSETICKER, at_s);
    if ((silent_of(world) & ~watch->silent) != 0) sign(outcome, OUTCOME_UNREACHABLE, at_s);
    if (tracking->mode == TRACKING_HOLDOVER) sign(outcome, OUTCOME_HOLDOVER, at_s);
    look_for_drops(watch, world, at_s);
}

static void put_into_bin(struct outcome *outcome, double at_s, double error_s, double radius_s) {
    int index = (int)(at_s / outcome->duration_s * OUTCOME_BINS);
    if (index < 0 || index >= OUTCOME_BINS) index = OUTCOME_BINS - 1;
    struct outcome_bin *bin = &outcome->bins[index];
    if (bin->radius_s < 0 || fabs(error_s) > fabs((double)bin->error_s))
        bin->error_s = (float)error_s;
    if (radius_s > (double)bin->radius_s) bin->radius_s = (float)radius_s;
}

static void measure(struct outcome *outcome, double at_s, double error_s, double radius_s) {
    double beyond_s = fabs(error_s) - radius_s - rounding_s;
    if (fabs(error_s) > outcome->error_max_s) {
        outcome->error_max_s = fabs(error_s);
        outcome->error_max_at_s = at_s;
    }
    if (beyond_s > outcome->beyond_s) outcome->beyond_s = beyond_s;
    if (radius_s > outcome->bound_max_s) outcome->bound_max_s = radius_s;
}

void outcome_look(struct outcome_watch *watch, const struct world *world) {
    struct outcome *outcome = watch->outcome;
    const struct judge *judge = &world->judge;
    double at_s = world_elapsed_s(world);
    /* Whoever reads the page asks first how long the machine has slept. */
    bool serves = judge->served && !clock_state_slept(&judge->state, world->host.suspended_ns);
    outcome->until_s = at_s;
    if (serves) put_into_bin(outcome, at_s, judge->error_s, judge->radius_s);
    if (at_s < outcome->settle_s) return;
    if (!watch->based) take_base(watch, world);
    if (serves) {
        measure(outcome, at_s, judge->error_s, judge->radius_s);
    } else {
        outcome->unserved_s += world->scenario.sample_s;
        sign(outcome, OUTCOME_WITHDRAWAL, at_s);
    }
    look_for_signs(watch, world, at_s);
}

void outcome_finish(struct outcome_watch *watch, const struct world *world) {
    struct outcome *outcome = watch->outcome;
    outcome->ran = true;
    outcome->excused = !world->judge.majority_true;
    for (uint32_t i = 0; i < world->judge.event_count; i++)
        if (world->judge.events[i].kind == JUDGE_EVENT_BROKEN)
            snprintf(outcome->excuse, sizeof outcome->excuse, "%s", world->judge.events[i].text);
    outcome->sources = world->config.source_count;
    outcome->liars = 0;
    for (uint32_t i = 0; i < outcome->sources; i++) outcome->liars += world->witnesses[i].lied;
    outcome->requests = world->counts.requests;
    outcome->breaches = world->judge.findings;
    if (world->judge.findings > 0)
        snprintf(outcome->breach, sizeof outcome->breach, "%.*s", OUTCOME_TEXT_BYTES - 1,
                 world->judge.texts[0]);
}

double outcome_tolerance_s(const struct outcome *control) {
    return fmax(held_factor * control->error_max_s, held_least_s);
}

/* What happens in the control, too, is no sign. */
static void find_sign(const struct outcome *outcome, const struct outcome *control, double begin_s,
                      struct outcome_verdict *verdict) {
    for (int i = 0; i < OUTCOME_SIGNS; i++) {
        double at_s = outcome->sign_at_s[i] - begin_s;
        if (outcome->sign_at_s[i] < 0 || at_s < 0 || control->sign_at_s[i] >= 0) continue;
        if (verdict->detected_s >= 0 && at_s >= verdict->detected_s) continue;
        verdict->detected_s = at_s;
        verdict->sign = (enum outcome_sign)i;
    }
}

/* Back where it would be: served, as near the truth and with as narrow a bound, and so until the
 * end. */
static double recovery_s(const struct outcome *outcome, const struct outcome *control) {
    double bin_s = outcome->duration_s / OUTCOME_BINS, tolerance_s = outcome_tolerance_s(control);
    int index = OUTCOME_BINS - 1;
    for (; index >= 0; index--) {
        const struct outcome_bin *bin = &outcome->bins[index];
        bool back = bin->radius_s >= 0 && fabs((double)bin->error_s) <= tolerance_s &&
                    (double)bin->radius_s <= widened_factor * control->bound_max_s;
        if (!back) break;
    }
    if (index == OUTCOME_BINS - 1) return -1;
    return fmax(0, (index + 1) * bin_s - outcome->end_s);
}

static enum outcome_class class_of(const struct outcome *outcome, const struct outcome *control,
                                   bool detected) {
    if (outcome->beyond_s > 0) return detected ? OUTCOME_MOVED : OUTCOME_UNDETECTED;
    if (outcome->error_max_s > outcome_tolerance_s(control)) return OUTCOME_MOVED_WITHIN;
    if (outcome->unserved_s > control->unserved_s) return OUTCOME_WITHDREW;
    bool widened = outcome->bound_max_s > widened_factor * control->bound_max_s;
    return widened ? OUTCOME_WIDENED : OUTCOME_HELD;
}

struct outcome_verdict outcome_judge(const struct outcome *outcome, const struct outcome *control,
                                     double begin_s) {
    struct outcome_verdict verdict = {.detected_s = -1};
    find_sign(outcome, control, begin_s, &verdict);
    verdict.class = class_of(outcome, control, verdict.detected_s >= 0);
    verdict.recovered_s = recovery_s(outcome, control);
    return verdict;
}

const char *outcome_class_name(enum outcome_class class) {
    static const char *const names[OUTCOME_CLASSES] = {
        [OUTCOME_HELD] = "held",         [OUTCOME_WIDENED] = "bound-widened",
        [OUTCOME_WITHDREW] = "withdrew", [OUTCOME_MOVED_WITHIN] = "moved-within-bound",
        [OUTCOME_MOVED] = "moved",       [OUTCOME_UNDETECTED] = "moved-undetected",
    };
    return names[class];
}

const char *outcome_sign_name(enum outcome_sign sign) {
    static const char *const names[OUTCOME_SIGNS] = {
        [OUTCOME_ALARM] = "alarm",
        [OUTCOME_FALSETICKER] = "falseticker",
        [OUTCOME_UNREACHABLE] = "unreachable",
        [OUTCOME_STEP] = "step-seen",
        [OUTCOME_DROPS] = "drops",
        [OUTCOME_HOLDOVER] = "holdover",
        [OUTCOME_WITHDRAWAL] = "withdrawal",
    };
    return names[sign];
}

const char *outcome_sign_text(enum outcome_sign sign) {
    static const char *const texts[OUTCOME_SIGNS] = {
        [OUTCOME_ALARM] = "alarm: the majority contradicts the oscillator",
        [OUTCOME_FALSETICKER] = "a source was judged a falseticker",
        [OUTCOME_UNREACHABLE] = "a source fell silent",
        [OUTCOME_STEP] = "a step of the host clock was seen",
        [OUTCOME_DROPS] = "packets were refused and counted",
        [OUTCOME_HOLDOVER] = "no majority agreed: holdover",
        [OUTCOME_WITHDRAWAL] = "no time was served",
    };
    return texts[sign];
}

bool outcome_is_finding(enum outcome_class class) {
    return class == OUTCOME_MOVED || class == OUTCOME_UNDETECTED;
}
