/* One connection on which we are the client of NTS key establishment (RFC 8915 section 4): bytes of
 * TCP in and out, and at the end an answer to the source job's question. */
#pragma once

#include "crypto/tls.h"
#include "jobs/keyer.h"
#include "proto/nts_ke_client.h"

struct keyer_guest {
    struct message_nts_want want;
    struct tls_connection tls;
    struct nts_ke_client records;
    bool asked, done;
};

/* now: for the dates of certificates. As tls_connect; the first bytes are to be drained at once. */
MUST_USE enum err keyer_guest_open(struct keyer_guest *guest, const struct keyer *keyer,
                                   const struct tls_client *client,
                                   const struct message_nts_want *want, struct mono now);
/* Bytes from the server. True: the answer is complete: *out is the message to the source job, which
 * the caller wipes; reason: why there are no keys, "" if there are. */
bool keyer_guest_feed(struct keyer_guest *guest, const void *bytes, size_t length,
                      struct message *out, char reason[TLS_REASON_BYTES]);
/* The server has closed (ERR_SHORT), was too slow (STALE) or cannot be reached (IO). */
void keyer_guest_give_up(struct keyer_guest *guest, enum err why, struct message *out,
                         char reason[TLS_REASON_BYTES]);
void keyer_guest_free(struct keyer_guest *guest);
/* An answer without keys. */
void keyer_guest_refusal(const struct message_nts_want *want, enum err why, struct message *out);
