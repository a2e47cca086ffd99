/* NTS for an NTP association (RFC 8915 section 5.7). It stands beside proto/ntp_client, which keeps
 * judging headers and timestamps; here is what proves that the server wrote them.
 *
 * No reply without a valid authenticator is ever taken, whatever it says: there is no way back to
 * plain NTP. A cookie is used once and erased when it is sent. Nothing changes, neither here nor in
 * the NTP association, before the authenticator was verified, but for the note of a NAK. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/entropy.h"
#include "proto/ntp_client.h"
#include "proto/nts_cookie.h"
#include "wire/nts_extension.h"

/* What a key establishment yields, and what may be kept across restarts. Secret. */
struct nts_credentials {
    struct nts_session session;
    size_t count; /* of cookies; the first is used next */
    struct nts_cookie cookies[LIMIT_NTS_COOKIES];
};

struct nts_client {
    struct nts_credentials held; /* .session.aead 0: none yet */
    struct mono keyed;           /* when they were agreed upon */
    bool refused;                /* NTSN came since, and nothing authenticated after it */
    uint8_t unique_id[NTS_UNIQUE_ID_BYTES]; /* of the newest request */
};

/* Why new keys are wanted. The caller spaces its attempts (with jitter); meanwhile the cookies that
 * are left may still be used, for a NAK can be forged by whoever sees the request. */
enum nts_client_need {
    NTS_NEED_NOTHING,
    NTS_NEED_KEYS,    /* none were ever agreed upon */
    NTS_NEED_COOKIES, /* the last one was sent: eight requests were lost, or not authenticated */
    NTS_NEED_REFUSED, /* the server answers that it cannot open our cookies, and nothing else */
    NTS_NEED_REFRESH, /* the keys are older than is wished */
};

struct nts_client_reply {
    struct ntp_client_reply ntp; /* as there */
    size_t cookies;              /* new ones taken */
};

void nts_client_init(struct nts_client *client);
/* Takes new keys and cookies in place of the old. NTS_AEAD: not offered here; NTS_LENGTH: a cookie
 * that no field can carry; NTS_NO_COOKIE: none at all. */
MUST_USE enum err nts_client_keyed(struct nts_client *client, const struct nts_credentials *fresh,
                                   struct mono now);
/* To be asked before each request, when the wait for the last one is over. */
enum nts_client_need nts_client_need(const struct nts_client *client, struct mono now,
                                     double refresh_s);
void nts_client_wipe(struct nts_client *client);

/* Builds a request: header, unique identifier, a cookie, placeholders for those that are missing,
 * authenticator. NTS_NO_COOKIE: there is none; VERSION: the association does not speak version 4.
 * Draws 56 bytes; ntp waits for the reply afterwards. */
MUST_USE enum err nts_client_request(struct nts_client *client, struct ntp_client *ntp,
                                     struct entropy *entropy, struct mono now,
                                     uint8_t out[LIMIT_NTS_REQUEST_BYTES], size_t *length);

/* As ntp_client_reply, for a reply that is authenticated: ERR_OK, KISS, UNSYNCHRONISED, STRATUM and
 * ROOT_DISTANCE answer the request, and the new cookies were taken. All else are drops that leave
 * the request waiting; besides those of ntp_client_reply:
 *   NTS_NAK         kiss code NTSN with our unique identifier and without authenticator: only
 *                   noted, a good reply may still come; see nts_client_need
 *   NTS_MISSING     not authenticated (also any other kiss-o'-death), or no unique identifier
 *   NTS_UNIQUE_ID   of another request
 *   NTS_AUTH        does not verify
 *   NTS_TWICE NTS_ORDER NTS_LENGTH   as nts_extension_parse */
MUST_USE enum err nts_client_reply(struct nts_client *client, struct ntp_client *ntp,
                                   const uint8_t *bytes, size_t length, struct mono received,
                                   double error_s, struct utc pivot, struct nts_client_reply *out);
