/* Eight lanes with AVX-512 (F and BW). Invariant: one function, which is called only where the
 * processor can. */
#include "crypto/hash_lanes_avx512.h"

#if defined(__x86_64__)

#define HASH_LANES_WIDTH  8
#define HASH_LANES_TARGET __attribute__((target("avx512f,avx512bw")))
#include "crypto/hash_lanes_block.h"

HASH_LANES_TARGET void
hash_lanes_avx512_compress(uint64_t state[8 * HASH_LANES_AVX512_WIDTH],
                           const uint8_t *const blocks[HASH_LANES_AVX512_WIDTH]) {
    hash_lanes_block_compress(state, blocks);
}

#endif
