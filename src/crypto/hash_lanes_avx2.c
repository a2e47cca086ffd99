/* Four lanes with AVX2. Invariant: one function, which is called only where the processor can. */
#include "crypto/hash_lanes_avx2.h"

#if defined(__x86_64__)

#define HASH_LANES_WIDTH  4
#define HASH_LANES_TARGET __attribute__((target("avx2")))
#include "crypto/hash_lanes_block.h"

HASH_LANES_TARGET void
hash_lanes_avx2_compress(uint64_t state[8 * HASH_LANES_AVX2_WIDTH],
                         const uint8_t *const blocks[HASH_LANES_AVX2_WIDTH]) {
    hash_lanes_block_compress(state, blocks);
}

#endif
