/* How many independent squares an estimated variance is worth: equivalent degrees of freedom.
 *
 * C. Greenhall and W. Riley, "Uncertainty of stability variances based on finite differences",
 * PTTI 2003; NIST SP 1065 section 5.4.1, the combined algorithm. The sums over the covariance of
 * the differences are exact for at most 100 lags; beyond, they are scaled or fitted as in the
 * paper, which gives the fits an error of some per cent of the degrees of freedom. */
#pragma once

#include <stddef.h>

#include "clock/stability.h"

/* For that noise (clock/stability_noise) at m, of a series of count phase points for which there is
 * a term. 0: there is no answer (noise unknown, kind MTIE or TIE, a variance that does not
 * converge for this noise). */
double stability_edf(enum stability_kind kind, int alpha, size_t count, size_t m);
