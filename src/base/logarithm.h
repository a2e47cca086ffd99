/* The natural logarithm with the same bits everywhere: libm's differs between versions and CPUs,
 * and the simulation must not. */
#pragma once

/* x > 0 and normal (not subnormal, infinite or NaN); error about 1e-16 of the result. */
double logarithm_natural(double x);
