/* Who of many takes part, and with what weight (RFC 5905 section 11.2.2 and 11.2.3 in purpose).
 *
 * A member whose estimate lies farther from the median than its own doubt explains is an
 * outlier: agreement of intervals alone would let a slow drifter pull the mean to the interval's
 * edge. The rest weighs 1 / variance. The measure is the median, not the weighted mean, which would
 * follow a few that claim hardly any doubt. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "clock/track.h"

struct ensemble_member {
    struct track_estimate estimate; /* at the common instant */
    double bias_s;                  /* doubt that averaging does not lessen: path asymmetry */
    double weight;                  /* out: share in the combination, 0 for an outlier */
};

/* count > 0. Sets the weights and returns the median member's estimate, its bias in sigma_y: what a
 * minority cannot move beyond the others. */
struct track_estimate ensemble_weigh(struct ensemble_member *members, uint32_t count);
