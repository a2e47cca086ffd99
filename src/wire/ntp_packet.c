/* NTP header: parse, build and its fixed-point numbers (RFC 5905 sections 6 and 7.3).
 * Invariant: parse and build are inverse on all 48-byte strings. */
#include "wire/ntp_packet.h"

#include <math.h>

/* 1970-01-01 in seconds of NTP era 0, which began 1900-01-01 (RFC 5905 figure 4). */
static const int64_t unix_epoch_ntp_s = INT64_C(2208988800);

enum err ntp_packet_parse(const uint8_t *bytes, size_t length, struct ntp_packet *out) {
    if (length < NTP_PACKET_HEADER_BYTES) return ERR_SHORT;
    struct reader r = reader_of(bytes, NTP_PACKET_HEADER_BYTES);
    uint8_t first = bytes_get_u8(&r);
    struct ntp_packet packet = {
        .leap = (uint8_t)(first >> 6),
        .version = (uint8_t)(first >> 3 & 7),
        .mode = (uint8_t)(first & 7),
    };
    packet.stratum = bytes_get_u8(&r);
    packet.poll_log2s = (int8_t)bytes_get_u8(&r);
    packet.precision_log2s = (int8_t)bytes_get_u8(&r);
    packet.root_delay = bytes_get_u32(&r);
    packet.root_dispersion = bytes_get_u32(&r);
    packet.reference_id = bytes_get_u32(&r);
    packet.reference = bytes_get_u64(&r);
    packet.origin = bytes_get_u64(&r);
    packet.receive = bytes_get_u64(&r);
    packet.transmit = bytes_get_u64(&r);
    enum err err = bytes_finish(&r);
    if (err == ERR_OK) *out = packet;
    return err;
}

void ntp_packet_build(const struct ntp_packet *packet, uint8_t out[NTP_PACKET_HEADER_BYTES]) {
    struct writer w = writer_of(out, NTP_PACKET_HEADER_BYTES);
    unsigned first = (packet->leap & 3u) << 6 | (packet->version & 7u) << 3 | (packet->mode & 7u);
    bytes_put_u8(&w, (uint8_t)first);
    bytes_put_u8(&w, packet->stratum);
    bytes_put_u8(&w, (uint8_t)packet->poll_log2s);
    bytes_put_u8(&w, (uint8_t)packet->precision_log2s);
    bytes_put_u32(&w, packet->root_delay);
    bytes_put_u32(&w, packet->root_dispersion);
    bytes_put_u32(&w, packet->reference_id);
    bytes_put_u64(&w, packet->reference);
    bytes_put_u64(&w, packet->origin);
    bytes_put_u64(&w, packet->receive);
    bytes_put_u64(&w, packet->transmit);
}

/* Whole seconds rounded towards minus infinity, as C's division does not. */
static int64_t floor_s(int64_t ns) {
    return ns / NS_PER_S - (ns % NS_PER_S < 0);
}

uint64_t ntp_packet_from_utc(struct utc utc) {
    int64_t seconds = floor_s(utc.ns);
    uint64_t rest_ns = (uint64_t)(utc.ns % NS_PER_S + (utc.ns % NS_PER_S < 0 ? NS_PER_S : 0));
    /* At most 999,999,999 ns: the fraction stays below 2^32 - 3, so rounding never carries. */
    uint64_t fraction = ((rest_ns << 32) + NS_PER_S / 2) / NS_PER_S;
    return (uint64_t)(seconds + unix_epoch_ntp_s) << 32 | fraction;
}

struct utc ntp_packet_to_utc(uint64_t timestamp, struct utc pivot) {
    int64_t pivot_s = floor_s(pivot.ns);
    uint32_t pivot_era_s = (uint32_t)(uint64_t)(pivot_s + unix_epoch_ntp_s);
    /* Modulo 2^32 the difference of seconds names the era (RFC 5905 section 6). */
    int64_t seconds = pivot_s + (int32_t)((uint32_t)(timestamp >> 32) - pivot_era_s);
    uint64_t fraction = timestamp & UINT32_MAX;
    int64_t rest_ns = (int64_t)((fraction * NS_PER_S + (UINT64_C(1) << 31)) >> 32);
    int64_t ns;
    if (__builtin_mul_overflow(seconds, NS_PER_S, &ns) || __builtin_add_overflow(ns, rest_ns, &ns))
        ns = seconds < 0 ? INT64_MIN : INT64_MAX;
    return (struct utc){ns};
}

double ntp_packet_short_s(uint32_t value) {
    return value * 0x1p-16;
}

uint32_t ntp_packet_short_from_s(double seconds) {
    if (seconds <= 0) return 0;
    double units = ceil(seconds * 0x1p16);
    /* Written so that not-a-number saturates too: an unknown error is not a small one. */
    return units < UINT32_MAX ? (uint32_t)units : UINT32_MAX;
}
