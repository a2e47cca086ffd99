/* Nonces from one seed: AES-128 of a counter. No two are equal, and without the key nobody can tell
 * which came after which, so that cookies made one after the other cannot be linked.
 *
 * It spares the hot path a system call for each packet. Each process takes a seed of its own. */
#pragma once

#include <stdint.h>

#include <nettle/aes.h>

enum { NONCE_SEED_BYTES = 24, NONCE_BYTES = 16 };

struct nonce {
    struct aes128_ctx key;
    uint64_t counter;
    uint8_t start[8]; /* the half of the block that does not count */
};

void nonce_seed(struct nonce *nonce, const uint8_t seed[NONCE_SEED_BYTES]);
void nonce_next(struct nonce *nonce, uint8_t out[NONCE_BYTES]);
