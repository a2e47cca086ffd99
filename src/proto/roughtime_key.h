/* The two key files of a Roughtime server, as text.
 *
 * The long-term seed lives where delegations are made, which need not be the server. A delegation
 * file holds the online key and what the long-term key says of it; it is all a server needs. Both
 * are secret. Lines are NAME VALUE, each name once, in any order; "#" begins a comment line. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "proto/roughtime_proof.h"

enum { ROUGHTIME_KEY_TEXT_BYTES = 2048 };

struct roughtime_key {
    struct roughtime_proof_delegation delegation;
    uint8_t online_seed[ED25519_SEED_BYTES];
};

/* Text of a delegation file; returns its length. */
size_t roughtime_key_text(const struct roughtime_key *key, char out[ROUGHTIME_KEY_TEXT_BYTES]);
/* ERR_SYNTAX (*line is where, from 1), ERR_TAG: a name is missing (*line 0), ERR_KEY: the seed is
 * not that of the online key, ERR_SIGNATURE, ERR_RANGE: the delegation does not hold. */
MUST_USE enum err roughtime_key_parse(const char *text, size_t length, struct roughtime_key *out,
                                      size_t *line);

/* Text of a long-term key file, with the public key in a comment. */
size_t roughtime_key_seed_text(const uint8_t seed[ED25519_SEED_BYTES],
                               const uint8_t public_key[ED25519_PUBLIC_BYTES],
                               char out[ROUGHTIME_KEY_TEXT_BYTES]);
/* ERR_SYNTAX, ERR_TAG as above. */
MUST_USE enum err roughtime_key_seed_parse(const char *text, size_t length,
                                           uint8_t out[ED25519_SEED_BYTES], size_t *line);
