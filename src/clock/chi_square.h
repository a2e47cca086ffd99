/* The chi-square distribution, which a sum of squares of Gaussian numbers has.
 *
 * Degrees of freedom need not be whole. Sources: Abramowitz and Stegun, Handbook of Mathematical
 * Functions, 6.1.41, 6.5.29, 6.5.31, 26.4.17. Own arithmetic instead of libm's: same bits
 * everywhere. */
#pragma once

/* The probability of a value below x; dof from 0.1 to 1e5, absolute error below 1e-11. */
double chi_square_below(double dof, double x);
/* The value that is fallen short of with probability p, 0.0005 to 0.9995, for dof >= 0.1. Relative
 * error below 1e-11; above dof 1e5 the approximation of Wilson and Hilferty, error below 2e-8. */
double chi_square_quantile(double dof, double p);
