/* SHA-512's compression function (FIPS 180-4, section 6.4.2) over HASH_LANES_WIDTH blocks at once,
 * one to a lane of a vector. The file that includes this says how many lanes (4 or 8) and for
 * which processor; the source is the same for all, in the vector extensions of gcc and clang.
 *
 * Everything must be inlined: only then the whole state stays in registers. For public data only:
 * nothing is wiped, though no branch and no address depends on the data. */
#pragma once

#include <stdint.h>
#include <string.h>

#ifndef HASH_LANES_WIDTH
#define HASH_LANES_WIDTH 4
#endif
#ifndef HASH_LANES_TARGET
#define HASH_LANES_TARGET
#endif

#define HASH_LANES_INLINE static inline __attribute__((always_inline)) HASH_LANES_TARGET
#define HASH_LANES_WORDS  uint64_t __attribute__((vector_size(8 * HASH_LANES_WIDTH)))
#define HASH_LANES_OCTETS uint8_t __attribute__((vector_size(8 * HASH_LANES_WIDTH)))

#define HASH_LANES_ROTATE(x, by)   ((x) >> (by) | (x) << (64 - (by)))
#define HASH_LANES_MIX(x, a, b, c) (HASH_LANES_ROTATE(x, a) ^ HASH_LANES_ROTATE(x, b) ^ (c))
#define HASH_LANES_PICK(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#define HASH_LANES_REVERSED(word)                                                                  \
    8 * word + 7, 8 * word + 6, 8 * word + 5, 8 * word + 4, 8 * word + 3, 8 * word + 2,            \
        8 * word + 1, 8 * word

static const uint64_t hash_lanes_block_constants[80] = {
    0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
    0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
    0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
    0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
    0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
    0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
    0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
    0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
    0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
    0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
    0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
    0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
    0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
    0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
    0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
    0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
    0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
    0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
    0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
    0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
};

/* One round; the eight state words are not moved but renamed, by turn. */
#define HASH_LANES_AT(i) state[((i) + 8 - turn) % 8]
HASH_LANES_INLINE void hash_lanes_block_round(HASH_LANES_WORDS state[8], unsigned turn,
                                              HASH_LANES_WORDS word) {
    HASH_LANES_WORDS a = HASH_LANES_AT(0), b = HASH_LANES_AT(1), c = HASH_LANES_AT(2);
    HASH_LANES_WORDS e = HASH_LANES_AT(4), f = HASH_LANES_AT(5), g = HASH_LANES_AT(6);
    HASH_LANES_WORDS choice = g ^ (e & (f ^ g)), majority = (a & b) | (c & (a | b));
    HASH_LANES_WORDS sum =
        HASH_LANES_AT(7) + word + choice + HASH_LANES_MIX(e, 14, 18, HASH_LANES_ROTATE(e, 41));
    HASH_LANES_AT(3) += sum;
    HASH_LANES_AT(7) = sum + (HASH_LANES_MIX(a, 28, 34, HASH_LANES_ROTATE(a, 39)) + majority);
}

/* The word of 16 rounds later, in the place of that which round i used. */
HASH_LANES_INLINE void hash_lanes_block_expand(HASH_LANES_WORDS words[16], unsigned i) {
    HASH_LANES_WORDS early = words[(i + 1) % 16], late = words[(i + 14) % 16];
    words[i] += words[(i + 9) % 16] + HASH_LANES_MIX(early, 1, 8, early >> 7) +
                HASH_LANES_MIX(late, 19, 61, late >> 6);
}

HASH_LANES_INLINE void hash_lanes_block_rounds(HASH_LANES_WORDS state[8],
                                               HASH_LANES_WORDS words[16], unsigned first) {
    const uint64_t *constants = hash_lanes_block_constants + first;
#pragma GCC unroll 16
    for (unsigned i = 0; i < 16; i++) {
        if (first > 0) hash_lanes_block_expand(words, i);
        hash_lanes_block_round(state, i % 8, words[i] + constants[i]);
    }
}

/* As many big-endian words as there are lanes. */
HASH_LANES_INLINE void hash_lanes_block_load(const uint8_t *bytes, HASH_LANES_WORDS *out) {
    HASH_LANES_OCTETS o;
    memcpy(&o, bytes, sizeof o);
#if HASH_LANES_WIDTH == 8
    *out = (HASH_LANES_WORDS)HASH_LANES_PICK(o, o, HASH_LANES_REVERSED(0), HASH_LANES_REVERSED(1),
                                             HASH_LANES_REVERSED(2), HASH_LANES_REVERSED(3),
                                             HASH_LANES_REVERSED(4), HASH_LANES_REVERSED(5),
                                             HASH_LANES_REVERSED(6), HASH_LANES_REVERSED(7));
#else
    *out = (HASH_LANES_WORDS)HASH_LANES_PICK(o, o, HASH_LANES_REVERSED(0), HASH_LANES_REVERSED(1),
                                             HASH_LANES_REVERSED(2), HASH_LANES_REVERSED(3));
#endif
}

/* Rows become columns: first in squares of two by two, then by these of four by four, and so on. */
HASH_LANES_INLINE void hash_lanes_block_turn(HASH_LANES_WORDS *rows) {
#if HASH_LANES_WIDTH == 8
#pragma GCC unroll 4
    for (int i = 0; i < 8; i += 2) {
        HASH_LANES_WORDS a = rows[i], b = rows[i + 1];
        rows[i] = HASH_LANES_PICK(a, b, 0, 8, 2, 10, 4, 12, 6, 14);
        rows[i + 1] = HASH_LANES_PICK(a, b, 1, 9, 3, 11, 5, 13, 7, 15);
    }
#pragma GCC unroll 4
    for (int k = 0; k < 4; k++) {
        int i = k / 2 * 4 + k % 2;
        HASH_LANES_WORDS a = rows[i], b = rows[i + 2];
        rows[i] = HASH_LANES_PICK(a, b, 0, 1, 8, 9, 4, 5, 12, 13);
        rows[i + 2] = HASH_LANES_PICK(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        HASH_LANES_WORDS a = rows[i], b = rows[i + 4];
        rows[i] = HASH_LANES_PICK(a, b, 0, 1, 2, 3, 8, 9, 10, 11);
        rows[i + 4] = HASH_LANES_PICK(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
    }
#else
#pragma GCC unroll 2
    for (int i = 0; i < 4; i += 2) {
        HASH_LANES_WORDS a = rows[i], b = rows[i + 1];
        rows[i] = HASH_LANES_PICK(a, b, 0, 4, 2, 6);
        rows[i + 1] = HASH_LANES_PICK(a, b, 1, 5, 3, 7);
    }
#pragma GCC unroll 2
    for (int i = 0; i < 2; i++) {
        HASH_LANES_WORDS a = rows[i], b = rows[i + 2];
        rows[i] = HASH_LANES_PICK(a, b, 0, 1, 4, 5);
        rows[i + 2] = HASH_LANES_PICK(a, b, 2, 3, 6, 7);
    }
#endif
}

/* state holds word by word, each with a place for every lane. */
HASH_LANES_INLINE void hash_lanes_block_compress(uint64_t *state, const uint8_t *const *blocks) {
    HASH_LANES_WORDS words[16], now[8], before[8];
#pragma GCC unroll 4
    for (int i = 0; i < 16; i += HASH_LANES_WIDTH) {
#pragma GCC unroll 8
        for (int lane = 0; lane < HASH_LANES_WIDTH; lane++)
            hash_lanes_block_load(blocks[lane] + 8 * i, &words[i + lane]);
        hash_lanes_block_turn(words + i);
    }
    memcpy(before, state, sizeof before);
    memcpy(now, before, sizeof now);
    hash_lanes_block_rounds(now, words, 0);
#pragma GCC unroll 1
    for (unsigned first = 16; first < 80; first += 16) hash_lanes_block_rounds(now, words, first);
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) now[i] += before[i];
    memcpy(state, now, sizeof now);
}
