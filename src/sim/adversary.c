/* See the header. */
#include "sim/adversary.h"

#include "base/check.h"
#include "clock/leap.h"
#include "sim/remote.h"

/* Timestamps are moved as the words they are: modulo the era. */
static uint64_t moved(uint64_t timestamp, double by_s) {
    const struct utc middle = {INT64_C(1) << 61};
    struct utc utc = ntp_packet_to_utc(timestamp, middle);
    return ntp_packet_from_utc(utc_add(utc, ns_from_s(by_s)));
}

void adversary_rewrite(const struct adversary *adversary, struct tai now,
                       uint8_t reply[NTP_PACKET_HEADER_BYTES]) {
    struct ntp_packet packet;
    double since_s = s_from_ns(tai_diff(now, adversary->rewrite_from));
    double by_s = adversary->rewrite_s + adversary->rewrite_rate * since_s;
    CHECK(ntp_packet_parse(reply, NTP_PACKET_HEADER_BYTES, &packet) == ERR_OK);
    packet.receive = moved(packet.receive, by_s);
    packet.transmit = moved(packet.transmit, by_s);
    ntp_packet_build(&packet, reply);
}

void adversary_guess(const struct adversary *adversary, struct prng *prng, struct utc utc,
                     uint8_t out[NTP_PACKET_HEADER_BYTES]) {
    utc = utc_add(utc, ns_from_s(adversary->spoof_s));
    struct ntp_packet packet = {.version = 4,
                                .mode = NTP_MODE_SERVER,
                                .stratum = 1,
                                .reference_id = UINT32_C(0x47505300), /* "GPS" */
                                .origin = prng_u64(prng),
                                .receive = ntp_packet_from_utc(utc),
                                .transmit = ntp_packet_from_utc(utc)};
    packet.reference = packet.receive - (UINT64_C(16) << 32);
    ntp_packet_build(&packet, out);
    if (adversary->spoof_kiss == 0) return;
    packet.mode = 3; /* a kiss echoes the request: the guessed origin is that of the guess */
    packet.transmit = packet.origin;
    ntp_packet_build(&packet, out);
    CHECK(remote_kiss(adversary->spoof_kiss, out, NTP_PACKET_HEADER_BYTES, out) == ERR_OK);
}
