/* Simulated phase of clocks with power-law noise, by fractional summation of white noise
 * (N. J. Kasdin and T. Walter, "Discrete simulation of power law noise", 1992). */
#pragma once

#include <math.h>
#include <stddef.h>
#include <stdint.h>

enum { POWER_NOISE_MAX = 1024 };

/* Gaussian enough for squares of sums: twelve uniform numbers. */
static inline double power_noise_white(uint64_t *seed) {
    double sum = -6;
    for (int i = 0; i < 12; i++) {
        *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        sum += (double)(*seed >> 11) * 0x1p-53;
    }
    return sum;
}

/* Frequency has a spectrum of f^alpha; count <= POWER_NOISE_MAX. */
static inline void power_noise(int alpha, uint64_t *seed, double *phase, size_t count) {
    double white[POWER_NOISE_MAX], response[POWER_NOISE_MAX] = {1};
    for (size_t i = 0; i < count; i++) white[i] = power_noise_white(seed);
    for (size_t i = 1; i < count; i++)
        response[i] = response[i - 1] * ((double)i - 1 + (2 - alpha) / 2.0) / (double)i;
    for (size_t i = 0; i < count; i++) {
        phase[i] = 0;
        for (size_t k = 0; k <= i && (alpha < 2 || k == 0); k++)
            phase[i] += response[k] * white[i - k];
    }
}
