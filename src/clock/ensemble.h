/* One estimate from many: cluster, then combine (RFC 5905 section 11.2.2 and 11.2.3 in purpose).
 *
 * A member whose estimate lies farther from the median than its own doubt explains is an
 * outlier: agreement of intervals alone would let a slow drifter pull the mean to the interval's
 * edge. The rest is combined with weights 1 / variance. */
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
