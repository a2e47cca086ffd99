/* One side of what an exchange allows, as a normal factor that has the same effect on mean and
 * variance (moment matching, Minka 2001). */
#pragma once

#include "clock/track_state.h"

struct track_edge {
    double limit, sign; /* s; sign 1: the truth is below limit, -1: above */
    double soft;        /* variance of the limit, s^2 */
};

/* The factor where all else says mean and variance. Returns how well the two fit, 0..1. A stray
 * exchange is always possible, so none pulls without end. */
double track_edge_site(const struct track_edge *edge, double mean, double variance,
                       struct track_site *site);
/* Makes the factor anew against everything but itself. all: with the factor in it. */
void track_edge_refresh(const struct track_edge *edge, const struct track_state *all,
                        struct track_site *site);
