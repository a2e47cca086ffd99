/* A sine with the same bits everywhere, for the reason of base/logarithm.h. */
#pragma once

/* sin(2 pi turns); turns is finite and below 2^50. Error below 1e-12. */
double wave_sine(double turns);
