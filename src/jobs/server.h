/* The server job: requests in, replies from the clock page out, plain and under NTS. Its hot path
 * is two plain calls: what does not depend on the time first, so that the transmit time is read
 * late. */
#pragma once

#include "clock/clock_page.h"
#include "config/config.h"
#include "jobs/job.h"
#include "jobs/key_page.h"
#include "proto/nts_server.h"

/* A request between the two calls. */
struct server_request {
    const uint8_t *bytes;
    size_t length;
    bool authenticated; /* NTS: nts holds secrets until the reply is made */
    struct nts_server_request nts;
};

struct server {
    const struct config *config;
    int8_t precision_log2s;
    struct mono next_report; /* at the latest, also if nothing changed */
    uint64_t reported;       /* requests in the last report */
    struct message_serving serving;
    const struct key_page *key_page; /* NULL: NTS is not served */
    uint64_t keys_version;           /* of the page, when keys were copied; 0: there are none yet */
    struct nts_keys keys;
    struct nonce nonces;
    struct server_request request; /* room for the one being answered */
};

/* keys: NULL where no NTS is served. */
void server_init(struct server *server, const struct config *config, uint8_t instance,
                 int8_t precision_log2s, const struct key_page *keys);
/* One datagram. ERR_OK: out is to be given to server_reply. Every other result is counted, and the
 * end of it. bytes must stay until then. */
MUST_USE enum err server_take(struct server *server, const struct addr *from, const uint8_t *bytes,
                              size_t length, struct server_request *out);
/* ERR_OK: *length bytes in out are to be sent back to where it came from. Every other result is
 * counted. clock: a snapshot of the page (NULL if it could not be read). */
MUST_USE enum err server_reply(struct server *server, struct server_request *request,
                               const struct clock_state *clock, struct ntp_server_times times,
                               uint8_t out[LIMIT_REPLY_BYTES], size_t *length);
/* Both at once. */
MUST_USE enum err server_answer(struct server *server, const struct clock_state *clock,
                                struct ntp_server_times times, const struct addr *from,
                                const uint8_t *bytes, size_t length, uint8_t out[LIMIT_REPLY_BYTES],
                                size_t *out_length);
/* START and WAKE: reports to status once a second. */
void server_step(struct server *server, const struct event *event, struct outbox *outbox);
