/* Ed25519 signatures (RFC 8032), by OpenSSL.
 *
 * Keys are 32 bytes: a secret seed, or a public key. Signing is deterministic. A signer is prepared
 * once and used many times; this file asks for no memory afterwards (OpenSSL itself may). */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { ED25519_SEED_BYTES = 32, ED25519_PUBLIC_BYTES = 32, ED25519_SIGNATURE_BYTES = 64 };

struct evp_pkey_st;
struct evp_md_ctx_st;

/* All zero: holds nothing, and may be wiped. Not to be copied while it holds a key. */
struct ed25519_signer {
    struct evp_pkey_st *key;
    struct evp_md_ctx_st *context;
    uint8_t public_key[ED25519_PUBLIC_BYTES];
};

/* The seed may be wiped by the caller afterwards. ERR_FULL if OpenSSL has no memory or refuses. */
MUST_USE enum err ed25519_signer_init(struct ed25519_signer *out,
                                      const uint8_t seed[ED25519_SEED_BYTES]);
/* Frees and erases; the signer is all zero afterwards. */
void ed25519_signer_wipe(struct ed25519_signer *signer);

/* ERR_FULL as above. */
MUST_USE enum err ed25519_public_key(const uint8_t seed[ED25519_SEED_BYTES],
                                     uint8_t out[ED25519_PUBLIC_BYTES]);
MUST_USE enum err ed25519_sign(const struct ed25519_signer *signer, const void *message,
                               size_t length, uint8_t out[ED25519_SIGNATURE_BYTES]);
/* ERR_SIGNATURE unless the signature is that key's over that message. */
MUST_USE enum err ed25519_verify(const uint8_t public_key[ED25519_PUBLIC_BYTES],
                                 const void *message, size_t length,
                                 const uint8_t signature[ED25519_SIGNATURE_BYTES]);
