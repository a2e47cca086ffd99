/* e to the power of x with the same bits everywhere, for the reason of base/logarithm.h. */
#pragma once

/* Relative error about 3e-16; 0 below -745 and for what is no number, infinite above 709.78. */
double exponential_natural(double x);
