/* The only randomness of a simulation: xoshiro256++ (Blackman and Vigna 2018), one generator for
 * each named stream, so that a draw added in one place shifts no other.
 *
 * Everything derived (normal, exponential) uses only IEEE basic operations and sqrt, which every
 * compiler and machine must round alike; no libm function whose last bit is a matter of taste. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct prng {
    uint64_t state[4];
    double spare; /* normal values are made in pairs */
    bool has_spare;
};

/* The stream called name[index] of the run with that seed. */
void prng_init(struct prng *prng, uint64_t seed, const char *name, uint64_t index);
uint64_t prng_u64(struct prng *prng);
/* Uniform in [0, 1), in steps of 2^-53. */
double prng_unit(struct prng *prng);
/* Uniform in [low, high). */
double prng_uniform(struct prng *prng, double low, double high);
/* Mean 0, standard deviation 1. */
double prng_normal(struct prng *prng);
/* Exponential with that mean (>= 0). */
double prng_exponential(struct prng *prng, double mean);
/* True with that probability; always draws once. */
bool prng_chance(struct prng *prng, double probability);
void prng_bytes(struct prng *prng, uint8_t *out, size_t length);
