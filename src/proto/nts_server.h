/* NTS on the server's side of NTP (RFC 8915 section 5.7). The header is that of proto/ntp_server.
 *
 * In two calls, so that the clock is read after the slow part: nts_server_open does everything that
 * does not depend on the time, nts_server_seal writes the timestamps and the authenticator.
 * A reply is exactly as long as its request, which also keeps the two paths alike; an NTSN is
 * shorter. No state is kept for clients. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/nonce.h"
#include "proto/ntp_server.h"
#include "proto/nts_cookie.h"
#include "wire/nts_extension.h"

/* A request between the two calls. It holds secrets until nts_server_seal, which is always to be
 * called once nts_server_open has returned ERR_OK. */
struct nts_server_request {
    enum err refusal; /* ERR_OK, or why NTSN is answered: to be counted */
    const uint8_t *bytes;
    size_t length;
    struct nts_extension fields;
    uint8_t nonce[NONCE_BYTES];
    struct siv_key s2c;
    size_t plain_length; /* of the new cookies, as fields */
    uint8_t plain[LIMIT_NTS_COOKIES * (NTS_FIELD_HEADER_BYTES + NTS_COOKIE_BYTES)];
};

/* Whether the request belongs here; if not, it is a plain one for ntp_server_reply. */
bool nts_server_wants(const uint8_t *request, size_t length);

/* Opens the cookie, verifies the authenticator, mints new cookies. bytes must stay until the seal.
 * ERR_OK: there is something to answer. The refusals in out: NTS_KEY NTS_COOKIE NTS_AEAD NTS_AUTH.
 * Drops, met with silence: TOO_LONG SHORT MODE VERSION EXTENSION FULL AUTH NTS_MISSING NTS_TWICE
 * NTS_ORDER NTS_LENGTH. */
MUST_USE enum err nts_server_open(const struct nts_keys *keys, struct nonce *nonces,
                                  const uint8_t *bytes, size_t length,
                                  struct nts_server_request *out);

/* The reply, at most as long as the request. Errors as ntp_server_reply (WITHDRAWN). */
MUST_USE enum err nts_server_seal(struct nts_server_request *request,
                                  const struct clock_state *clock, int8_t precision_log2s,
                                  struct ntp_server_times times, uint8_t out[LIMIT_REPLY_BYTES],
                                  size_t *length);
