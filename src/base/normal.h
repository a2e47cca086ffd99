/* The normal distribution with the same bits everywhere: libm's exp and erfc differ between
 * versions and CPUs, and the simulation must not. */
#pragma once

/* *below: Phi(z), the probability below z. Returns phi(z) / Phi(z), density over that probability,
 * which is what a one-sided cut at z does to the mean, and about -z far below 0. Relative errors
 * are below 1e-7. */
double normal_cut(double z, double *below);
