/* What a snapshot of the clock says at a moment. Source: RFC 5905 section 7.3 for leap indicator,
 * root delay and root dispersion; the root distance (delay / 2 + dispersion) is the bound. */
#include "clock/clock_state.h"

static const int64_t slept_min_ns = NS_PER_S / 1000;

bool clock_state_slept_between(int64_t before_ns, int64_t now_ns) {
    int64_t slept = now_ns - before_ns;
    return slept > slept_min_ns || slept < -slept_min_ns;
}

bool clock_state_slept(const struct clock_state *state, int64_t suspended_ns) {
    return clock_state_slept_between(state->suspended_ns, suspended_ns);
}

bool clock_state_serves(const struct clock_state *state, struct mono m) {
    return state->synchronised && !mono_before(state->void_after, m) &&
           line_radius(&state->line, m) <= state->bound_max_s;
}

struct utc clock_state_utc(const struct clock_state *state, struct mono m) {
    struct tai tai = line_tai(&state->line, m);
    int32_t offset = tai.ns < state->next_leap.ns ? state->tai_utc_s : state->tai_utc_after_s;
    return (struct utc){tai.ns - offset * NS_PER_S};
}

bool clock_state_knows_leaps(const struct clock_state *state, struct mono m) {
    int64_t radius_ns = ns_from_s(line_radius(&state->line, m));
    struct utc latest = utc_add(clock_state_utc(state, m), radius_ns);
    return latest.ns / NS_PER_S < state->leaps_until_utc_s;
}

enum leap_indicator clock_state_leap(const struct clock_state *state, struct mono m) {
    const int64_t day_ns = 86400 * NS_PER_S;
    if (!clock_state_serves(state, m)) return LEAP_ALARM;
    int32_t step = state->tai_utc_after_s - state->tai_utc_s;
    int64_t left = tai_diff(state->next_leap, line_tai(&state->line, m));
    /* The UTC day that ends with the leap second: it is one second longer or shorter, and an
     * inserted second still belongs to it. */
    int64_t past_ns = step > 0 ? NS_PER_S : 0;
    if (step == 0 || left <= -past_ns || left > day_ns - (step < 0 ? NS_PER_S : 0))
        return LEAP_NONE;
    return step > 0 ? LEAP_INSERT : LEAP_DELETE;
}

double clock_state_dispersion(const struct clock_state *state, struct mono m) {
    double rest = line_radius(&state->line, m) - state->root_delay_s / 2;
    return rest > 0 ? rest : 0;
}
