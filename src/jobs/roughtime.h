/* The Roughtime job: gathers requests, has them signed by its online key, and says how it fares.
 * Its hot path is plain calls: take() each request, sign() the batch, reply() to each slot, done().
 *
 * A batch waits for company only while requests come in numbers: after a batch of one the next
 * request is signed at once, so that a lone client pays no wait. */
#pragma once

#include "clock/clock_state.h"
#include "config/config.h"
#include "jobs/job.h"
#include "proto/roughtime_key.h"
#include "proto/roughtime_server.h"

struct roughtime {
    const struct config *config;
    struct roughtime_server server;
    struct ed25519_signer signer;
    uint64_t mint_utc_s;
    size_t last_batch;                     /* requests in it */
    struct mono next_report, next_warning; /* at the latest; not before */
    uint64_t reported;                     /* requests in the last report */
    bool said_silent;
    struct message_roughtime report;
};

/* ERR_SIGNATURE, ERR_RANGE, ERR_KEY: the key does not hold together; ERR_FULL: no memory. The key
 * may be wiped afterwards. */
MUST_USE enum err roughtime_init(struct roughtime *job, const struct config *config,
                                 const struct roughtime_key *key);
/* One request packet. ERR_OK: the reply to slot is due to its sender. Else it is counted. */
MUST_USE enum err roughtime_take(struct roughtime *job, const struct addr *from,
                                 enum roughtime_server_transport transport, const uint8_t *packet,
                                 size_t length, size_t *slot);
/* Requests that wait to be signed. */
size_t roughtime_waiting(const struct roughtime *job);
bool roughtime_is_full(const struct roughtime *job);
/* How long the batch, begun just now, may wait for more requests. */
int64_t roughtime_patience_ns(const struct roughtime *job);
/* What is signed at now. With a valid list of leap seconds the radius is what the bound asks for,
 * else 3 s at least. ERR_WITHDRAWN: no bound can be shown. */
MUST_USE enum err roughtime_interval(const struct clock_state *clock, struct mono now,
                                     struct roughtime_proof_interval *out);
/* Signs what waits. On an error nobody is answered: each request is counted and the batch is
 * empty. clock: a snapshot of the page (NULL if it could not be read). */
MUST_USE enum err roughtime_sign(struct roughtime *job, const struct clock_state *clock,
                                 struct mono now, struct entropy *entropy);
/* The reply to a slot of the signed batch; counted. */
void roughtime_reply(struct roughtime *job, size_t slot, struct roughtime_server_reply *out);
/* The batch is answered. */
void roughtime_done(struct roughtime *job);
/* START and WAKE: reports to status, warns when the delegation ends or time cannot be given. */
void roughtime_step(struct roughtime *job, const struct event *event, struct outbox *outbox);
