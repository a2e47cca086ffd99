/* Generator and distributions; see the header for what keeps them bit-exact. */
#include "sim/prng.h"

#include <math.h>
#include <string.h>

#include "base/logarithm.h"

static uint64_t rotate(uint64_t x, int bits) {
    return x << bits | x >> (64 - bits);
}

/* splitmix64: spreads a seed over the whole state, which must not be all zero. */
static uint64_t spread(uint64_t *seed) {
    uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

void prng_init(struct prng *prng, uint64_t seed, const char *name, uint64_t index) {
    uint64_t mix = seed;
    mix = spread(&mix);
    for (; *name != '\0'; name++) mix = (mix ^ (uint8_t)*name) * UINT64_C(0x100000001b3);
    mix ^= rotate(index * UINT64_C(0x9fb21c651e98df25), 29);
    for (int i = 0; i < 4; i++) prng->state[i] = spread(&mix);
    prng->spare = 0;
    prng->has_spare = false;
}

uint64_t prng_u64(struct prng *prng) {
    uint64_t *s = prng->state;
    uint64_t result = rotate(s[0] + s[3], 23) + s[0];
    uint64_t shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate(s[3], 45);
    return result;
}

double prng_unit(struct prng *prng) {
    return (double)(prng_u64(prng) >> 11) * 0x1p-53;
}

double prng_uniform(struct prng *prng, double low, double high) {
    return low + (high - low) * prng_unit(prng);
}

/* Marsaglia's polar method: two values from a point in the unit disc. */
double prng_normal(struct prng *prng) {
    if (prng->has_spare) {
        prng->has_spare = false;
        return prng->spare;
    }
    double u = 0, v = 0, radius = 0;
    do {
        u = prng_uniform(prng, -1, 1);
        v = prng_uniform(prng, -1, 1);
        radius = u * u + v * v;
    } while (radius >= 1 || radius == 0);
    double scale = sqrt(-2 * logarithm_natural(radius) / radius);
    prng->spare = v * scale;
    prng->has_spare = true;
    return u * scale;
}

double prng_exponential(struct prng *prng, double mean) {
    return -mean * logarithm_natural(1 - prng_unit(prng));
}

bool prng_chance(struct prng *prng, double probability) {
    return prng_unit(prng) < probability;
}

void prng_bytes(struct prng *prng, uint8_t *out, size_t length) {
    uint64_t word = 0;
    for (size_t i = 0; i < length; i++) {
        if (i % 8 == 0) word = prng_u64(prng);
        out[i] = (uint8_t)word;
        word >>= 8;
    }
}
