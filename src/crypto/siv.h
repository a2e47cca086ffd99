/* AES-SIV-CMAC-256 (RFC 5297, AEAD 15 of RFC 5116's registry), by nettle: one key, one associated
 * string, one nonce. NTS seals with it; the plaintext may be empty.
 *
 * The order of S2V is associated data, nonce, plaintext (RFC 8915 section 5.6 with RFC 5297
 * section 6). What comes out is the 16-byte synthetic IV, then the ciphertext.
 *
 * AES-128-GCM-SIV (AEAD 30) is not here: no library in Debian 12 has it (nettle 3.8, OpenSSL 3.0).
 * Callers keep the number of the algorithm beside the key, so that it can be added. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nettle/siv-cmac.h>

enum { SIV_KEY_BYTES = 32, SIV_TAG_BYTES = 16, SIV_NONCE_BYTES = 16 };

/* An expanded key: made once, read by any number of calls. Contains secrets. */
struct siv_key {
    struct siv_cmac_aes128_ctx schedule;
};

void siv_expand(struct siv_key *key, const uint8_t secret[SIV_KEY_BYTES]);
/* Writes length + SIV_TAG_BYTES bytes. nonce_length >= 1; plain and out must not overlap. */
void siv_seal(const struct siv_key *key, const uint8_t *nonce, size_t nonce_length,
              const uint8_t *associated, size_t associated_length, const uint8_t *plain,
              size_t length, uint8_t *out);
/* Verifies sealed (length bytes with its tag) and writes length - SIV_TAG_BYTES bytes. False: out
 * holds nothing of it (zeros). Any length and any nonce may be given. */
bool siv_open(const struct siv_key *key, const uint8_t *nonce, size_t nonce_length,
              const uint8_t *associated, size_t associated_length, const uint8_t *sealed,
              size_t length, uint8_t *out);
