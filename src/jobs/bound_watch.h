/* What Roughtime servers proved, held against the timescale: a floor at the start and a check of it
 * later. The interval is carried along the counter and widened by what the oscillator may drift. */
#pragma once

#include <stdbool.h>

#include "clock/clock_state.h"
#include "jobs/job.h"

enum bound_watch_finding {
    BOUND_WATCH_FITS,  /* the two intervals have a point in common, or nothing is known */
    BOUND_WATCH_EARLY, /* the time kept lies wholly before what is proven */
    BOUND_WATCH_LATE,  /* wholly behind it */
};

struct bound_watch {
    bool known;
    double drift; /* s/s, at most, of the counter against true time */
    struct message_bound bound;
    enum bound_watch_finding finding;
};

void bound_watch_take(struct bound_watch *watch, const struct message_bound *bound, double drift);
/* What was proven is worth nothing any more: the counter stood still. */
void bound_watch_forget(struct bound_watch *watch);
/* What the two say of each other now; *off_s, if asked for: how far they are apart, in seconds. */
enum bound_watch_finding bound_watch_compare(const struct bound_watch *watch,
                                             const struct clock_state *state, struct mono now,
                                             double *off_s);
/* Compares; logs every change of what is found. True: an alarm begins. */
bool bound_watch_check(struct bound_watch *watch, const struct clock_state *state, struct mono now,
                       struct outbox *outbox);
