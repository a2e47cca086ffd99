/* A measurement over several Roughtime servers whose order is proved (RFC 10049 section 8.2): the
 * servers are asked one after the other, twice in the same order, and each nonce is a hash over the
 * response before. Two responses that cannot both be right are evidence for third parties.
 *
 * Use: next() gives server and request; then response() with what came back (bad ones are refused
 * and counted by the caller, the machine goes on waiting), or skip() when nothing did; until next()
 * says that it is over. Then conclude(). The links are the report. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/entropy.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/times.h"
#include "proto/roughtime_client.h"

struct json;

enum { ROUGHTIME_CHAIN_PASSES = 2, ROUGHTIME_CHAIN_SERVERS_MIN = 3 };

struct roughtime_chain_server {
    uint8_t long_term_key[ED25519_PUBLIC_BYTES];
    uint32_t version; /* the one asked for */
};

/* One request and its verified response. rand is the random nonce itself in the first link, and
 * what was hashed with the previous response in the others. */
struct roughtime_chain_link {
    size_t server;
    struct mono sent, received; /* received: at the response, or now if not yet there */
    uint8_t rand[ROUGHTIME_PROOF_NONCE_BYTES];
    size_t request_length, response_length;
    uint8_t request[LIMIT_ROUGHTIME_REQUEST_BYTES];
    uint8_t response[LIMIT_ROUGHTIME_RESPONSE_BYTES];
    struct roughtime_client_proof proof;
};

struct roughtime_chain {
    struct roughtime_client_rules rules;
    size_t server_count;
    struct roughtime_chain_server servers[LIMIT_ROUGHTIME_SERVERS];
    size_t step;  /* of passes * servers */
    bool waiting; /* links[link_count] is asked and not answered */
    size_t link_count;
    struct roughtime_chain_link links[ROUGHTIME_CHAIN_PASSES * LIMIT_ROUGHTIME_SERVERS];
};

enum roughtime_chain_verdict {
    ROUGHTIME_CHAIN_CONSISTENT,   /* all responses can be right */
    ROUGHTIME_CHAIN_MALFEASANCE,  /* links earlier and later prove that one of the two lied */
    ROUGHTIME_CHAIN_INCONSISTENT, /* no time fits all, but the order proves nothing */
    ROUGHTIME_CHAIN_INCOMPLETE,   /* fewer than three servers answered, or than could all lie */
};

struct roughtime_chain_result {
    enum roughtime_chain_verdict verdict;
    size_t earlier, later;    /* links; with MALFEASANCE */
    struct mono at;           /* with CONSISTENT: at this counter reading (the last response) */
    struct utc low, high;     /* UTC is inside these bounds */
    size_t servers_answering; /* different ones */
};

/* count is ROUGHTIME_CHAIN_SERVERS_MIN .. LIMIT_ROUGHTIME_SERVERS, else ERR_RANGE; no key twice
 * (ERR_DUPLICATE); versions spoken (ERR_VERSION). A single query uses roughtime_client alone. */
MUST_USE enum err roughtime_chain_init(struct roughtime_chain *chain,
                                       const struct roughtime_client_rules *rules,
                                       const struct roughtime_chain_server *servers, size_t count);
/* The link with the request to send now (server, request, request_length), or NULL when all is
 * done. Draws ROUGHTIME_PROOF_NONCE_BYTES. May not be called while a request waits. */
const struct roughtime_chain_link *roughtime_chain_next(struct roughtime_chain *chain,
                                                        struct mono now, struct entropy *entropy);
/* A packet came from the server that is asked. On an error the request still waits: others may
 * answer in the server's name. ERR_UNSOLICITED if nothing waits. */
MUST_USE enum err roughtime_chain_response(struct roughtime_chain *chain, struct mono received,
                                           const uint8_t *packet, size_t length);
/* The server did not answer in time: its turn is over, the next nonce follows the last response. */
void roughtime_chain_skip(struct roughtime_chain *chain);
/* What the links say so far; every pair is looked at. */
void roughtime_chain_conclude(const struct roughtime_chain *chain,
                              struct roughtime_chain_result *out);
/* The links as a malfeasance report (wire/roughtime_report). */
void roughtime_chain_report(const struct roughtime_chain *chain, struct json *json);
