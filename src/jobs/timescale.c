/* The timescale: what the jury agrees on is narrowed by the oscillator and adopted by the line. */
#include "jobs/timescale.h"

#include <math.h>
#include <string.h>

#include "clock/select.h"

static const double slew_constant_s = 4;
static const double quartz_sigma = 20e-6; /* s/s: one sigma of crystals as they are made */
static const double estimate_share = 16;  /* of a bound, one sigma of the estimate */
static const double leap_guard_s = 2;
static const double void_max_s = 3600;
static const double rebase_s = 1; /* an epoch farther off than this costs resolution */
enum { LOCAL_INSISTING_SAMPLES = 16, FEWEST_TO_OUTVOTE = 3 };

#define REFERENCE_LOCAL         UINT32_C(0x7f7f0101) /* 127.127.1.1: undisciplined local clock */
#define REFERENCE_LOCAL_PRIMARY UINT32_C(0x4c4f434c) /* "LOCL" (RFC 5905 figure 12) */

/* What a former keeper knew was much better than what it promised; should it not have been, the
 * sources will contradict it soon (jury). */
static struct track_state known_of(const struct clock_state *state, double tolerance) {
    double sigma_y = fmax(fmin(state->line.radius_s / estimate_share, 1), 1e-9);
    double spare = fmax(state->line.radius_rate - tolerance, 0);
    double sigma_f = fmin(spare / estimate_share, 1e-3) + 1e-8;
    return (struct track_state){.y = state->line.slew * state->line.slew_s,
                                .frequency = state->line.rate,
                                .var_y = sigma_y * sigma_y,
                                .var_frequency = sigma_f * sigma_f};
}

/* The line of a former keeper is gone on with, and with it what it knew and what was forbidden to
 * it; what it knew of the frequency is in the growth of its radius. */
static void continue_line(struct timescale *ts, const struct clock_state *state) {
    ts->epoch = (struct epoch){state->line.m0, state->line.tai0};
    ts->has_epoch = ts->running = ts->continued = true;
    servo_start(&ts->servo, 0, 0, state->line.rate);
    ts->servo.slew = state->line.slew;
    ts->servo.slew_s = state->line.slew_s;
    ts->servo.target_y = state->line.slew * state->line.slew_s;
    drift_init(&ts->drift, state->line.rate, state->line.radius_rate);
    ts->agreed = (struct interval){-state->line.radius_s, state->line.radius_s};
    ts->growth = state->line.radius_rate;
    ts->stratum = state->stratum;
    ts->reference_id = state->reference_id;
    ts->root_delay_s = state->root_delay_s;
    ts->latched = state->latched;
    ts->updates = state->updates;
    ts->suspended_ns = state->suspended_ns;
    ts->jury.heard_before = state->heard;
    struct track_state known = known_of(state, ts->config->max_clock_error);
    track_continue(&ts->jury.track, &known);
    ts->by_sources =
        state->reference_id != REFERENCE_LOCAL && state->reference_id != REFERENCE_LOCAL_PRIMARY;
    bool passed = state->line.tai0.ns >= state->next_leap.ns;
    leap_restore(&ts->leaps, state->line.tai0, passed ? state->tai_utc_after_s : state->tai_utc_s,
                 state->next_leap, state->tai_utc_after_s);
}

void timescale_init(struct timescale *ts, struct jury_source *sources, const struct config *config,
                    const struct leap_table *leaps, const struct message_drift *drift,
                    const struct clock_state *continued) {
    memset(ts, 0, sizeof *ts);
    ts->config = config;
    ts->leaps = *leaps;
    ts->reference = UINT16_MAX;
    jury_init(&ts->jury, sources, config);
    double frequency = drift ? drift->frequency : 0;
    drift_init(&ts->drift, frequency, drift ? drift->frequency_error : config->max_drift);
    ts->growth = drift_growth(&ts->drift, frequency, config->max_clock_error);
    if (continued && (continued->synchronised || continued->latched)) continue_line(ts, continued);
}

void timescale_begin(struct timescale *ts, struct mono now, struct outbox *outbox) {
    ts->started_at = now;
    if (ts->continued) jury_post_polls(&ts->jury, outbox);
}

void timescale_forget(struct timescale *ts, uint16_t source) {
    if (source < ts->config->source_count) jury_forget(&ts->jury, source);
}

static double frequency_now(const struct timescale *ts) {
    if (ts->running) return ts->servo.frequency;
    return (ts->drift.mean.lower + ts->drift.mean.upper) / 2;
}

static struct interval carried(const struct timescale *ts, double m) {
    return epoch_carry(&ts->agreed, m - ts->agreed_m, frequency_now(ts), ts->growth);
}

/* Largest distance of the line from the truth that the carried interval allows, now or while the
 * line goes on to its target: between the two it is never larger. */
static double radius_at(const struct timescale *ts, double m) {
    struct interval interval = carried(ts, m);
    double y = servo_y(&ts->servo, m), target = y + servo_left(&ts->servo, m);
    return fmax(interval.upper - fmin(y, target), fmax(y, target) - interval.lower);
}

static bool step_allowed(const struct timescale *ts) {
    int32_t limit = ts->config->makestep_limit;
    return ts->config->makestep_threshold_s > 0 && (limit < 0 || ts->updates < (uint64_t)limit);
}

/* maxchange: a larger change is refused a few times, then time is withdrawn until a restart by a
 * person (chrony exits here; to go silent is what clients notice). */
static bool change_refused(struct timescale *ts, double change, struct outbox *outbox) {
    const struct config *config = ts->config;
    if (config->max_change_s <= 0 || fabs(change) <= config->max_change_s) return false;
    if (ts->updates < (uint64_t)config->max_change_start) return false;
    ts->refused++;
    job_log(outbox, LOG_LEVEL_ERROR, "change of %+.6f s is over maxchange %.6f s: refused", change,
            config->max_change_s);
    if (config->max_change_ignore >= 0 && ts->refused > config->max_change_ignore) {
        if (!ts->latched)
            job_log(outbox, LOG_LEVEL_ERROR,
                    "maxchange exceeded %d times: time is withdrawn until "
                    "the service is restarted",
                    (int)ts->refused);
        ts->latched = true;
    }
    return true;
}

/* Narrows what the voters allow by what the oscillator allows. Where the two have no point in
 * common it is false, and an alarm: the oscillator broke its tolerance, or the majority is wrong.
 */
static bool reconcile(struct timescale *ts, double m, struct interval *agreed,
                      struct outbox *outbox) {
    if (!ts->running) return true;
    struct interval known = carried(ts, m);
    if (select_overlaps(&known, agreed)) {
        ts->conflict = false;
        *agreed = select_common(&known, agreed);
        return true;
    }
    if (ts->conflict) return false;
    ts->conflict = true;
    ts->conflict_m = m;
    ts->alarms++;
    job_log(outbox, LOG_LEVEL_ERROR,
            "alarm: the sources' majority is %+.6f s off what the oscillator allows; holding",
            (agreed->lower + agreed->upper - known.lower - known.upper) / 2);
    return false;
}

/* Only a contradiction that lasts is believed, and only from who is asked again and again. */
static bool give_in(struct timescale *ts, bool insists, struct outbox *outbox) {
    if (!ts->conflict || !insists) return false;
    job_log(outbox, LOG_LEVEL_ERROR, "alarm: the majority insists, its time is taken");
    drift_init(&ts->drift, frequency_now(ts), ts->config->max_drift);
    ts->conflict = false;
    return true;
}

static void move_line(struct timescale *ts, double m, const struct track_estimate *estimate,
                      struct outbox *outbox) {
    if (!ts->running) {
        servo_start(&ts->servo, m, estimate->y, estimate->frequency);
        ts->running = true;
        return;
    }
    servo_aim(&ts->servo, m, estimate->y, estimate->frequency);
    double left = servo_left(&ts->servo, m);
    if (!step_allowed(ts) || fabs(left) <= ts->config->makestep_threshold_s) return;
    servo_step(&ts->servo, m);
    ts->steps++;
    job_log(outbox, LOG_LEVEL_WARNING, "timescale stepped by %+.6f s", left);
}

/* What is proven of the oscillator's mean frequency limits what is believed of it now. */
static double frequency_within(const struct timescale *ts, double frequency) {
    double tolerance = ts->config->max_clock_error;
    const struct interval *mean = &ts->drift.mean;
    return fmax(fmin(frequency, mean->upper + tolerance), mean->lower - tolerance);
}

static struct track_prior prior_of(const struct timescale *ts) {
    double half = (ts->drift.mean.upper - ts->drift.mean.lower) / 2;
    return (struct track_prior){frequency_within(ts, frequency_now(ts)),
                                fmax(fmin(half / 2, quartz_sigma), 1e-8)};
}

/* agreed: what voters and oscillator allow together; the estimate only chooses a point in it. */
static bool adopt(struct timescale *ts, double m, const struct interval *agreed,
                  struct track_estimate estimate, struct outbox *outbox) {
    double limit = ts->config->max_drift;
    estimate.y = fmax(fmin(estimate.y, agreed->upper), agreed->lower);
    estimate.frequency = frequency_within(ts, fmax(fmin(estimate.frequency, limit), -limit));
    if (ts->running && change_refused(ts, estimate.y - servo_y(&ts->servo, m), outbox))
        return false;
    move_line(ts, m, &estimate, outbox);
    drift_observe(&ts->drift, m, agreed);
    ts->growth = drift_growth(&ts->drift, estimate.frequency, ts->config->max_clock_error);
    ts->agreed = *agreed;
    ts->agreed_m = ts->update_m = m;
    ts->sigma_y = estimate.sigma_y;
    ts->updates++;
    return true;
}

static void take_reference(struct timescale *ts) {
    const struct jury_source *s = &ts->jury.sources[ts->reference];
    if (ts->reference == jury_local(&ts->jury)) {
        ts->stratum = ts->config->local.stratum;
        ts->reference_id = ts->stratum == 1 ? REFERENCE_LOCAL_PRIMARY : REFERENCE_LOCAL;
        ts->root_delay_s = 0;
        return;
    }
    ts->stratum = (uint8_t)(s->last.stratum + 1);
    ts->reference_id = s->last.source_reference_id;
    ts->root_delay_s = s->last.root_delay_s + filter_newest(&s->filter)->delay_s;
}

/* Without a valid list most of the known sources are believed (RFC 5905 7.3), also if they take
 * their word back. */
static void hear_leap(struct timescale *ts, struct utc now, struct outbox *outbox) {
    enum leap_indicator leap;
    if (!jury_leap(&ts->jury, &leap)) return;
    if (leap_announce(&ts->leaps, now, leap))
        job_log(outbox, LOG_LEVEL_WARNING, "the leap second that most sources announce is taken");
    if (leap == LEAP_NONE && leap_revoke(&ts->leaps, now))
        job_log(outbox, LOG_LEVEL_WARNING, "most sources took the leap second back: so do we");
}

static struct jury_carry carry_of(const struct timescale *ts) {
    return (struct jury_carry){frequency_now(ts), ts->growth};
}

static bool update_by_sources(struct timescale *ts, double m, struct outbox *outbox) {
    struct interval agreed;
    struct jury_carry carry = carry_of(ts);
    ts->last_agreed = jury_vote(&ts->jury, m, &carry, &agreed);
    if (!ts->last_agreed) return false;
    bool fits = reconcile(ts, m, &agreed, outbox);
    bool insists = !fits && jury_insists(&ts->jury, &agreed, ts->conflict_m);
    ts->last_agreed = jury_convict(&ts->jury, &agreed);
    if (!ts->last_agreed || (!fits && !give_in(ts, insists, outbox))) return false;
    struct track_prior prior = prior_of(ts);
    struct track_estimate estimate = jury_combine(&ts->jury, m, &prior, &ts->reference);
    if (!adopt(ts, m, &agreed, estimate, outbox)) return false;
    return ts->by_sources = true;
}

/* The local reference speaks where the sources do not agree and the bound has grown too wide. A
 * host clock that we steer after our sources is our own line again and proves nothing. */
static bool update_by_local(struct timescale *ts, double m, struct outbox *outbox) {
    uint16_t local = jury_local(&ts->jury);
    struct jury_source *s = &ts->jury.sources[local];
    if (ts->last_agreed || !ts->config->local.enabled || filter_count(&s->filter) == 0)
        return false;
    if (ts->steers && ts->by_sources) return false;
    if (ts->running && ts->reference != local && radius_at(ts, m) < ts->config->local.distance_s)
        return false;
    struct interval agreed = s->interval;
    bool fits = reconcile(ts, m, &agreed, outbox);
    bool insists = filter_count_since(&s->filter, ts->conflict_m) >= LOCAL_INSISTING_SAMPLES;
    if (!fits && !give_in(ts, insists, outbox)) return false;
    if (!adopt(ts, m, &agreed, track_at(&s->filter.track, m), outbox)) return false;
    ts->reference = local;
    s->verdict = VERDICT_REFERENCE;
    s->weight = 1;
    return ts->last_agreed = true;
}

/* The epoch was taken from whoever answered first, perhaps far off: the first line moves it to
 * where time is, so that |y| is small and doubles keep their resolution. */
static void rebase(struct timescale *ts) {
    double y = ts->servo.y;
    if (fabs(y) < rebase_s) return;
    int64_t moved_ns = ns_from_s(y);
    double dy = -s_from_ns(moved_ns);
    ts->epoch.tai = tai_add(ts->epoch.tai, moved_ns);
    jury_shift(&ts->jury, dy);
    servo_shift(&ts->servo, dy);
    drift_shift(&ts->drift, dy);
    ts->agreed = (struct interval){ts->agreed.lower + dy, ts->agreed.upper + dy};
}

static void update(struct timescale *ts, struct mono now, struct outbox *outbox) {
    ts->missed = ts->held;
    if (ts->held) return;
    double waited_s = mono_seconds(now, ts->started_at);
    if (!ts->has_epoch || (!ts->started && !jury_may_start(&ts->jury, waited_s))) return;
    ts->started = true;
    bool is_first = !ts->running;
    double m = epoch_m(&ts->epoch, now);
    if (!update_by_sources(ts, m, outbox) && !update_by_local(ts, m, outbox)) return;
    if (is_first) rebase(ts);
    take_reference(ts);
    struct tai tai = epoch_tai(&ts->epoch, now, servo_y(&ts->servo, m));
    hear_leap(ts, leap_utc_from_tai(&ts->leaps, tai), outbox);
}

static bool near_leap(const struct timescale *ts, struct tai tai) {
    struct tai at;
    int32_t after;
    int64_t guard = ns_from_s(leap_guard_s);
    return leap_next(&ts->leaps, tai_add(tai, -guard), &at, &after) && tai_diff(at, tai) < guard;
}

/* What no oscillator of this kind does is told. Where the sources are too few to be outvoted they
 * may as well be the ones that are wrong: that is an alarm. */
static void tell_oddities(struct timescale *ts, uint16_t source, double before,
                          struct outbox *outbox) {
    const struct jury_source *s = &ts->jury.sources[source];
    const struct config_source *config = &ts->config->sources[source];
    bool few = ts->jury.known < FEWEST_TO_OUTVOTE;
    enum log_level level = few ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING;
    const char *alarm = few ? "alarm: " : "";
    if (s->filter.restarted) {
        double now = track_at(&s->filter.track, filter_newest(&s->filter)->m).y;
        job_log(outbox, level, "%s%s: its time jumped by %+.6f s against the local oscillator",
                alarm, config->name, now - before);
        ts->alarms += few;
    }
    if (ts->jury.track.jumps == ts->jumps) return;
    ts->jumps = ts->jury.track.jumps;
    job_log(outbox, level, "%sthe sources say that the oscillator's frequency jumped, to %+.3f ppm",
            alarm, ts->jury.track.newest.frequency * 1e6);
    ts->alarms += few;
}

void timescale_exchange(struct timescale *ts, const struct exchange *x, struct mono now,
                        struct outbox *outbox) {
    if (x->source >= ts->config->source_count) return;
    struct tai sent = leap_tai_from_utc(&ts->leaps, x->t3);
    if (near_leap(ts, sent)) return;
    if (!ts->has_epoch) {
        ts->epoch = (struct epoch){x->t4, sent};
        ts->has_epoch = true;
    }
    struct track_sample sample = filter_sample_of(x, &ts->epoch, &ts->leaps);
    struct track_prior prior = prior_of(ts);
    struct jury_source *s = &ts->jury.sources[x->source];
    double before = filter_count(&s->filter) ? track_at(&s->filter.track, sample.m).y : 0;
    if (!jury_hear(&ts->jury, x->source, &sample, &prior)) return;
    s->last = *x;
    tell_oddities(ts, x->source, before, outbox);
    jury_advise_poll(&ts->jury, x->source, outbox);
    update(ts, now, outbox);
}

void timescale_local(struct timescale *ts, struct mono counter, struct utc utc, double error_s,
                     struct outbox *outbox) {
    const struct config_local *local = &ts->config->local;
    struct tai tai = leap_tai_from_utc(&ts->leaps, utc_add(utc, ns_from_s(local->offset_s)));
    if (near_leap(ts, tai)) return;
    if (!ts->has_epoch) {
        ts->epoch = (struct epoch){counter, tai};
        ts->has_epoch = true;
    }
    struct track_sample sample = {
        .m = epoch_m(&ts->epoch, counter),
        .y = epoch_y(&ts->epoch, counter, tai),
        .delay_s = 2 * error_s,
        .half_s = local->bound_s + error_s,
        .noise_s = error_s + 1e-9,
        .source = jury_local(&ts->jury),
    };
    uint16_t source = sample.source;
    struct track_prior prior = prior_of(ts);
    if (!jury_hear(&ts->jury, source, &sample, &prior)) return;
    ts->jury.sources[source].last.t4 = counter;
    if (!ts->last_agreed || ts->reference == source) update(ts, counter, outbox);
}

/* The machine slept and the counter with it: line and samples are worth nothing, and whoever asks
 * is told so until the sources have been heard again. */
void timescale_sleep(struct timescale *ts, struct mono now, int64_t suspended_ns,
                     struct outbox *outbox) {
    bool slept = ts->running && clock_state_slept_between(ts->suspended_ns, suspended_ns);
    double slept_s = s_from_ns(suspended_ns - ts->suspended_ns);
    ts->suspended_ns = suspended_ns;
    if (!slept) return;
    job_log(outbox, LOG_LEVEL_ERROR, "alarm: the machine slept for %.3f s: time starts anew",
            slept_s);
    jury_forget_all(&ts->jury, epoch_m(&ts->epoch, now));
    ts->alarms++;
    ts->running = ts->started = ts->has_epoch = ts->last_agreed = ts->conflict = false;
    ts->started_at = now;
    ts->slept = true;
    drift_init(&ts->drift, ts->servo.frequency, ts->config->max_drift);
    jury_post_polls(&ts->jury, outbox);
}

void timescale_advance(struct timescale *ts, struct mono now, struct outbox *outbox) {
    if (!ts->started || (ts->missed && !ts->held)) update(ts, now, outbox);
    if (!ts->running) return;
    double m = epoch_m(&ts->epoch, now);
    if (jury_expire(&ts->jury, m)) update(ts, now, outbox);
    servo_advance(&ts->servo, m, ts->config->max_slew_rate, slew_constant_s);
}

void timescale_resume(struct timescale *ts, struct mono now, struct tai tai) {
    if (!ts->running) return;
    servo_resume(&ts->servo, epoch_m(&ts->epoch, now), epoch_y(&ts->epoch, now, tai));
    servo_advance(&ts->servo, epoch_m(&ts->epoch, now), ts->config->max_slew_rate, slew_constant_s);
}

static void fill_leap(const struct timescale *ts, struct clock_state *out) {
    /* A leap that has just passed stays in the page until the repeated second is over. */
    struct tai since = tai_add(out->line.tai0, -ns_from_s(leap_guard_s));
    struct utc then = leap_utc_from_tai(&ts->leaps, since);
    out->tai_utc_s = (int32_t)((since.ns - then.ns) / NS_PER_S);
    out->tai_utc_after_s = out->tai_utc_s;
    out->next_leap = out->line.tai0;
    leap_next(&ts->leaps, since, &out->next_leap, &out->tai_utc_after_s);
    out->leaps_until_utc_s = ts->leaps.expires_utc_s;
}

bool timescale_state(const struct timescale *ts, struct clock_state *out) {
    if (!ts->running && !(ts->slept && !ts->has_epoch)) return false;
    double m = ts->servo.m, bound = ts->config->max_bound_s;
    struct clock_state state;
    memset(&state, 0, sizeof state);
    state.line.m0 = epoch_mono(&ts->epoch, m);
    state.line.tai0 = epoch_tai(&ts->epoch, state.line.m0, ts->servo.y);
    state.line.rate = ts->servo.frequency;
    state.line.slew = ts->servo.slew;
    state.line.slew_s = ts->servo.slew_s;
    state.line.radius_s = radius_at(ts, m);
    state.line.radius_rate = ts->growth;
    double left_s = fmax((bound - state.line.radius_s) / state.line.radius_rate, 0);
    state.void_after = mono_add(state.line.m0, ns_from_s(fmin(left_s, void_max_s)));
    state.synchronised = ts->running && !ts->latched && ts->stratum <= LIMIT_STRATUM;
    state.stratum = state.synchronised ? ts->stratum : LIMIT_STRATUM + 1;
    state.reference_id = ts->reference_id;
    state.reference_time = epoch_tai(&ts->epoch, epoch_mono(&ts->epoch, ts->update_m),
                                     servo_y(&ts->servo, ts->update_m));
    /* The interval may rest on better exchanges than the newest one. */
    state.root_delay_s = fmin(ts->root_delay_s, 2 * state.line.radius_s);
    state.latched = ts->latched;
    state.updates = ts->updates;
    state.heard = jury_heard(&ts->jury, m);
    state.suspended_ns = ts->suspended_ns;
    state.bound_max_s = bound;
    fill_leap(ts, &state);
    *out = state;
    return true;
}

enum tracking_mode timescale_mode(const struct timescale *ts, struct mono now) {
    if (!ts->running) return TRACKING_STARTING;
    double m = epoch_m(&ts->epoch, now);
    if (ts->latched || ts->stratum > LIMIT_STRATUM || radius_at(ts, m) > ts->config->max_bound_s)
        return TRACKING_WITHDRAWN;
    bool fresh = ts->reference < ts->jury.count && !jury_is_stale(&ts->jury, ts->reference, m);
    return fresh && ts->last_agreed && !ts->conflict ? TRACKING_LOCKED : TRACKING_HOLDOVER;
}

double timescale_frequency_error(const struct timescale *ts) {
    return drift_growth(&ts->drift, frequency_now(ts), 0);
}

void timescale_verdict(const struct timescale *ts, uint16_t source, struct message_verdict *out) {
    const struct track_sample *newest = filter_newest(&ts->jury.sources[source].filter);
    struct jury_carry carry = carry_of(ts);
    double m = newest ? newest->m : 0, y = newest ? newest->y : 0;
    if (ts->running) {
        m = ts->servo.m;
        y = ts->servo.y;
    }
    jury_report(&ts->jury, source, m, y, &carry, out);
}
