/* Blocks that differ from lane to lane, and nettle's state after each, for the tests of the
 * compression functions. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <nettle/sha2.h>

#include "crypto/hash_lanes.h"

enum { BLOCKS = 5, STATE_WORDS = 8 };

static inline void expect_nettle(enum hash_lanes_way way,
                                 void (*compress)(uint64_t *state, const uint8_t *const *blocks)) {
    size_t width = hash_lanes_width(way);
    uint8_t bytes[HASH_LANES_MAX][BLOCKS * SHA512_BLOCK_SIZE + 1];
    struct sha512_ctx expected[HASH_LANES_MAX];
    const uint8_t *at[HASH_LANES_MAX];
    uint64_t state[STATE_WORDS * HASH_LANES_MAX];
    for (size_t lane = 0; lane < width; lane++) {
        sha512_init(&expected[lane]);
        for (size_t i = 0; i < sizeof bytes[lane]; i++)
            bytes[lane][i] = (uint8_t)(i * i * 7 + i / 3 + lane * 37);
        for (size_t i = 0; i < STATE_WORDS; i++) state[i * width + lane] = expected[lane].state[i];
    }
    for (size_t block = 0; block < BLOCKS; block++) {
        for (size_t lane = 0; lane < width; lane++) {
            /* Odd lanes lie at odd addresses. */
            at[lane] = bytes[lane] + block * SHA512_BLOCK_SIZE + lane % 2;
            sha512_update(&expected[lane], SHA512_BLOCK_SIZE, at[lane]);
        }
        compress(state, at);
        for (size_t i = 0; i < STATE_WORDS; i++)
            for (size_t lane = 0; lane < width; lane++)
                assert_int_equal(state[i * width + lane], expected[lane].state[i]);
    }
}
