/* The server's side of NTS key establishment (RFC 8915 section 4), on plaintext: collects the
 * records of one request, judges them once they are complete, and builds the one answer.
 *
 * Between the two the caller exports the keys (nts_ke_context) and mints cookies: no key passes
 * through here. A request is complete with its End record, with the first thing that cannot become
 * good (oversize, broken framing), or when the caller has waited long enough. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "proto/nts_ke.h"

struct nts_ke_server {
    struct nts_ke_message message;
    uint8_t bytes[LIMIT_NTS_KE_REQUEST_BYTES];
};

/* A request as judged. */
struct nts_ke_server_request {
    /* OK: mint cookies for agreement. NEGOTIATION: answer says that nothing fits (it has no
     * cookies). Else the answer is an error record: CRITICAL, SYNTAX, TRAILING, TOO_LONG, SHORT
     * (no End came), STALE (too slow), KIND (a record only servers send). */
    enum err err;
    enum nts_record_error error; /* to be sent, for those other errors */
    bool next_protocol;          /* NTPv4 is among what the client wants */
    struct nts_ke_agreement agreement;
};

/* What the answer gives beside the agreement. */
struct nts_ke_server_gift {
    const uint8_t *cookies; /* count of them, each cookie_length bytes, one after another */
    size_t count, cookie_length;
    const char *server; /* NTP server for the client; NULL: the host that it is talking to */
    uint16_t port;      /* its port; 0: 123 */
};

void nts_ke_server_init(struct nts_ke_server *server);
/* Takes plaintext. True: the request is complete and was judged; further bytes are not wanted. */
bool nts_ke_server_feed(struct nts_ke_server *server, const void *bytes, size_t length,
                        const struct nts_ke_aeads *offer, struct nts_ke_server_request *out);
/* No further bytes come: because the client was too slow (STALE) or has closed (SHORT). */
void nts_ke_server_give_up(enum err why, struct nts_ke_server_request *out);
/* Builds the answer; gift is looked at only if request->err is ERR_OK. ERR_FULL if it does not fit
 * room, ERR_RANGE if the gift has no cookie, or more than the limits allow; then answer with
 * nts_ke_server_internal. */
MUST_USE enum err nts_ke_server_answer(const struct nts_ke_server_request *request,
                                       const struct nts_ke_server_gift *gift, uint8_t *out,
                                       size_t room, size_t *length);
/* The answer where cookies or keys cannot be made: internal server error. */
MUST_USE enum err nts_ke_server_internal(uint8_t *out, size_t room, size_t *length);
