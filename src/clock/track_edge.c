/* Invariant: a factor that would widen is none. Source of the moments: Rasmussen, Williams,
 * Gaussian Processes for Machine Learning, section 3.9; the stray share as in Minka's clutter
 * problem. */
#include "clock/track_edge.h"

#include <math.h>

#include "base/normal.h"

static const double stray = 1e-3;    /* share of exchanges that say nothing true */
static const double idle_sigmas = 5; /* an edge farther off does nothing */
static const double damping = 0.2;   /* of the factors, from one run to the next */

double track_edge_site(const struct track_edge *edge, double mean, double variance,
                       struct track_site *site) {
    double whole = edge->soft + variance, room = edge->sign * (edge->limit - mean);
    if (room > 0 && room * room > idle_sigmas * idle_sigmas * whole) {
        *site = (struct track_site){0, 0};
        return 1;
    }
    double spread = sqrt(whole), z = room / spread, below = 0;
    double hazard = normal_cut(z, &below), likely = (1 - stray) * below;
    double trust = likely / (likely + stray);
    double moved = -edge->sign * variance / spread * hazard;
    double kept = variance - variance * variance / whole * hazard * (z + hazard);
    double shift = trust * moved;
    kept = trust * (kept + moved * moved) + (1 - trust) * variance - shift * shift;
    double precision = 1 / kept - 1 / variance;
    if (kept > 0 && precision > 0)
        *site = (struct track_site){precision, (mean + shift) / kept - mean / variance};
    else
        *site = (struct track_site){0, 0};
    return likely + stray;
}

void track_edge_refresh(const struct track_edge *edge, const struct track_state *all,
                        struct track_site *site) {
    double precision = 1 / all->var_y - site->precision;
    if (!(precision > 1e-3 / all->var_y)) return;
    struct track_site fresh;
    double mean = (all->y / all->var_y - site->weighted) / precision;
    (void)track_edge_site(edge, mean, 1 / precision, &fresh);
    site->precision += (1 - damping) * (fresh.precision - site->precision);
    site->weighted += (1 - damping) * (fresh.weighted - site->weighted);
}
