/* The two published sets of test data for stability programs: NIST SP 1065 section 12.4 (W. Riley,
 * "The calculation of time domain frequency stability"), frequency at steps of 1 s. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { NBS14_SMALL = 9, NBS14_LARGE = 1000 };

static inline void nbs14_small(double *frequency) {
    static const double values[NBS14_SMALL] = {892, 809, 823, 798, 671, 644, 883, 903, 677};
    memcpy(frequency, values, sizeof values);
}

/* The multiplicative generator of Park and Miller, as shares of its modulus. */
static inline void nbs14_large(double *frequency) {
    uint64_t n = 1234567890;
    for (int i = 0; i < NBS14_LARGE; i++, n = 16807 * n % 2147483647)
        frequency[i] = (double)n / 2147483647;
}
