/* When the Roughtime servers are asked next (RFC 10049 sections 5 and 8.2), and what was
 * proven and may still be told. All is well: every LIMIT_ROUGHTIME_PERIOD_S. Something is wrong:
 * soon, and then less and less often; wrong is that they did not agree, that the time kept and what
 * they proved have no point in common, that the machine slept since. */
#pragma once

#include <stdbool.h>

#include "jobs/bound_watch.h"
#include "jobs/job.h"

struct witness_pace {
    double delay_s;    /* before the next question while something is wrong */
    struct mono asked; /* when the last answers were in */
    int64_t suspended_ns;
    bool agreed;
    struct bound_watch proven; /* by the last answers that agreed */
};

void witness_pace_init(struct witness_pace *pace);
/* The servers were asked; bound: what they proved, NULL if they did not agree. drift: of the
 * counter against true time, at most, in s/s. */
void witness_pace_answered(struct witness_pace *pace, const struct kernel_reading *now,
                           const struct message_bound *bound, double drift);
/* True: to be asked now. Else *left_s is how long not to, as things are. state: the page; NULL:
 * there is none. */
bool witness_pace_due(struct witness_pace *pace, const struct kernel_reading *now,
                      const struct clock_state *state, double *left_s);
/* What is proven and still holds, for those who were started since; NULL: nothing. */
const struct message_bound *witness_pace_bound(const struct witness_pace *pace,
                                               const struct kernel_reading *now);
