/* The normal distribution with the same bits everywhere: libm's exp and erfc differ between
 * versions and CPUs, and the simulation must not. */
#pragma once

/* e^x for any finite x; relative error below 1e-15. 0 below -700, and x is cut at 700. */
double normal_exp(double x);
/* phi(z) / Phi(z): density over the probability below z; relative error below 1e-7. It is what a
 * one-sided cut at z does to the mean, and about -z far below 0. */
double normal_hazard(double z);
/* Phi(z), the probability below z; relative error below 1e-7. */
double normal_below(double z);
