/* One connection on which we are the server of NTS key establishment (RFC 8915 section 4): bytes of
 * TCP in and out. One request, one answer, the end; every connection is counted once. */
#pragma once

#include "crypto/tls.h"
#include "jobs/keyer.h"
#include "proto/nts_ke_server.h"

struct keyer_host {
    struct tls_connection tls;
    struct nts_ke_server records;
    bool answered;
    enum err err; /* of the request, once it was answered */
};

/* As tls_accept. */
MUST_USE enum err keyer_host_open(struct keyer_host *host, const struct tls_server *server);
/* Bytes from the client; what is to be sent to it is then to be drained (tls_drain). */
void keyer_host_feed(struct keyer_host *host, struct keyer *keyer, const void *bytes,
                     size_t length);
/* Nothing more will come or be sent. */
bool keyer_host_over(const struct keyer_host *host);
/* Frees it. why: ERR_OK, or the reason for which the world ends it early (STALE, IO). */
void keyer_host_close(struct keyer_host *host, struct keyer *keyer, enum err why);
