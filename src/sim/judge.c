/* See the header for the promises. Invariant: the judge only reads; a run with and without it does
 * the same. Sources: RFC 5905 section 7.3 (LI, stratum), POSIX.1-2017 4.16 (the repeated second).
 */
#include "sim/judge.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "clock/leap.h"
#include "jobs/roughtime.h"

static const double rounding_s = 2e-9;     /* of lines and timestamps to whole ns */
static const double jump_s = 1e-6;         /* a line that is bent, not moved, stays within */
static const double notice_s = 1.0;        /* a step of CLOCK_REALTIME must be seen by then ... */
static const double notice_slack_s = 0.05; /* ... on a host whose counter is not exact */
static const double distance_step_s = 0x1p-15; /* two roundings to 16.16 seconds */
static const int64_t leap_edge_ns = 2 * NS_PER_S;
static const int64_t day_ns = 86400 * NS_PER_S;

void judge_note(struct judge *judge, struct tai now, enum judge_event_kind kind, uint32_t index,
                const char *text) {
    if (judge->event_count >= JUDGE_EVENTS_MAX) return;
    struct judge_event *event = &judge->events[judge->event_count++];
    *event = (struct judge_event){s_from_ns(tai_diff(now, judge->start)), kind, index, ""};
    snprintf(event->text, sizeof event->text, "%s", text);
}

void judge_break_promise(struct judge *judge, struct tai now, const char *why) {
    if (!judge->majority_true) return;
    judge->majority_true = false;
    judge_note(judge, now, JUDGE_EVENT_BROKEN, 0, why);
}

void judge_find(struct judge *judge, struct tai now, const char *format, ...) {
    if (judge->findings == 0) judge_note(judge, now, JUDGE_EVENT_FINDING, 0, "finding");
    if (judge->findings++ >= JUDGE_FINDINGS_MAX) return;
    char *text = judge->texts[judge->findings - 1];
    double at_s = s_from_ns(tai_diff(now, judge->start));
    int at = judge->node > 0
                 ? snprintf(text, JUDGE_TEXT_BYTES, "%.3f s: node %u: ", at_s, judge->node)
                 : snprintf(text, JUDGE_TEXT_BYTES, "%.3f s: ", at_s);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + at, JUDGE_TEXT_BYTES - (size_t)at, format, arguments);
    va_end(arguments);
}

void judge_init(struct judge *judge, const struct scenario *scenario, const struct config *config,
                const struct leap_table *truth, struct tai start) {
    *judge = (struct judge){.scenario = scenario,
                            .config = config,
                            .truth = truth,
                            .start = start,
                            .majority_true = true};
}

double judge_rms(const struct judge_error *error) {
    return error->count ? sqrt(error->sum_squares / (double)error->count) : 0;
}

/* A page from before the machine slept is passed over by all readers (os/clocks). */
static bool serves(const struct judge *judge, const struct clock_state *state,
                   struct mono counter) {
    return clock_state_serves(state, counter) && !clock_state_slept(state, judge->suspended_ns);
}

static bool is_settled(const struct judge *judge, struct tai now) {
    const struct expectation *expect = &judge->scenario->expect;
    double since_s = s_from_ns(tai_diff(now, judge->start));
    return since_s >= expect->settle_s && (expect->until_s == 0 || since_s < expect->until_s);
}

/* Line minus truth; finds where the truth is outside. */
static double check_inside(struct judge *judge, struct mono counter, struct tai now,
                           const char *when) {
    const struct line *line = &judge->state.line;
    double error_s = s_from_ns(tai_diff(line_tai(line, counter), now));
    double radius_s = line_radius(line, counter);
    if (judge->majority_true && !(fabs(error_s) <= radius_s + rounding_s))
        judge_find(judge, now, "the truth is outside the bound %s: error %.9f s, radius %.9f s",
                   when, error_s, radius_s);
    return error_s;
}

/* A line that is served from may be moved only as makestep says. */
static void check_jump(struct judge *judge, const struct clock_state *next, struct mono counter,
                       struct tai now) {
    if (!serves(judge, &judge->state, counter) || !serves(judge, next, counter)) return;
    int64_t moved_ns =
        tai_diff(line_tai(&next->line, counter), line_tai(&judge->state.line, counter));
    double moved_s = fabs(s_from_ns(moved_ns));
    if (moved_s <= jump_s) return;
    judge->jumps++;
    const struct config *config = judge->config;
    bool allowed = config->makestep_threshold_s > 0 && moved_s > config->makestep_threshold_s &&
                   (config->makestep_limit < 0 || judge->jumps <= (uint64_t)config->makestep_limit);
    if (!allowed) judge_find(judge, now, "the line jumped by %.9f s", s_from_ns(moved_ns));
}

/* What is known gets worse with time, and better only by evidence. The page covers what is known by
 * an interval around the line, and while that is bent towards the middle the interval is wider than
 * it need be, by as much as the line was bent since it was published. */
static void check_shrinks(struct judge *judge, const struct clock_state *next, struct mono counter,
                          struct tai now) {
    if (!serves(judge, &judge->state, counter) || !serves(judge, next, counter)) return;
    if (judge->config->local.enabled) return; /* the host's clock is heard all the time */
    double before_s = line_radius(&judge->state.line, counter);
    double after_s = line_radius(&next->line, counter);
    const struct line *line = &judge->state.line;
    double bent_s = fabs(line->slew) * fmin(mono_seconds(counter, line->m0), line->slew_s);
    if (after_s >= before_s - bent_s - rounding_s) return;
    if (judge->heard == judge->heard_at_shrink)
        judge_find(judge, now, "the bound shrank from %.9f s to %.9f s, and nothing was heard",
                   before_s, after_s);
    judge->heard_at_shrink = judge->heard;
}

/* RFC 5905 section 11.2: one stratum more than a source said, and its root delay with the way to it
 * on top; the page gives what is left of that in the radius. */
static void check_descent(struct judge *judge, const struct clock_state *next, struct mono counter,
                          struct tai now) {
    if (judge->strata == 0 || judge->config->local.enabled || !serves(judge, next, counter)) return;
    if (next->stratum < 1 || !(judge->strata >> (next->stratum - 1) & 1))
        judge_find(judge, now, "published stratum %u, no source said one less", next->stratum);
    double radius_s = line_radius(&next->line, counter);
    if (next->root_delay_s < fmin(judge->root_delay_least_s, 2 * radius_s) - distance_step_s)
        judge_find(judge, now, "published a root delay of %.9f s, sources said %.9f s at least",
                   next->root_delay_s, judge->root_delay_least_s);
}

static void check_publication(struct judge *judge, const struct clock_state *next,
                              struct mono counter, struct tai now) {
    const struct config *config = judge->config;
    if (judge->has_state && next->generation <= judge->state.generation)
        judge_find(judge, now, "generation went from %llu to %llu",
                   (unsigned long long)judge->state.generation,
                   (unsigned long long)next->generation);
    double rate_max = config->max_drift + config->max_slew_rate;
    double rate = next->line.rate + next->line.slew;
    if (!(fabs(next->line.rate) <= rate_max + 1e-12 && fabs(rate) <= rate_max + 1e-12))
        judge_find(judge, now, "rate of the line %g exceeds %g", rate, rate_max);
    check_descent(judge, next, counter, now);
    if (judge->has_state) check_jump(judge, next, counter, now);
    if (judge->has_state) check_shrinks(judge, next, counter, now);
}

bool judge_page(struct judge *judge, const struct clock_page *page, struct mono counter,
                struct tai now) {
    uint64_t sequence = atomic_load_explicit(&page->sequence, memory_order_relaxed);
    struct clock_state next;
    if (sequence == judge->sequence || clock_page_read(page, &next) != ERR_OK) return false;
    check_publication(judge, &next, counter, now);
    judge->sequence = sequence;
    judge->state = next;
    judge->has_state = true;
    judge->publications++;
    if (serves(judge, &next, counter)) check_inside(judge, counter, now, "when published");
    return true;
}

/* The true time lies within what Roughtime would sign; in the inserted second, whether it is called
 * the repetition of the one before (POSIX) or the first of the next day. */
static void check_roughtime(struct judge *judge, struct mono counter, struct tai now) {
    struct roughtime_proof_interval given;
    if (!judge->majority_true || roughtime_interval(&judge->state, counter, &given) != ERR_OK)
        return;
    struct utc truth = leap_utc_from_tai(judge->truth, now);
    bool repeats = leap_utc_from_tai(judge->truth, tai_add(now, -NS_PER_S)).ns == truth.ns;
    double late_s = s_from_ns(truth.ns - (int64_t)given.midpoint_s * NS_PER_S);
    if (late_s > -(double)given.radius_s && late_s + repeats < (double)given.radius_s) return;
    judge_find(judge, now, "Roughtime would sign %llu s +- %lu s, the truth is %.9f s from there",
               (unsigned long long)given.midpoint_s, (unsigned long)given.radius_s, late_s);
}

static void check_notice(struct judge *judge, struct tai now) {
    if (!judge->step_waits) return;
    if (s_from_ns(tai_diff(now, judge->step_at)) <= notice_s + notice_slack_s) return;
    judge->step_waits = false;
    judge_find(judge, now, "a step of CLOCK_REALTIME was not noticed within %g s", notice_s);
}

/* What the run does to the client, promised or not. */
static void take_toll(struct judge *judge, bool serves, struct tai now) {
    struct judge_toll *toll = &judge->toll;
    double since_s = judge->sampled.ns == 0 ? 0 : s_from_ns(tai_diff(now, judge->sampled));
    judge->sampled = now;
    if (!serves) {
        toll->unserved_s += since_s;
        return;
    }
    double error_s = fabs(judge->error_s);
    bool outside = error_s > judge->radius_s + rounding_s;
    if (error_s > toll->error_max_s) toll->error_at = now;
    toll->error_max_s = fmax(toll->error_max_s, error_s);
    toll->radius_max_s = fmax(toll->radius_max_s, judge->radius_s);
    if (outside) toll->outside_max_s = fmax(toll->outside_max_s, error_s);
    if (outside) toll->outside_time_s += since_s;
    if (outside != judge->is_outside)
        judge_note(judge, now, outside ? JUDGE_EVENT_OUTSIDE : JUDGE_EVENT_INSIDE, 0, "");
    judge->is_outside = outside;
}

void judge_sample(struct judge *judge, struct mono counter, struct utc realtime, struct tai now) {
    judge->realtime_error_s = s_from_ns(utc_diff(realtime, leap_utc_from_tai(judge->truth, now)));
    check_notice(judge, now);
    judge->served = judge->has_state && serves(judge, &judge->state, counter);
    if (!judge->has_state) return;
    if (!judge->served) {
        judge->samples_unserved += is_settled(judge, now);
        take_toll(judge, false, now);
        return;
    }
    judge->error_s = check_inside(judge, counter, now, "at a sample");
    check_roughtime(judge, counter, now);
    judge->radius_s = line_radius(&judge->state.line, counter);
    take_toll(judge, true, now);
    if (!is_settled(judge, now)) return;
    judge->error.count++;
    judge->error.sum_squares += judge->error_s * judge->error_s;
    judge->error.max_s = fmax(judge->error.max_s, fabs(judge->error_s));
    judge->bound_max_s = fmax(judge->bound_max_s, judge->radius_s);
}

/* Distance in time to the nearest change of TAI - UTC. */
static int64_t from_leap_ns(const struct judge *judge, struct tai now) {
    struct tai leap = {0};
    int32_t after_s = 0;
    if (!leap_next(judge->truth, tai_add(now, -day_ns), &leap, &after_s)) return INT64_MAX;
    int64_t distance_ns = tai_diff(now, leap);
    return distance_ns < 0 ? -distance_ns : distance_ns;
}

static void check_served_time(struct judge *judge, const struct ntp_packet *reply, struct tai now) {
    struct utc truth = leap_utc_from_tai(judge->truth, now);
    double error_s = s_from_ns(utc_diff(ntp_packet_to_utc(reply->transmit, truth), truth));
    double bound_s = ntp_packet_short_s(reply->root_delay) / 2 +
                     ntp_packet_short_s(reply->root_dispersion) + rounding_s;
    if (bound_s > judge->config->max_bound_s + distance_step_s)
        judge_find(judge, now, "served a distance of %.9f s, withdrawal is at %.9f s", bound_s,
                   judge->config->max_bound_s);
    if (fabs(error_s) <= bound_s || !judge->majority_true) return;
    /* A clock that is ahead begins the leap second earlier, within its bound. */
    bool at_edge = from_leap_ns(judge, now) <= ns_from_s(bound_s);
    if (at_edge && fabs(fabs(error_s) - 1) <= bound_s) return;
    judge_find(judge, now, "served time is wrong by %.9f s, its distance says %.9f s", error_s,
               bound_s);
}

/* Midnight and the leap second itself come earlier or later on the served clock. */
static void check_served_leap(struct judge *judge, const struct ntp_packet *reply, struct tai now) {
    int64_t into_day_ns = leap_utc_from_tai(judge->truth, now).ns % day_ns;
    if (into_day_ns < leap_edge_ns || into_day_ns > day_ns - leap_edge_ns) return;
    enum leap_indicator wanted = leap_indicator_at(judge->truth, now);
    judge->probes_leap += wanted != LEAP_NONE && reply->leap == wanted;
    if (reply->leap == wanted || !judge->majority_true) return;
    if (judge->scenario->setting.leap_unlisted && reply->leap == LEAP_NONE) return;
    judge_find(judge, now, "served LI %u, the truth is %u", reply->leap, (unsigned)wanted);
}

/* RFC 5905 section 7.3 and 9.2: a secondary server says the stratum it has, a reference time that
 * is not ahead, and a distance that covers all that it does not know. */
static void check_header(struct judge *judge, const struct ntp_packet *reply, struct mono counter,
                         struct tai now) {
    double distance_s = ntp_packet_short_s(reply->root_delay) / 2 +
                        ntp_packet_short_s(reply->root_dispersion) + rounding_s;
    double radius_s = line_radius(&judge->state.line, counter);
    if (reply->stratum != judge->state.stratum ||
        (reply->stratum < 2 && !judge->config->local.enabled))
        judge_find(judge, now, "served stratum %u, the page says %u", reply->stratum,
                   judge->state.stratum);
    if (distance_s < radius_s)
        judge_find(judge, now, "served a distance of %.9f s, the radius is %.9f s", distance_s,
                   radius_s);
    if ((int64_t)(reply->transmit - reply->receive) < 0 ||
        (int64_t)(reply->transmit - reply->reference) < 0)
        judge_find(judge, now, "the timestamps of a reply are not in order");
}

void judge_heard(struct judge *judge) {
    judge->heard++;
}

void judge_source(struct judge *judge, const struct ntp_packet *reply) {
    double root_delay_s = ntp_packet_short_s(reply->root_delay);
    if (judge->strata == 0 || root_delay_s < judge->root_delay_least_s)
        judge->root_delay_least_s = root_delay_s;
    judge->strata |= UINT32_C(1) << reply->stratum;
}

void judge_join(struct judge *judge, const struct judge *other) {
    for (uint64_t i = 0; i < other->findings; i++, judge->findings++)
        if (i < JUDGE_FINDINGS_MAX && judge->findings < JUDGE_FINDINGS_MAX)
            memcpy(judge->texts[judge->findings], other->texts[i], JUDGE_TEXT_BYTES);
}

void judge_reply(struct judge *judge, enum err err, const struct ntp_packet *reply,
                 struct mono counter, struct tai now) {
    bool good = judge->has_state && serves(judge, &judge->state, counter);
    judge->probes++;
    if (err != ERR_OK) {
        bool slept = judge->has_state && clock_state_slept(&judge->state, judge->suspended_ns);
        if (err != ERR_WITHDRAWN || (judge->has_state && !slept))
            judge_find(judge, now, "a request was not answered: %s", err_name(err));
        return;
    }
    bool says_alarm = reply->leap == LEAP_ALARM && reply->stratum == LIMIT_STRATUM + 1;
    bool says_time =
        reply->leap != LEAP_ALARM && reply->stratum >= 1 && reply->stratum <= LIMIT_STRATUM;
    if (!(good ? says_time : says_alarm))
        judge_find(judge, now, "served LI %u and stratum %u while the page %s", reply->leap,
                   reply->stratum, good ? "is good" : "is void");
    if (!says_time) {
        judge->probes_withdrawn++;
        return;
    }
    judge->probes_served++;
    check_header(judge, reply, counter, now);
    check_served_time(judge, reply, now);
    check_served_leap(judge, reply, now);
}

static void note_tracking(struct judge *judge, const struct message_tracking *tracking,
                          struct tai now) {
    const struct message_tracking *before = &judge->tracking;
    if (tracking->mode != before->mode)
        judge_note(judge, now, JUDGE_EVENT_MODE, tracking->mode,
                   message_tracking_name(tracking->mode));
    if (tracking->alarms > before->alarms) judge_note(judge, now, JUDGE_EVENT_ALARM, 0, "alarm");
    if (tracking->alarms > before->alarms) judge->alarms++;
    if (tracking->kernel_steps_seen > before->kernel_steps_seen)
        judge_note(judge, now, JUDGE_EVENT_STEP_SEEN, 0, "step noticed");
}

static void note_verdict(struct judge *judge, const struct message_verdict *verdict,
                         struct tai now) {
    char text[ACTION_TEXT_BYTES];
    bool was = judge->verdicts[verdict->source].verdict == VERDICT_FALSETICKER;
    bool is = verdict->verdict == VERDICT_FALSETICKER;
    if (was == is) return;
    snprintf(text, sizeof text, "server %u", verdict->source + 1U);
    judge_note(judge, now, is ? JUDGE_EVENT_ACCUSED : JUDGE_EVENT_CLEARED, verdict->source, text);
}

static void judge_tracking(struct judge *judge, const struct message_tracking *tracking,
                           struct tai now) {
    note_tracking(judge, tracking, now);
    judge->tracking = *tracking;
    if (tracking->kernel_steps_seen > judge->steps_made + judge->steps_unwatched)
        judge_find(judge, now, "saw %llu steps of CLOCK_REALTIME, there were %llu",
                   (unsigned long long)tracking->kernel_steps_seen,
                   (unsigned long long)judge->steps_made);
    check_notice(judge, now);
    if (tracking->kernel_steps_seen >= judge->steps_made) judge->step_waits = false;
}

void judge_message(struct judge *judge, const struct message *message, struct tai now) {
    switch (message->kind) {
    case MESSAGE_TRACKING:
        judge_tracking(judge, &message->tracking, now);
        break;
    case MESSAGE_VERDICT:
        note_verdict(judge, &message->verdict, now);
        judge->verdicts[message->verdict.source] = message->verdict;
        break;
    case MESSAGE_ASSOCIATION:
        if (message->association.source < LIMIT_SOURCES)
            judge->associations[message->association.source] = message->association;
        break;
    default:
        break;
    }
}

void judge_disturb(struct judge *judge, bool watched, struct tai now) {
    judge->steps_unwatched += !watched;
    if (!watched) return;
    judge->steps_made++;
    judge->step_at = now;
    judge->step_waits = true;
}

void judge_paused(struct judge *judge) {
    if (!judge->step_waits) return;
    judge->step_waits = false;
    judge->steps_made--;
    judge->steps_unwatched++;
}

void judge_restarted(struct judge *judge, bool page_too) {
    judge->steps_made = judge->steps_unwatched = 0;
    judge->step_waits = false;
    if (!page_too) return;
    judge->has_state = false;
    judge->sequence = 0;
}

static void finish_verdict(struct judge *judge, uint32_t source, struct tai now) {
    const struct expectation *expect = &judge->scenario->expect;
    enum verdict verdict = judge->verdicts[source].verdict;
    uint64_t bit = UINT64_C(1) << source;
    bool used =
        verdict == VERDICT_OUTLIER || verdict == VERDICT_SURVIVOR || verdict == VERDICT_REFERENCE;
    bool right = expect->may_be_either & bit  ? true
                 : expect->falsetickers & bit ? verdict == VERDICT_FALSETICKER
                 : expect->unused & bit       ? !used
                                              : used;
    if (!right)
        judge_find(judge, now, "server %u ends as %s", source + 1, message_verdict_name(verdict));
}

static uint64_t count_drops(const struct judge *judge) {
    uint64_t drops = 0;
    for (uint32_t i = 0; i < judge->config->source_count; i++)
        for (int err = 0; err < ERR_COUNT; err++) drops += judge->associations[i].drops[err];
    return drops;
}

static void finish_limit(struct judge *judge, const char *what, double value, double limit,
                         struct tai now) {
    if (limit > 0 && !(value <= limit))
        judge_find(judge, now, "%s is %.9f s, expected at most %.9f s", what, value, limit);
}

void judge_finish(struct judge *judge, struct tai now) {
    const struct expectation *expect = &judge->scenario->expect;
    if (judge->error.count == 0 && !expect->may_withdraw)
        judge_find(judge, now, "never served while it should");
    if (judge->samples_unserved > 0 && !expect->may_withdraw)
        judge_find(judge, now, "served nothing at %llu samples while it should",
                   (unsigned long long)judge->samples_unserved);
    finish_limit(judge, "largest error", judge->error.max_s, expect->error_max_s, now);
    finish_limit(judge, "rms error", judge_rms(&judge->error), expect->error_rms_s, now);
    finish_limit(judge, "largest bound", judge->bound_max_s, expect->bound_max_s, now);
    finish_limit(judge, "error of CLOCK_REALTIME", fabs(judge->realtime_error_s),
                 expect->realtime_max_s, now);
    for (uint32_t i = 0; i < judge->config->source_count; i++) finish_verdict(judge, i, now);
    if (expect->mode != TRACKING_STARTING && judge->tracking.mode != expect->mode)
        judge_find(judge, now, "ends %s, expected %s", message_tracking_name(judge->tracking.mode),
                   message_tracking_name(expect->mode));
    uint64_t seen = judge->tracking.kernel_steps_seen;
    if (seen < judge->steps_made || seen > judge->steps_made + judge->steps_unwatched)
        judge_find(judge, now, "steps of CLOCK_REALTIME seen: %llu, made: %llu",
                   (unsigned long long)judge->tracking.kernel_steps_seen,
                   (unsigned long long)judge->steps_made);
    if (expect->alarm && judge->alarms == 0) judge_find(judge, now, "no alarm was raised");
    if (expect->mode == TRACKING_WITHDRAWN && judge->probes_withdrawn == 0)
        judge_find(judge, now, "LI 3 and stratum 16 were never served");
    if (expect->announces_leap && judge->probes_leap == 0)
        judge_find(judge, now, "the leap second was never announced");
    if (count_drops(judge) < expect->drops)
        judge_find(judge, now, "only %llu drops", (unsigned long long)count_drops(judge));
}
