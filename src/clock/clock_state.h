/* What is published of the timescale: a line, its bound, and what NTP servers say of themselves.
 *
 * Readers compute time and bound at the moment of reading. Past void_after, or where the radius
 * exceeds bound_max_s, no time may be given: that is how a dead keeper withdraws its servers. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "clock/leap.h"
#include "clock/line.h"

struct clock_state {
    struct line line;
    struct mono void_after;    /* not to be served from after this */
    bool synchronised;         /* false: LI = 3, stratum 16, whatever the rest says */
    uint8_t stratum;           /* of this clock: 1..15; 16 if not synchronised */
    uint32_t reference_id;     /* RFC 5905 section 7.3, host order */
    struct tai reference_time; /* last update of the line by evidence */
    double root_delay_s;       /* root_delay / 2 + dispersion must cover the radius (below) */
    double bound_max_s;        /* served time is withdrawn where the radius exceeds this */
    int32_t tai_utc_s;         /* TAI - UTC before next_leap */
    int32_t tai_utc_after_s;   /* from next_leap on; equal if none is announced */
    struct tai next_leap;      /* instant at which tai_utc_after_s begins */
    int64_t leaps_until_utc_s; /* a list of leap seconds speaks until then; 0: there is none */
    uint64_t generation;       /* counts publications */
    /* What a new keeper must know to go on as the former one would have: */
    bool latched;         /* maxchange withdrew time until a person restarts the service */
    bool refuted;         /* it lies before what Roughtime servers proved */
    uint64_t updates;     /* of the line by evidence: makestep and maxchange count them */
    uint64_t heard;       /* bit i: source i was heard within a day */
    int64_t suspended_ns; /* time the machine slept in which the counter stood still */
};

/* Whether the machine slept since the state was published: the line is worthless then. */
bool clock_state_slept(const struct clock_state *state, int64_t suspended_ns);
/* Whether it slept between two readings of the time that it has slept in all. */
bool clock_state_slept_between(int64_t before_ns, int64_t now_ns);
/* Whether time may be given from this state at m: synchronised, not void, radius in bounds. */
bool clock_state_serves(const struct clock_state *state, struct mono m);
struct utc clock_state_utc(const struct clock_state *state, struct mono m);
/* Whether a list that has not expired says which leap seconds there are until m. */
bool clock_state_knows_leaps(const struct clock_state *state, struct mono m);
/* Leap indicator to serve at m: announces next_leap during the UTC day that it ends. */
enum leap_indicator clock_state_leap(const struct clock_state *state, struct mono m);
/* Root dispersion to serve at m, so that root_delay / 2 + dispersion >= radius(m). */
double clock_state_dispersion(const struct clock_state *state, struct mono m);
