/* SHA-512's compression function over eight blocks at once, on an x86-64 with AVX-512 (F and BW).
 */
#pragma once

#include <stdint.h>

enum { HASH_LANES_AVX512_WIDTH = 8 };

#if defined(__x86_64__)
/* state: the eight words, each eight times, one for every lane; blocks: 128 bytes each. Only where
 * the processor can (crypto/hash_lanes decides). */
void hash_lanes_avx512_compress(uint64_t state[8 * HASH_LANES_AVX512_WIDTH],
                                const uint8_t *const blocks[HASH_LANES_AVX512_WIDTH]);
#endif
