/* NTP server: a request in, at most one reply out, never longer than the request (RFC 5905
 * section 9.2, fast path for mode 3). No state per client, no answer to any mode but 3, so that
 * no two servers can be made to talk to each other. Versions 3 and 4. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "clock/clock_page.h"
#include "wire/ntp_packet.h"

struct ntp_server_times {
    struct mono received; /* the request, as stamped */
    struct mono now;      /* transmit: just before the reply is handed to the kernel */
};

/* Builds the 48-byte reply. A clock that may not be served from at `now` is answered with LI = 3,
 * stratum 16 and reference id 0; its timestamps are still those of the line. clock NULL: no line
 * was ever published, ERR_WITHDRAWN. precision_log2s: of reading the counter.
 *
 * Extension fields are skipped unread; the reply carries none. A request with a MAC (also a
 * crypto-NAK, also version 3) asks for a reply that is authenticated or not sent at all: it is
 * dropped as ERR_AUTH, for there are no keys here. No crypto-NAK goes back: it would prove nothing
 * and has ended associations of others. A zero transmit timestamp is answered: simple clients send
 * it, and only they lose by it. Errors are drops: SHORT VERSION MODE EXTENSION FULL AUTH TOO_LONG
 * WITHDRAWN. */
MUST_USE enum err ntp_server_reply(const struct clock_state *clock, int8_t precision_log2s,
                                   struct ntp_server_times times, const uint8_t *request,
                                   size_t length, uint8_t out[NTP_PACKET_HEADER_BYTES]);
