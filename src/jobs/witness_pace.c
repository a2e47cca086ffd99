/* The pace of the witness. Invariant: between two questions lies a second at least, and the delay
 * grows with each that finds something wrong; only a whole period in peace sets it back. */
#include "jobs/witness_pace.h"

#include <math.h>

static const double delay_first_s = 1, delay_growth = 1.5;
static const int64_t slept_min_ns = NS_PER_S / 1000;

void witness_pace_init(struct witness_pace *pace) {
    *pace = (struct witness_pace){.delay_s = delay_first_s};
}

static bool has_slept(const struct witness_pace *pace, const struct kernel_reading *now) {
    int64_t slept_ns = now->suspended_ns - pace->suspended_ns;
    return slept_ns > slept_min_ns || slept_ns < -slept_min_ns;
}

void witness_pace_answered(struct witness_pace *pace, const struct kernel_reading *now,
                           const struct message_bound *bound, double drift) {
    if (has_slept(pace, now)) bound_watch_forget(&pace->proven);
    if (bound) bound_watch_take(&pace->proven, bound, drift);
    pace->asked = now->counter;
    pace->suspended_ns = now->suspended_ns;
    pace->agreed = bound != NULL;
}

static bool is_wrong(const struct witness_pace *pace, const struct kernel_reading *now,
                     const struct clock_state *state) {
    if (!pace->agreed || has_slept(pace, now)) return true;
    return state && state->stratum <= LIMIT_STRATUM &&
           bound_watch_compare(&pace->proven, state, now->counter, NULL) != BOUND_WATCH_FITS;
}

bool witness_pace_due(struct witness_pace *pace, const struct kernel_reading *now,
                      const struct clock_state *state, double *left_s) {
    bool wrong = is_wrong(pace, now, state);
    double wait_s = wrong ? pace->delay_s : LIMIT_ROUGHTIME_PERIOD_S;
    *left_s = wait_s - mono_seconds(now->counter, pace->asked);
    if (*left_s > 0) return false;
    pace->delay_s =
        wrong ? fmin(pace->delay_s * delay_growth, LIMIT_ROUGHTIME_PERIOD_S) : delay_first_s;
    return true;
}

const struct message_bound *witness_pace_bound(const struct witness_pace *pace,
                                               const struct kernel_reading *now) {
    return pace->proven.known && !has_slept(pace, now) ? &pace->proven.bound : NULL;
}
