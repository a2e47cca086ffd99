/* One completed exchange with a server: the four timestamps of RFC 5905 section 8 and what the
 * server said of itself. It is the only thing that a source tells the keeper about time.
 *
 * Invariants (kept by proto/ntp_client): t1 <= t4, t2 <= t3, stratum 1..15, root_* finite and
 * >= 0, leap is not ALARM. */
#pragma once

#include <stdint.h>

#include "base/times.h"

struct exchange {
    uint16_t source;              /* index of the association */
    uint8_t stratum;              /* of the server, 1..15 */
    uint8_t leap;                 /* enum leap_indicator */
    uint8_t version;              /* of the reply: 3 or 4 */
    int8_t poll_log2s;            /* as the server wrote it */
    uint32_t reference_id;        /* host order */
    uint32_t source_reference_id; /* what we serve as reference id when we follow this server:
                                   * its IPv4 address, or 4 bytes of MD5 of its IPv6 address */
    struct mono t1, t4;           /* local counter: request sent, reply received */
    struct utc t2, t3;            /* server's clock: request received, reply sent */
    double root_delay_s;          /* server to its root and back */
    double root_dispersion_s;
    double precision_s;   /* of the server's clock */
    double stamp_error_s; /* largest error of t1 and t4: reading and converting stamps */
};
