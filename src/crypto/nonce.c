/* Nonces: a block cipher permutes, so blocks that differ in their counter stay different.
 * Invariant: the counter never repeats (2^64 nonces are more than any process gives out). */
#include "crypto/nonce.h"

#include <string.h>

_Static_assert(NONCE_BYTES == AES_BLOCK_SIZE, "a nonce is one block");
_Static_assert(NONCE_SEED_BYTES == AES128_KEY_SIZE + 8, "a seed is a key and half a block");

void nonce_seed(struct nonce *nonce, const uint8_t seed[NONCE_SEED_BYTES]) {
    aes128_set_encrypt_key(&nonce->key, seed);
    memcpy(nonce->start, seed + AES128_KEY_SIZE, sizeof nonce->start);
    nonce->counter = 0;
}

void nonce_next(struct nonce *nonce, uint8_t out[NONCE_BYTES]) {
    uint8_t block[NONCE_BYTES];
    memcpy(block, nonce->start, sizeof nonce->start);
    memcpy(block + sizeof nonce->start, &nonce->counter, sizeof nonce->counter);
    nonce->counter++;
    aes128_encrypt(&nonce->key, sizeof block, out, block);
}
