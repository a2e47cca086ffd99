/* Evidence of one association: the packets that came, and the changes of its state.
 *
 * Every accepted reply is recorded whole, and of the dropped ones a few for each request: whoever
 * floods us with forgeries must not fill the ledger. */
#pragma once

#include "jobs/job.h"
#include "jobs/record.h"
#include "proto/ntp_client.h"

struct receipts {
    bool on; /* false: there is no ledger, and every call does nothing */
    uint8_t drops_left;
    uint16_t request_length;
    uint8_t request[RECORD_REQUEST_BYTES]; /* header of the newest request */
    /* As last recorded: */
    bool any, reachable;
    uint8_t state, auth;
    struct addr addr;
};

/* A request goes out. */
void receipts_request(struct receipts *receipts, const uint8_t *bytes, size_t length);
/* A datagram was judged: err says how. client as it was before. */
void receipts_reply(struct receipts *receipts, const struct event *event,
                    const struct ntp_client *client, struct utc pivot, enum err err, bool nts,
                    struct outbox *outbox);
/* The association stands so. */
void receipts_state(struct receipts *receipts, const struct message_association *report,
                    struct outbox *outbox);
