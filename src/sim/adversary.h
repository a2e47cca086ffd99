/* Somebody between a client and one of its servers, or elsewhere on the Internet: what he does to
 * datagrams. On the path he sees requests, so that he can write replies that pass for true ones;
 * off the path he has to guess. Neither can touch what is authenticated: the world asks
 * adversary_may_forge before it delivers anything that he wrote. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/times.h"
#include "sim/prng.h"
#include "wire/ntp_packet.h"

struct adversary {
    double rewrite_s, rewrite_rate; /* timestamps of replies are moved; s, and s/s ... */
    struct tai rewrite_from;        /* ... since then */
    bool rewrites;
    bool replays;         /* each request is answered by the first reply that he saw, too */
    bool reflects;        /* each request is sent back to where it came from, too */
    int kiss;             /* enum ntp_client_kiss: each request gets that first */
    double spoof_every_s; /* off the path: so often; 0: never */
    double spoof_s;       /* with timestamps that are wrong by that */
    int spoof_kiss;       /* or a kiss instead */
    uint64_t spoof_token; /* of the spoofing that goes on */
    bool has_captured;
    uint8_t captured[NTP_PACKET_HEADER_BYTES]; /* the first reply that he saw */
};

/* Moves the receive and transmit timestamps of a reply that passes at now. */
void adversary_rewrite(const struct adversary *adversary, struct tai now,
                       uint8_t reply[NTP_PACKET_HEADER_BYTES]);
/* A reply from off the path to a request that nobody showed him: every word of it is a guess. utc:
 * what a true clock shows. */
void adversary_guess(const struct adversary *adversary, struct prng *prng, struct utc utc,
                     uint8_t out[NTP_PACKET_HEADER_BYTES]);
