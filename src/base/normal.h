/* The normal distribution with the same bits everywhere: libm's exp and erfc differ between
 * versions and CPUs, and the simulation must not. */
#pragma once

/* e^x for any finite x; relative error below 1e-15. 0 below -700 and for what is
 * no number, and x is cut at 700. */
double normal_exp(double x);
/* *below: Phi(z), the probability below z. Returns phi(z) / Phi(z), density over that probability,
 * which is what a one-sided cut at z does to the mean, and about -z far below 0. Relative errors
 * are below 1e-7. */
double normal_cut(double z, double *below);
