/* The client's side of NTS key establishment (RFC 8915 section 4), on plaintext: builds the request
 * and judges the one response.
 *
 * Nothing of a response is used unless all of it is good: an error or warning record, an unknown
 * critical record, or a choice that we did not offer ends the establishment with a reason. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "proto/nts_cookie.h"
#include "proto/nts_ke.h"

enum { NTS_KE_CLIENT_REASON_BYTES = 128, NTS_KE_CLIENT_REQUEST_BYTES = 64 };

struct nts_ke_client {
    struct nts_ke_aeads offered;
    struct nts_ke_message message;
    uint8_t bytes[LIMIT_NTS_KE_RESPONSE_BYTES];
};

struct nts_ke_client_response {
    /* OK: all below is valid. REFUSED: error or warning record. NEGOTIATION: the server found
     * nothing in common. Else the response is not good: CRITICAL, SYNTAX, TRAILING, TOO_LONG,
     * SHORT (closed before the End), STALE. */
    enum err err;
    char reason[NTS_KE_CLIENT_REASON_BYTES]; /* why, unless OK: a sentence without full stop */
    struct nts_ke_agreement agreement;
    struct nts_cookie cookies[LIMIT_NTS_COOKIES];
    size_t cookie_count; /* 1 to LIMIT_NTS_COOKIES; more, and those that no field can carry, are
                            ignored */
    char server[LIMIT_HOST_NAME_BYTES]; /* "": the host that was asked */
    uint16_t port;                      /* NTS_KE_NTP_PORT (123) unless the server said otherwise */
};

/* Builds the request for these algorithms (at least one) and keeps them in mind. */
size_t nts_ke_client_init(struct nts_ke_client *client, const struct nts_ke_aeads *offer,
                          uint8_t out[NTS_KE_CLIENT_REQUEST_BYTES]);
/* Takes plaintext. True: the response is complete and was judged. */
bool nts_ke_client_feed(struct nts_ke_client *client, const void *bytes, size_t length,
                        struct nts_ke_client_response *out);
/* No further bytes come: because the server was too slow (STALE) or has closed (SHORT). */
void nts_ke_client_give_up(enum err why, struct nts_ke_client_response *out);
