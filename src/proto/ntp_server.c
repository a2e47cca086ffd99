/* NTP server (RFC 5905 section 9.2, fast path).
 *
 * Invariants: only mode 3 is answered, the reply is a bare header and a request holds at least one,
 * and radius <= root delay / 2 + root dispersion also after rounding to the wire's fixed point. */
#include "proto/ntp_server.h"

#include "base/limits.h"
#include "wire/ntp_extension.h"

enum { STRATUM_UNSYNCHRONISED = LIMIT_STRATUM + 1 };

static enum err parse_request(const uint8_t *bytes, size_t length, struct ntp_packet *out) {
    if (length > LIMIT_DATAGRAM_BYTES) return ERR_TOO_LONG;
    struct ntp_packet request;
    enum err err = ntp_packet_parse(bytes, length, &request);
    if (err != ERR_OK) return err;
    if (request.mode != NTP_MODE_CLIENT) return ERR_MODE;
    if (request.version != 3 && request.version != 4) return ERR_VERSION;
    err = ntp_extension_skip(request.version, bytes + NTP_PACKET_HEADER_BYTES,
                             length - NTP_PACKET_HEADER_BYTES);
    if (err == ERR_OK) *out = request;
    return err;
}

/* By the age of the last update; a second off where a leap second passed since, which a reference
 * timestamp may be. Zero, the protocol's "never", for a clock that no evidence has set yet. */
static uint64_t reference_timestamp(const struct clock_state *clock, struct mono now) {
    if (clock->reference_time.ns == 0) return 0;
    int64_t age_ns = tai_diff(line_tai(&clock->line, now), clock->reference_time);
    return ntp_packet_from_utc(utc_add(clock_state_utc(clock, now), -age_ns));
}

/* The line's origin may lie between the two instants; the radius is least there. */
static double dispersion_s(const struct clock_state *clock, struct mono received, struct mono now) {
    double then_s = clock_state_dispersion(clock, received);
    double now_s = clock_state_dispersion(clock, now);
    return then_s > now_s ? then_s : now_s;
}

enum err ntp_server_reply(const struct clock_state *clock, int8_t precision_log2s,
                          struct ntp_server_times times, const uint8_t *request, size_t length,
                          uint8_t out[NTP_PACKET_HEADER_BYTES]) {
    struct ntp_packet asked;
    enum err err = parse_request(request, length, &asked);
    if (err != ERR_OK) return err;
    if (!clock) return ERR_WITHDRAWN;

    bool serves = clock_state_serves(clock, times.now);
    /* A receive stamp converted with an error must not make the reply run backwards. */
    struct mono received = mono_min(times.received, times.now);
    const struct ntp_packet reply = {
        .leap = (uint8_t)clock_state_leap(clock, times.now), /* ALARM where it does not serve */
        .version = asked.version,
        .mode = NTP_MODE_SERVER,
        .stratum = serves ? clock->stratum : STRATUM_UNSYNCHRONISED,
        .poll_log2s = asked.poll_log2s,
        .precision_log2s = precision_log2s,
        .root_delay = ntp_packet_short_from_s(clock->root_delay_s),
        .root_dispersion = ntp_packet_short_from_s(dispersion_s(clock, received, times.now)),
        .reference_id = serves ? clock->reference_id : 0,
        .reference = reference_timestamp(clock, times.now),
        .origin = asked.transmit,
        .receive = ntp_packet_from_utc(clock_state_utc(clock, received)),
        .transmit = ntp_packet_from_utc(clock_state_utc(clock, times.now)),
    };
    ntp_packet_build(&reply, out);
    return ERR_OK;
}
