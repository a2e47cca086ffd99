/* RFC 6962 section 2.1 word by word, recursive and slow, to compare with. Leaf i of the trees here
 * is the entry of the eight bytes of i, big-endian. */
#pragma once

#include <string.h>

#include "ledger/merkle.h"

static inline struct merkle_hash naive_leaf(uint64_t index) {
    uint8_t entry[8];
    struct merkle_hash hash;
    for (unsigned i = 0; i < 8; i++) entry[i] = (uint8_t)(index >> (56 - 8 * i));
    merkle_leaf(entry, sizeof entry, &hash);
    return hash;
}

/* The largest power of two below count, which is at least 2. */
static inline uint64_t naive_split(uint64_t count) {
    uint64_t k = 1;
    while (k * 2 < count) k *= 2;
    return k;
}

/* MTH(D[start : start + count]) */
static inline struct merkle_hash naive_root(uint64_t start, uint64_t count) {
    struct merkle_hash left, right;
    if (count == 0) {
        merkle_empty(&left);
        return left;
    }
    if (count == 1) return naive_leaf(start);
    const uint64_t k = naive_split(count);
    left = naive_root(start, k);
    right = naive_root(start + k, count - k);
    merkle_node(&left, &right, &left);
    return left;
}

/* PATH(index, D[start : start + count]) */
static inline void naive_path(uint64_t index, uint64_t start, uint64_t count,
                              struct merkle_proof *out) {
    if (count == 1) {
        out->count = 0;
        return;
    }
    const uint64_t k = naive_split(count);
    if (index < k) {
        naive_path(index, start, k, out);
        out->hashes[out->count++] = naive_root(start + k, count - k);
    } else {
        naive_path(index - k, start + k, count - k, out);
        out->hashes[out->count++] = naive_root(start, k);
    }
}

/* SUBPROOF(old, D[start : start + count], whole) */
static inline void naive_subproof(uint64_t old, uint64_t start, uint64_t count, bool whole,
                                  struct merkle_proof *out) {
    if (old == count) {
        out->count = 0;
        if (!whole) out->hashes[out->count++] = naive_root(start, count);
        return;
    }
    const uint64_t k = naive_split(count);
    if (old <= k) {
        naive_subproof(old, start, k, whole, out);
        out->hashes[out->count++] = naive_root(start + k, count - k);
    } else {
        naive_subproof(old - k, start + k, count - k, false, out);
        out->hashes[out->count++] = naive_root(start, k);
    }
}

/* PROOF(old, D[0 : size]); none for 0 and for equal sizes. */
static inline void naive_consistency(uint64_t old, uint64_t size, struct merkle_proof *out) {
    out->count = 0;
    if (old > 0 && old < size) naive_subproof(old, 0, size, true, out);
}

/* A merkle_reader over these leaves. */
static inline enum err naive_read(void *context, unsigned level, uint64_t index,
                                  struct merkle_hash *out) {
    (void)context;
    *out = naive_root(index << level, UINT64_C(1) << level);
    return ERR_OK;
}
