/* Randomness handed in: machines draw from a block that their world filled beforehand, so that a
 * simulated world can replay them. Invariant: no byte is given out twice. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"

enum { ENTROPY_BYTES = 2048 };

struct entropy {
    uint8_t bytes[ENTROPY_BYTES];
    size_t used; /* the world refills and sets this to 0 before each event */
};

static inline uint64_t entropy_u64(struct entropy *entropy) {
    CHECK(entropy->used + 8 <= ENTROPY_BYTES);
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) value = value << 8 | entropy->bytes[entropy->used++];
    return value;
}

static inline void entropy_fill(struct entropy *entropy, uint8_t *out, size_t length) {
    CHECK(length <= ENTROPY_BYTES - entropy->used);
    memcpy(out, entropy->bytes + entropy->used, length);
    entropy->used += length;
}

/* Uniform in [0, 1). */
static inline double entropy_unit(struct entropy *entropy) {
    return (double)(entropy_u64(entropy) >> 11) * 0x1p-53;
}
