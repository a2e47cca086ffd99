/* The timescale: judgement of sources and adoption of what they agree on. */
#include "jobs/timescale.h"

#include <math.h>
#include <string.h>

#include "base/logarithm.h"
#include "clock/select.h"

static const double start_grace_s = 8, start_patience_s = 64; /* see may_start */
static const double slew_constant_s = 4;
static const double leap_guard_s = 2;
static const double known_s = 86400;   /* how long a silent source counts as a possible witness */
static const double bias_share = 0.02; /* of the root distance: doubt about the path's asymmetry */
static const double void_max_s = 3600;
static const double ln_2 = 0.6931471805599453;
enum { SETTLED_SAMPLES = 3, STALE_POLLS = 10, CONFLICTS_PER_VOTER = 4 };

#define REFERENCE_LOCAL         UINT32_C(0x7f7f0101) /* 127.127.1.1: undisciplined local clock */
#define REFERENCE_LOCAL_PRIMARY UINT32_C(0x4c4f434c) /* "LOCL" (RFC 5905 figure 12) */

static void source_clear(struct timescale *ts, uint16_t source) {
    struct timescale_source *s = &ts->sources[source];
    *s = (struct timescale_source){.verdict = VERDICT_NO_DATA};
    filter_clear(&s->filter);
    if (source < ts->config->source_count)
        s->poll_log2s = ts->config->sources[source].minpoll_log2s;
}

static void post_poll(const struct timescale *ts, uint16_t source, struct outbox *outbox) {
    struct message message = {.kind = MESSAGE_POLL,
                              .poll = {source, ts->sources[source].poll_log2s}};
    job_post(outbox, JOB_SOURCE, &message);
}

/* The line of a former keeper is gone on with; what it knew of the frequency is in its radius. */
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
}

void timescale_init(struct timescale *ts, struct timescale_source *sources,
                    const struct config *config, const struct leap_table *leaps,
                    const struct message_drift *drift, const struct clock_state *continued) {
    memset(ts, 0, sizeof *ts);
    ts->config = config;
    ts->sources = sources;
    ts->leaps = *leaps;
    ts->reference = UINT16_MAX;
    ts->source_count = (uint16_t)(config->source_count + 1);
    for (uint16_t i = 0; i < ts->source_count; i++) source_clear(ts, i);
    double frequency = drift ? drift->frequency : 0;
    drift_init(&ts->drift, frequency, drift ? drift->frequency_error : config->max_drift);
    ts->growth = drift_growth(&ts->drift, frequency, config->max_clock_error);
    if (continued && continued->synchronised) continue_line(ts, continued);
}

void timescale_begin(struct timescale *ts, struct mono now, struct outbox *outbox) {
    ts->started_at = now;
    if (!ts->continued) return;
    for (uint16_t i = 0; i < ts->config->source_count; i++) post_poll(ts, i, outbox);
}

void timescale_forget(struct timescale *ts, uint16_t source) {
    if (source < ts->config->source_count) source_clear(ts, source);
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

static bool is_local(const struct timescale *ts, uint16_t source) {
    return source + 1 == ts->source_count;
}

static bool is_stale(const struct timescale *ts, uint16_t source, double m) {
    const struct timescale_source *s = &ts->sources[source];
    const struct filter_sample *newest = filter_newest(&s->filter);
    if (!newest) return true;
    double period = ldexp(1, s->poll_log2s);
    if (s->filter.count > 1) {
        uint32_t before = (s->filter.start + s->filter.count - 2) % LIMIT_SAMPLES;
        period = fmax(period, newest->m - s->filter.ring[before].m);
    }
    return m - newest->m > STALE_POLLS * period;
}

/* Everything that can be said of one source without the others. VERDICT_UNAGREED: may vote. */
static enum verdict judge_alone(struct timescale *ts, uint16_t source, double m) {
    struct timescale_source *s = &ts->sources[source];
    s->weight = 0;
    if (is_stale(ts, source, m)) return VERDICT_NO_DATA;
    s->interval = filter_interval(&s->filter, m, frequency_now(ts), ts->growth);
    if (is_local(ts, source)) return VERDICT_NOSELECT;
    if (ts->config->sources[source].noselect) return VERDICT_NOSELECT;
    double half = (s->interval.upper - s->interval.lower) / 2;
    return half > ts->config->max_distance_s ? VERDICT_DISTANT : VERDICT_UNAGREED;
}

/* Heard of within a day: silent by now or too distant, it may still be one of the honest ones. A
 * keeper that continues a line does not know who was heard and counts everyone. */
static bool is_known(const struct timescale *ts, uint16_t source, double m) {
    const struct filter_sample *newest = filter_newest(&ts->sources[source].filter);
    if (ts->config->sources[source].noselect) return false;
    return newest ? m - newest->m < known_s : ts->continued && m < known_s;
}

/* Sources marked trust vote alone where any is known. *insists: more than half of the known ones
 * agree, not only as many as prove that the truth is among them. */
static bool vote(struct timescale *ts, double m, struct interval *agreed, bool *insists) {
    struct interval intervals[LIMIT_SOURCES];
    uint32_t voters = 0, known = 0, trusted = 0;
    for (uint16_t i = 0; i < ts->config->source_count; i++)
        trusted += is_known(ts, i, m) && ts->config->sources[i].trust;
    ts->voters = 0;
    for (uint16_t i = 0; i < ts->config->source_count; i++) {
        bool is_voter = ts->sources[i].verdict == VERDICT_UNAGREED;
        ts->voters += is_voter;
        if (trusted && !ts->config->sources[i].trust) continue;
        known += is_known(ts, i, m);
        if (is_voter) intervals[voters++] = ts->sources[i].interval;
    }
    uint32_t needed = select_needed(voters, known);
    *insists = 2 * needed > known;
    return needed > 0 && select_agreed(intervals, voters, needed, agreed);
}

/* Truechimers become survivors for now; false if minsources or require is not met. */
static bool judge_together(struct timescale *ts, const struct interval *agreed) {
    bool required = false, has_required = false;
    ts->agreeing = 0;
    for (uint16_t i = 0; i < ts->config->source_count; i++) {
        struct timescale_source *s = &ts->sources[i];
        required |= ts->config->sources[i].require;
        if (s->verdict != VERDICT_UNAGREED) continue;
        bool agrees = select_overlaps(&s->interval, agreed);
        s->verdict = agrees ? VERDICT_SURVIVOR : VERDICT_FALSETICKER;
        if (!agrees) continue;
        ts->agreeing++;
        has_required |= ts->config->sources[i].require;
    }
    if (ts->agreeing >= ts->config->min_sources && (!required || has_required)) return true;
    for (uint16_t i = 0; i < ts->config->source_count; i++)
        if (ts->sources[i].verdict == VERDICT_SURVIVOR) ts->sources[i].verdict = VERDICT_UNAGREED;
    return false;
}

static bool prefers(const struct timescale *ts) {
    for (uint16_t i = 0; i < ts->config->source_count; i++)
        if (ts->sources[i].verdict == VERDICT_SURVIVOR && ts->config->sources[i].prefer)
            return true;
    return false;
}

/* Combines the survivors and sets their final verdicts and weights. */
static struct filter_estimate combine(struct timescale *ts, double m) {
    struct ensemble_member members[LIMIT_SOURCES];
    uint16_t index[LIMIT_SOURCES];
    uint32_t count = 0;
    bool only_preferred = prefers(ts);
    for (uint16_t i = 0; i < ts->config->source_count; i++) {
        struct timescale_source *s = &ts->sources[i];
        if (s->verdict != VERDICT_SURVIVOR) continue;
        s->verdict = VERDICT_OUTLIER;
        if (only_preferred && !ts->config->sources[i].prefer) continue;
        double half = (s->interval.upper - s->interval.lower) / 2;
        members[count] = (struct ensemble_member){filter_at(&s->filter, m), bias_share * half, 0};
        index[count++] = i;
    }
    struct filter_estimate estimate = ensemble_combine(members, count);
    double least = INFINITY;
    for (uint32_t i = 0; i < count; i++) {
        struct timescale_source *s = &ts->sources[index[i]];
        double half = (s->interval.upper - s->interval.lower) / 2;
        s->weight = members[i].weight;
        if (s->weight <= 0) continue;
        s->verdict = VERDICT_SURVIVOR;
        if (half < least) {
            least = half;
            ts->reference = index[i];
        }
    }
    ts->sources[ts->reference].verdict = VERDICT_REFERENCE;
    return estimate;
}

/* The first line must not be drawn from whoever answers first: it waits until every source has
 * settled, or some seconds for more than half of them, or a minute for anything at all. */
static bool may_start(const struct timescale *ts, struct mono now) {
    uint32_t expected = 0, heard = 0, settled = 0;
    double waited = mono_seconds(now, ts->started_at);
    for (uint16_t i = 0; i < ts->config->source_count; i++) {
        if (ts->config->sources[i].noselect) continue;
        expected++;
        heard += ts->sources[i].filter.count > 0;
        settled += ts->sources[i].filter.count >= SETTLED_SAMPLES;
    }
    return settled == expected || (waited >= start_grace_s && 2 * heard > expected) ||
           waited >= start_patience_s;
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
 * Only a majority of all known sources that insists is believed in the end. */
static bool reconcile(struct timescale *ts, double m, bool insists, struct interval *agreed,
                      struct outbox *outbox) {
    if (!ts->running) return true;
    struct interval known = carried(ts, m);
    if (select_overlaps(&known, agreed)) {
        ts->conflicts = 0;
        *agreed = select_common(&known, agreed);
        return true;
    }
    if (ts->conflicts++ == 0) {
        ts->alarms++;
        job_log(outbox, LOG_LEVEL_ERROR,
                "alarm: the sources' majority is %+.6f s off what the oscillator allows; holding",
                (agreed->lower + agreed->upper - known.lower - known.upper) / 2);
    }
    uint32_t voters = ts->voters ? ts->voters : 1;
    if (!insists || ts->conflicts < CONFLICTS_PER_VOTER * voters) return false;
    job_log(outbox, LOG_LEVEL_ERROR, "alarm: the majority insists, its time is taken");
    drift_init(&ts->drift, frequency_now(ts), ts->config->max_drift);
    ts->conflicts = 0;
    return true;
}

static void move_line(struct timescale *ts, double m, const struct filter_estimate *estimate,
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

/* agreed: what voters and oscillator allow together; the estimate only chooses a point in it. */
static bool adopt(struct timescale *ts, double m, const struct interval *agreed,
                  struct filter_estimate estimate, struct outbox *outbox) {
    double limit = ts->config->max_drift;
    estimate.y = fmax(fmin(estimate.y, agreed->upper), agreed->lower);
    estimate.frequency = fmax(fmin(estimate.frequency, limit), -limit);
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
    const struct timescale_source *s = &ts->sources[ts->reference];
    if (is_local(ts, ts->reference)) {
        ts->stratum = ts->config->local.stratum;
        ts->reference_id = ts->stratum == 1 ? REFERENCE_LOCAL_PRIMARY : REFERENCE_LOCAL;
        ts->root_delay_s = 0;
        return;
    }
    ts->stratum = (uint8_t)(s->last.stratum + 1);
    ts->reference_id = s->last.source_reference_id;
    ts->root_delay_s = s->last.root_delay_s + filter_newest(&s->filter)->delay_s;
}

/* Without a valid list the leap indicator of most truechimers is believed (RFC 5905 7.3). */
static void hear_leap(struct timescale *ts, struct utc now, struct outbox *outbox) {
    uint32_t votes[4] = {0};
    for (uint16_t i = 0; i < ts->config->source_count; i++)
        if (ts->sources[i].verdict >= VERDICT_OUTLIER) votes[ts->sources[i].last.leap & 3]++;
    for (int indicator = LEAP_INSERT; indicator <= LEAP_DELETE; indicator++) {
        if (2 * votes[indicator] <= ts->agreeing) continue;
        if (leap_announce(&ts->leaps, now, (enum leap_indicator)indicator))
            job_log(outbox, LOG_LEVEL_WARNING, "leap second announced by %u of %u sources is taken",
                    (unsigned)votes[indicator], (unsigned)ts->agreeing);
    }
}

static bool update_by_sources(struct timescale *ts, double m, struct outbox *outbox) {
    struct interval agreed;
    bool insists;
    ts->agreeing = 0;
    ts->last_agreed = vote(ts, m, &agreed, &insists);
    if (!ts->last_agreed) return false;
    bool fits = reconcile(ts, m, insists, &agreed, outbox);
    ts->last_agreed = judge_together(ts, &agreed);
    if (!fits || !ts->last_agreed) return false;
    return adopt(ts, m, &agreed, combine(ts, m), outbox);
}

/* The local reference speaks where the sources do not agree and the bound has grown too wide. */
static bool update_by_local(struct timescale *ts, double m, struct outbox *outbox) {
    uint16_t local = (uint16_t)(ts->source_count - 1);
    struct timescale_source *s = &ts->sources[local];
    if (ts->last_agreed || !ts->config->local.enabled || s->filter.count == 0) return false;
    if (ts->running && ts->reference != local && radius_at(ts, m) < ts->config->local.distance_s)
        return false;
    struct interval agreed = s->interval;
    if (!reconcile(ts, m, true, &agreed, outbox)) return false;
    if (!adopt(ts, m, &agreed, filter_at(&s->filter, m), outbox)) return false;
    ts->reference = local;
    s->verdict = VERDICT_REFERENCE;
    s->weight = 1;
    return ts->last_agreed = true;
}

static void update(struct timescale *ts, struct mono now, struct outbox *outbox) {
    if (!ts->has_epoch || (!ts->started && !may_start(ts, now))) return;
    ts->started = true;
    double m = epoch_m(&ts->epoch, now);
    for (uint16_t i = 0; i < ts->source_count; i++)
        ts->sources[i].verdict = (uint8_t)judge_alone(ts, i, m);
    if (!update_by_sources(ts, m, outbox) && !update_by_local(ts, m, outbox)) return;
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

/* Poll where the oscillator's wander begins to weigh as much as the noise of one sample: beyond
 * that a longer interval loses, below it packets are wasted. That is (sigma / wander)^(2/3). */
static void advise_poll(struct timescale *ts, uint16_t source, struct outbox *outbox) {
    struct timescale_source *s = &ts->sources[source];
    const struct config_source *config = &ts->config->sources[source];
    double ratio = fmax(s->filter.sample_sigma_s / s->filter.wander, 1);
    int wanted = (int)(logarithm_natural(ratio) * (2.0 / 3.0) / ln_2) - 1;
    if (s->filter.count < 2 * SETTLED_SAMPLES || s->filter.surprises)
        wanted = config->minpoll_log2s;
    int poll = s->poll_log2s;
    if (wanted > poll && ++s->calm >= 4) poll++;
    if (wanted < poll) poll--;
    if (poll < config->minpoll_log2s) poll = config->minpoll_log2s;
    if (poll > config->maxpoll_log2s) poll = config->maxpoll_log2s;
    if (poll == s->poll_log2s) return;
    s->poll_log2s = (int8_t)poll;
    s->calm = 0;
    post_poll(ts, source, outbox);
}

static struct filter_prior prior_of(const struct timescale *ts) {
    double half = (ts->drift.mean.upper - ts->drift.mean.lower) / 2;
    return (struct filter_prior){frequency_now(ts), fmax(half / 2, 1e-8)};
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
    struct timescale_source *s = &ts->sources[x->source];
    struct filter_sample sample = filter_sample_of(x, &ts->epoch, &ts->leaps);
    struct filter_prior prior = prior_of(ts);
    if (!filter_add(&s->filter, &sample, &prior)) return;
    s->last = *x;
    advise_poll(ts, x->source, outbox);
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
    struct filter_sample sample = {
        .m = epoch_m(&ts->epoch, counter),
        .y = epoch_y(&ts->epoch, counter, tai),
        .delay_s = 2 * error_s,
        .half_s = local->bound_s + error_s,
        .noise_s = error_s + 1e-9,
    };
    struct timescale_source *s = &ts->sources[ts->source_count - 1];
    struct filter_prior prior = prior_of(ts);
    if (!filter_add(&s->filter, &sample, &prior)) return;
    s->last.t4 = counter;
    if (!ts->last_agreed || ts->reference + 1 == ts->source_count) update(ts, counter, outbox);
}

/* Sources that fell silent have no say any more; where none is left the local reference may speak.
 */
static void expire(struct timescale *ts, struct mono now, struct outbox *outbox) {
    uint32_t expired = 0, left = 0;
    double m = epoch_m(&ts->epoch, now);
    for (uint16_t i = 0; i < ts->config->source_count; i++) {
        struct timescale_source *s = &ts->sources[i];
        if (s->verdict == VERDICT_NO_DATA) continue;
        bool stale = is_stale(ts, i, m);
        expired += stale;
        left += !stale;
        if (!stale) continue;
        s->verdict = VERDICT_NO_DATA;
        s->weight = 0;
    }
    if (expired && !left) update(ts, now, outbox);
}

void timescale_advance(struct timescale *ts, struct mono now, struct outbox *outbox) {
    if (!ts->started) update(ts, now, outbox);
    if (!ts->running) return;
    expire(ts, now, outbox);
    double m = epoch_m(&ts->epoch, now);
    servo_advance(&ts->servo, m, ts->config->max_slew_rate, slew_constant_s);
}

static void fill_leap(const struct timescale *ts, struct clock_state *out) {
    /* A leap that has just passed stays in the page until the repeated second is over. */
    struct tai since = tai_add(out->line.tai0, -ns_from_s(leap_guard_s));
    struct utc then = leap_utc_from_tai(&ts->leaps, since);
    out->tai_utc_s = (int32_t)((since.ns - then.ns) / NS_PER_S);
    out->tai_utc_after_s = out->tai_utc_s;
    out->next_leap = out->line.tai0;
    leap_next(&ts->leaps, since, &out->next_leap, &out->tai_utc_after_s);
}

bool timescale_state(const struct timescale *ts, struct clock_state *out) {
    if (!ts->running) return false;
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
    state.synchronised = !ts->latched && ts->stratum <= LIMIT_STRATUM;
    state.stratum = state.synchronised ? ts->stratum : LIMIT_STRATUM + 1;
    state.reference_id = ts->reference_id;
    state.reference_time = epoch_tai(&ts->epoch, epoch_mono(&ts->epoch, ts->update_m),
                                     servo_y(&ts->servo, ts->update_m));
    state.root_delay_s = ts->root_delay_s;
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
    bool fresh = ts->reference < ts->source_count && !is_stale(ts, ts->reference, m);
    return fresh && ts->last_agreed && !ts->conflicts ? TRACKING_LOCKED : TRACKING_HOLDOVER;
}

double timescale_frequency_error(const struct timescale *ts) {
    return drift_growth(&ts->drift, frequency_now(ts), 0);
}

void timescale_verdict(const struct timescale *ts, uint16_t source, struct message_verdict *out) {
    const struct timescale_source *s = &ts->sources[source];
    *out = (struct message_verdict){.source = source, .verdict = s->verdict};
    out->stratum = s->last.stratum;
    out->leap = s->last.leap;
    out->reference_id = s->last.reference_id;
    out->samples = (uint16_t)s->filter.count;
    out->root_delay_s = s->last.root_delay_s;
    out->root_dispersion_s = s->last.root_dispersion_s;
    out->weight = s->weight;
    out->last = s->last.t4;
    if (s->filter.count == 0) return;
    const struct filter_sample *newest = filter_newest(&s->filter);
    double m = ts->running ? ts->servo.m : newest->m, y = ts->running ? ts->servo.y : newest->y;
    struct filter_estimate estimate = filter_at(&s->filter, m);
    struct interval interval = filter_interval(&s->filter, m, frequency_now(ts), ts->growth);
    out->offset_s = estimate.y - y;
    out->lower_s = interval.lower - y;
    out->upper_s = interval.upper - y;
    out->jitter_s = s->filter.sample_sigma_s;
    out->delay_s = newest->delay_s;
    out->frequency = estimate.frequency - frequency_now(ts);
}
