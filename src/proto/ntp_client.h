/* NTP client association: one outstanding request, one accepted reply (RFC 5905 sections 8, 9.2;
 * RFC 9109 fresh ports are the world's part; data minimisation: the request says nothing of us).
 *
 * The transmit timestamp is 64 random bits that only a host on the path can know; the reply must
 * carry them as origin. State changes only when a reply has passed every check. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "clock/exchange.h"
#include "wire/ntp_packet.h"

struct ntp_client {
    bool waiting;        /* a request is out and unanswered */
    uint8_t version;     /* to send: 3 or 4 */
    uint64_t nonce;      /* transmit timestamp of that request; never 0 while waiting */
    struct mono sent;    /* when it was handed to the kernel; replaced by a transmit stamp */
    double sent_error_s; /* of that stamp */
    uint64_t answered;   /* nonce of the last answered request: tells duplicates from strangers */
};

/* What a server asked by a kiss-o'-death (RFC 5905 section 7.4). */
enum ntp_client_kiss {
    NTP_CLIENT_KISS_NONE,
    NTP_CLIENT_KISS_RATE, /* ask less often */
    NTP_CLIENT_KISS_DENY, /* DENY or RSTR: do not ask again */
    NTP_CLIENT_KISS_OTHER /* a code for information only, such as INIT */
};

struct ntp_client_reply {
    struct exchange exchange;  /* only if the call returned ERR_OK; .source is left 0 */
    enum ntp_client_kiss kiss; /* set with ERR_KISS */
    struct ntp_packet packet;  /* header as received, whenever 48 bytes came */
};

void ntp_client_init(struct ntp_client *client, uint8_t version);
/* Builds a request; nonce is fresh randomness (0 is replaced by 1). An older one is forgotten. */
void ntp_client_request(struct ntp_client *client, uint64_t nonce, struct mono now,
                        uint8_t out[NTP_PACKET_HEADER_BYTES]);
/* A kernel transmit stamp for the waiting request; ignored if implausible (before the request was
 * handed over, or after now). */
void ntp_client_stamped(struct ntp_client *client, struct mono sent, double error_s,
                        struct mono now);
/* Judges a datagram received at `received` (error_s: largest error of that stamp). pivot resolves
 * the NTP era. A reply of version 3 or 4 is taken whichever was sent: simple servers write always
 * the same one, and the nonce is what proves a reply. Its extension fields are skipped.
 *
 * ERR_OK: the request is answered and out->exchange is filled. There (t3 - t2) - (t4 - t1) may be
 * positive, but by no more than the errors of the stamps and of the server's precision explain; and
 * where t3 lies before t2 by no more than that precision, both are the middle of the two.
 * These, only with a matching origin, answer the request without a measurement: KISS (stratum 0
 * with a code), UNSYNCHRONISED (LI = 3, stratum 16, stratum 0 without a code, or no timestamps),
 * STRATUM, ROOT_DISTANCE. Any other error is a drop that leaves the request waiting, so that a
 * forged reply cannot displace the true one: SHORT TOO_LONG VERSION MODE EXTENSION FULL AUTH (a
 * MAC or crypto-NAK nobody asked for) ZERO_ORIGIN ORIGIN DUPLICATE UNSOLICITED CAUSALITY. */
MUST_USE enum err ntp_client_reply(struct ntp_client *client, const uint8_t *bytes, size_t length,
                                   struct mono received, double error_s, struct utc pivot,
                                   struct ntp_client_reply *out);
