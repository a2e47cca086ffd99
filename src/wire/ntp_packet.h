/* The NTP header of RFC 5905 section 7.3 (figure 8), versions 3 and 4: 48 bytes.
 * A packet of RFC 5905 is the header, then extension fields (wire/ntp_extension), then possibly a
 * message authentication code. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/times.h"

enum { NTP_PACKET_HEADER_BYTES = 48, NTP_PACKET_PORT = 123 };

enum ntp_packet_mode {
    NTP_MODE_CLIENT = 3,
    NTP_MODE_SERVER = 4,
};

struct ntp_packet {
    uint8_t leap;    /* 0..3 */
    uint8_t version; /* 0..7 as read; 3 or 4 to be valid */
    uint8_t mode;    /* 0..7 */
    uint8_t stratum;
    int8_t poll_log2s, precision_log2s;
    uint32_t root_delay, root_dispersion; /* 16.16 fixed point seconds */
    uint32_t reference_id;
    uint64_t reference, origin, receive, transmit; /* 32.32 seconds of the NTP era */
};

/* Reads the header from the first 48 bytes; ERR_SHORT if fewer. Judges nothing. */
MUST_USE enum err ntp_packet_parse(const uint8_t *bytes, size_t length, struct ntp_packet *out);
/* Writes exactly 48 bytes. */
void ntp_packet_build(const struct ntp_packet *packet, uint8_t out[NTP_PACKET_HEADER_BYTES]);

/* 32.32 timestamp of a UTC instant (era dropped; to 0.23 ns, rounded to nearest). With
 * ntp_packet_to_utc it gives back every nanosecond exactly. Zero, which the protocol reads as
 * "unknown", comes out for one nanosecond in 136 years only. */
uint64_t ntp_packet_from_utc(struct utc utc);
/* The UTC instant of a timestamp, in the era that brings it nearest to pivot (within 68 years; to
 * the nearest ns). Saturates where int64 ns end. */
struct utc ntp_packet_to_utc(uint64_t timestamp, struct utc pivot);
/* 16.16 short format, seconds both ways. from_s rounds up, so that an error bound stays one, and
 * saturates: 0 for negative values, the largest value also for not-a-number. */
double ntp_packet_short_s(uint32_t value);
uint32_t ntp_packet_short_from_s(double seconds);
