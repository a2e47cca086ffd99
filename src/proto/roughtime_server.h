/* Roughtime server (RFC 10049): requests are gathered in a batch, one signature covers the root of
 * a Merkle tree over them, and each gets a reply with its path. No state per client.
 *
 * Use: add() each request (the caller's packet is not needed afterwards), then sign() when the
 * batch is full or has waited long enough, then reply() for each slot, then clear(). Versions have
 * trees of their own, and thus a signature each. Replies to UDP are never longer than the request:
 * a request on UDP is at least LIMIT_ROUGHTIME_REQUEST_MIN_BYTES long, a reply always shorter. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/entropy.h"
#include "base/err.h"
#include "base/limits.h"
#include "clock/clock_state.h"
#include "proto/roughtime_proof.h"
#include "proto/roughtime_tree.h"

enum roughtime_server_transport { ROUGHTIME_SERVER_UDP, ROUGHTIME_SERVER_TCP };

enum {
    ROUGHTIME_SERVER_VERSIONS = 2, /* served */
    ROUGHTIME_SERVER_SREP_BYTES = 96,
};

struct roughtime_server_rules {
    enum roughtime_proof_context version_1_context; /* RFC by default */
    uint32_t radius_min_s; /* RADI is never below; RFC 10049: 3 where leap seconds are unknown */
    double grease;         /* probability that a reply is spoilt on purpose, 0 to 1 */
};

struct roughtime_server_slot {
    uint8_t version; /* index of the tree */
    uint16_t leaf;   /* index in it */
    uint8_t nonce[ROUGHTIME_PROOF_NONCE_BYTES];
};

/* What is signed once for all requests of a batch in one version. */
struct roughtime_server_tree {
    struct roughtime_tree of;
    uint8_t cert[ROUGHTIME_PROOF_CERT_BYTES];
    size_t reply_length;
    uint8_t reply[LIMIT_ROUGHTIME_REPLY_BYTES]; /* zeros where the replies differ */
};

struct roughtime_server {
    struct roughtime_server_rules rules;
    struct roughtime_proof_delegation delegation;
    struct ed25519_signer *online;
    uint8_t srv[ROUGHTIME_PROOF_HASH_BYTES];
    size_t batch_max; /* 1 .. LIMIT_ROUGHTIME_BATCH */
    bool is_signed;
    uint64_t grease_seed;
    size_t count;
    struct roughtime_server_slot slots[LIMIT_ROUGHTIME_BATCH];
    struct roughtime_server_tree trees[ROUGHTIME_SERVER_VERSIONS];
};

struct roughtime_server_reply {
    size_t length; /* of the packet */
    bool greased;
    uint8_t packet[LIMIT_ROUGHTIME_REPLY_BYTES];
};

/* An empty server without a key. batch_max 0: LIMIT_ROUGHTIME_BATCH. */
void roughtime_server_init(struct roughtime_server *server,
                           const struct roughtime_server_rules *rules, size_t batch_max);
/* Gives it its key, or the next one (the batch must be empty). The signer is borrowed, and must be
 * that of delegation->online_key (else ERR_KEY); the delegation is checked (ERR_SIGNATURE,
 * ERR_RANGE). On an error the old key stays. */
MUST_USE enum err roughtime_server_set_key(struct roughtime_server *server,
                                           const struct roughtime_proof_delegation *delegation,
                                           struct ed25519_signer *online);

/* Interval to be signed, from the clock at the moment of signing: the midpoint rounded to seconds,
 * the radius rounded up so that it covers that too, at least radius_min_s and never 0; a second
 * more around a leap second. ERR_WITHDRAWN when the clock may not be served from (clock NULL: never
 * published). */
MUST_USE enum err roughtime_server_interval(const struct clock_state *clock, struct mono now,
                                            uint32_t radius_min_s,
                                            struct roughtime_proof_interval *out);

/* Takes one request packet, framing included, and gives the slot that its reply will have. Slots
 * are numbered 0, 1, ... Errors are drops: KIND SHORT TRAILING RANGE SYNTAX of the format, FULL
 * with too many tags, TOO_LONG, SHORT also for a message too short for UDP, TAG (VER, NONC or TYPE
 * missing), MODE (TYPE is not a request), VERSION (none in common), KEY (SRV names another server),
 * QUEUE (the batch is full or signed), WITHDRAWN (no key yet). */
MUST_USE enum err roughtime_server_add(struct roughtime_server *server,
                                       enum roughtime_server_transport transport,
                                       const uint8_t *packet, size_t length, size_t *slot);
/* Signs the batch. ERR_STALE when the interval is not within MINT .. MAXT of the delegation (the
 * whole batch is to be dropped, nothing is given out); ERR_WITHDRAWN without a key; ERR_FULL if
 * OpenSSL refuses. Draws 8 bytes of entropy. */
MUST_USE enum err roughtime_server_sign(struct roughtime_server *server,
                                        const struct roughtime_proof_interval *interval,
                                        struct entropy *entropy);
/* The reply to a slot of the signed batch. */
void roughtime_server_reply(const struct roughtime_server *server, size_t slot,
                            struct roughtime_server_reply *out);
/* Empties the batch, signed or not. */
void roughtime_server_clear(struct roughtime_server *server);
