/* Roughtime's interval against the timescale's. Invariant: an alarm is only raised where no point
 * is in both, so one of them is certainly false. */
#include "jobs/bound_watch.h"

/* A leap second may lie between what was proven and now, and servers may disagree about one. */
static const double leap_room_s = 1;

void bound_watch_take(struct bound_watch *watch, const struct message_bound *bound, double drift) {
    watch->known = true;
    watch->drift = drift;
    watch->bound = *bound;
}

void bound_watch_forget(struct bound_watch *watch) {
    *watch = (struct bound_watch){.known = false};
}

/* Seconds by which the time kept lies before (negative) or behind the proven interval; 0: inside.
 */
static double distance_s(const struct bound_watch *watch, const struct clock_state *state,
                         struct mono now) {
    int64_t passed_ns = mono_diff(now, watch->bound.at);
    double passed_s = s_from_ns(passed_ns < 0 ? -passed_ns : passed_ns);
    double room_s = line_radius(&state->line, now) + watch->drift * passed_s + leap_room_s;
    struct utc utc = clock_state_utc(state, now);
    double above_low_s = s_from_ns(utc_diff(utc, utc_add(watch->bound.low, passed_ns))) + room_s;
    double above_high_s = s_from_ns(utc_diff(utc, utc_add(watch->bound.high, passed_ns))) - room_s;
    if (above_low_s < 0) return above_low_s;
    return above_high_s > 0 ? above_high_s : 0;
}

enum bound_watch_finding bound_watch_compare(const struct bound_watch *watch,
                                             const struct clock_state *state, struct mono now,
                                             double *off_s) {
    double apart_s = watch->known ? distance_s(watch, state, now) : 0;
    if (off_s) *off_s = apart_s;
    if (apart_s < 0) return BOUND_WATCH_EARLY;
    return apart_s > 0 ? BOUND_WATCH_LATE : BOUND_WATCH_FITS;
}

bool bound_watch_check(struct bound_watch *watch, const struct clock_state *state, struct mono now,
                       struct outbox *outbox) {
    double off_s;
    if (!watch->known) return false;
    enum bound_watch_finding finding = bound_watch_compare(watch, state, now, &off_s);
    bool changed = finding != watch->finding;
    watch->finding = finding;
    if (!changed) return false;
    if (finding == BOUND_WATCH_FITS)
        job_log(outbox, LOG_LEVEL_INFO, "the time kept agrees with the Roughtime servers again");
    else
        job_log(outbox, LOG_LEVEL_ERROR,
                "alarm: the time kept is %.3f s %s all that the Roughtime servers prove%s",
                off_s < 0 ? -off_s : off_s, off_s < 0 ? "before" : "behind",
                off_s < 0 ? "; it is not served" : "");
    return finding != BOUND_WATCH_FITS;
}
