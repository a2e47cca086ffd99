/* SHA-512's compression function over four blocks at once, on an x86-64 with AVX2. */
#pragma once

#include <stdint.h>

enum { HASH_LANES_AVX2_WIDTH = 4 };

#if defined(__x86_64__)
/* state: the eight words, each four times, one for every lane; blocks: 128 bytes each. Only where
 * the processor can (crypto/hash_lanes decides). */
void hash_lanes_avx2_compress(uint64_t state[8 * HASH_LANES_AVX2_WIDTH],
                              const uint8_t *const blocks[HASH_LANES_AVX2_WIDTH]);
#endif
