/* What Roughtime's servers and clients have in common (RFC 10049): versions, signature contexts,
 * the Merkle tree's two hashes, the delegation of the long-term key to an online key.
 *
 * The text of RFC 10049 (sections 5.2.1, 5.2.6) signs in the context "Roughtime v1 ..."; the
 * version before it, and the examples in its last draft's appendix B (which carry version 1), in
 * "RoughTime v1 ...". Hence a context is named apart from the version. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "crypto/ed25519.h"
#include "crypto/hash_lanes.h"
#include "wire/roughtime_message.h"

#define ROUGHTIME_PROOF_VERSION_1            UINT32_C(1)
#define ROUGHTIME_PROOF_VERSION_EXPERIMENTAL UINT32_C(0x8000000c)

enum {
    ROUGHTIME_PROOF_HASH_BYTES = 32, /* SHA-512, first half */
    ROUGHTIME_PROOF_NONCE_BYTES = 32,
    ROUGHTIME_PROOF_DELE_BYTES = 72,
    ROUGHTIME_PROOF_CERT_BYTES = 152,
};

/* What stands before a message of the Merkle tree. */
enum { ROUGHTIME_PROOF_LEAF = 0, ROUGHTIME_PROOF_NODE = 1 };

enum roughtime_proof_context {
    ROUGHTIME_PROOF_CONTEXT_RFC,        /* "Roughtime v1 ...", small t: RFC 10049 */
    ROUGHTIME_PROOF_CONTEXT_APPENDIX_B, /* "RoughTime v1 ...", capital T: drafts, 0x8000000c */
    ROUGHTIME_PROOF_CONTEXTS
};

enum roughtime_proof_signed { ROUGHTIME_PROOF_RESPONSE, ROUGHTIME_PROOF_DELEGATION };

/* Seconds of UTC as POSIX counts it; the true time is inside midpoint +- radius. */
struct roughtime_proof_interval {
    uint64_t midpoint_s;
    uint32_t radius_s;
};

/* A public key that may sign for the long-term key, from mint_s to maxt_s inclusive. Signed in both
 * contexts, so that one delegation serves all versions. No secret in it. */
struct roughtime_proof_delegation {
    uint8_t long_term_key[ED25519_PUBLIC_BYTES];
    uint8_t online_key[ED25519_PUBLIC_BYTES];
    uint64_t mint_s, maxt_s;
    uint8_t signatures[ROUGHTIME_PROOF_CONTEXTS][ED25519_SIGNATURE_BYTES];
};

/* The tags VER of a request and VERS of a response: versions in ascending order, none twice. */
struct roughtime_proof_versions {
    const uint8_t *bytes; /* into the message */
    size_t count;         /* 1 .. LIMIT_ROUGHTIME_VERSIONS */
};

/* ERR_TAG if it is missing, ERR_RANGE if empty or too long, ERR_SYNTAX if not ascending. */
MUST_USE enum err roughtime_proof_versions_of(const struct roughtime_message *message, uint32_t tag,
                                              struct roughtime_proof_versions *out);
bool roughtime_proof_versions_have(const struct roughtime_proof_versions *list, uint32_t version);

bool roughtime_proof_speaks(uint32_t version);
/* What the version's own document says: RFC for 1, APPENDIX_B for 0x8000000c. */
enum roughtime_proof_context roughtime_proof_context_of(uint32_t version);
/* "Roughtime v1" or "RoughTime v1", for reports. */
const char *roughtime_proof_context_name(enum roughtime_proof_context context);

/* Over context || 0 || message; length is at most LIMIT_ROUGHTIME_SIGNED_BYTES (ERR_TOO_LONG). */
MUST_USE enum err roughtime_proof_sign(const struct ed25519_signer *signer,
                                       enum roughtime_proof_context context,
                                       enum roughtime_proof_signed what, const uint8_t *message,
                                       size_t length, uint8_t out[ED25519_SIGNATURE_BYTES]);
MUST_USE enum err roughtime_proof_verify(const uint8_t public_key[ED25519_PUBLIC_BYTES],
                                         enum roughtime_proof_context context,
                                         enum roughtime_proof_signed what, const uint8_t *message,
                                         size_t length,
                                         const uint8_t signature[ED25519_SIGNATURE_BYTES]);

/* The SRV tag: H(0xff || long-term public key). */
void roughtime_proof_srv(const uint8_t long_term_key[ED25519_PUBLIC_BYTES],
                         uint8_t out[ROUGHTIME_PROOF_HASH_BYTES]);
/* Merkle tree: H(0 || request packet) and H(1 || left || right); out may be left or right. */
void roughtime_proof_leaf(const uint8_t *packet, size_t length,
                          uint8_t out[ROUGHTIME_PROOF_HASH_BYTES]);
void roughtime_proof_node(const uint8_t left[ROUGHTIME_PROOF_HASH_BYTES],
                          const uint8_t right[ROUGHTIME_PROOF_HASH_BYTES],
                          uint8_t out[ROUGHTIME_PROOF_HASH_BYTES]);

/* H of several messages at once, the byte before them included. */
void roughtime_proof_hashes(enum hash_lanes_way way, const struct hash_piece *messages,
                            size_t count, uint8_t (*out)[ROUGHTIME_PROOF_HASH_BYTES]);

/* Makes a delegation, where the long-term key is. ERR_RANGE unless mint_s < maxt_s. */
MUST_USE enum err roughtime_proof_delegate(const struct ed25519_signer *long_term,
                                           const uint8_t online_key[ED25519_PUBLIC_BYTES],
                                           uint64_t mint_s, uint64_t maxt_s,
                                           struct roughtime_proof_delegation *out);
/* For a delegation that was read from a file: ERR_RANGE as above, ERR_SIGNATURE. */
MUST_USE enum err roughtime_proof_delegation_check(const struct roughtime_proof_delegation *d);
/* The values of the tags DELE and CERT. */
void roughtime_proof_dele(const struct roughtime_proof_delegation *d,
                          uint8_t out[ROUGHTIME_PROOF_DELE_BYTES]);
void roughtime_proof_cert(const struct roughtime_proof_delegation *d,
                          enum roughtime_proof_context context,
                          uint8_t out[ROUGHTIME_PROOF_CERT_BYTES]);
