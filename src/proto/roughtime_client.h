/* Roughtime client (RFC 10049): a request, the judgement of a response, and what two responses say
 * about each other. All are functions of bytes; nothing is kept. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "proto/roughtime_proof.h"

struct roughtime_client_rules {
    bool accept_other_context; /* than the one the version's document says */
};

/* What a response proved. */
struct roughtime_client_proof {
    uint32_t version;
    enum roughtime_proof_context context; /* of both signatures */
    bool other_context;                   /* not the one the version's document says */
    struct roughtime_proof_interval interval;
    uint64_t mint_s, maxt_s; /* of the delegation */
    uint8_t online_key[ED25519_PUBLIC_BYTES];
    uint32_t index;
    size_t path_length; /* hashes */
};

/* Builds the packet of a request: versions ascending (count 1 .. LIMIT_ROUGHTIME_VERSIONS, else
 * ERR_RANGE), SRV from the server's long-term key (NULL: none), padded to a message of
 * LIMIT_ROUGHTIME_MESSAGE_PADDED_BYTES. */
MUST_USE enum err roughtime_client_request(const uint32_t *versions, size_t count,
                                           const uint8_t nonce[ROUGHTIME_PROOF_NONCE_BYTES],
                                           const uint8_t *long_term_key,
                                           uint8_t out[LIMIT_ROUGHTIME_REQUEST_BYTES],
                                           size_t *length);
/* Judges a response packet against the request packet it answers and the server's long-term key.
 * Errors: those of the format; TAG; RANGE (a length or value, also RADI 0, SRV of the request not
 * of this key is KEY); MODE (TYPE); VERSION (none that was asked for); ORIGIN (nonce); SIGNATURE
 * (either); PROOF (Merkle path, or bits left over in INDX); STALE (MIDP outside MINT .. MAXT). */
MUST_USE enum err roughtime_client_verify(const struct roughtime_client_rules *rules,
                                          const uint8_t long_term_key[ED25519_PUBLIC_BYTES],
                                          const uint8_t *request, size_t request_length,
                                          const uint8_t *response, size_t response_length,
                                          struct roughtime_client_proof *out);
/* The NONC of a request packet (of a report). */
MUST_USE enum err roughtime_client_nonce_of(const uint8_t *request, size_t length,
                                            uint8_t out[ROUGHTIME_PROOF_NONCE_BYTES]);
/* Nonce of the request after a response: H(response packet || rand). It proves the order. */
void roughtime_client_chained_nonce(const uint8_t *response, size_t length,
                                    const uint8_t rand[ROUGHTIME_PROOF_NONCE_BYTES],
                                    uint8_t out[ROUGHTIME_PROOF_NONCE_BYTES]);
/* Whether an earlier and a later response can both be right. False proves that at least one server
 * lies: the earlier's whole interval is after the later's. */
bool roughtime_client_possible(const struct roughtime_proof_interval *earlier,
                               const struct roughtime_proof_interval *later);
