/* Server. Input: 1 octet of choices for the clock, then the datagram. Only mode 3 is answered, by
 * 48 bytes to at least as many, and the server does not answer its own reply. */
#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "proto/ntp_server.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum {
    CHOICE_SYNCHRONISED = 1,
    CHOICE_VOID = 2,
    CHOICE_WIDE = 4,
    CHOICE_LEAP = 8,
    CHOICE_NONE = 16
};

static const struct mono now = {INT64_C(500000000000)};
static const int64_t utc_s = 1790000000;

static struct clock_state clock_for(uint8_t choice) {
    return (struct clock_state){
        .line = {.m0 = mono_add(now, -NS_PER_S),
                 .tai0 = {(utc_s + 37) * NS_PER_S},
                 .rate = 1e-5,
                 .radius_s = choice & CHOICE_WIDE ? 1e6 : 1e-3,
                 .radius_rate = 1e-6},
        .void_after = mono_add(now, choice & CHOICE_VOID ? -1 : 1),
        .synchronised = (choice & CHOICE_SYNCHRONISED) != 0,
        .stratum = 2,
        .reference_id = 0xc0000201,
        .reference_time = {(utc_s + 30) * NS_PER_S},
        .root_delay_s = 1e-3,
        .bound_max_s = 0.1,
        .tai_utc_s = 37,
        .tai_utc_after_s = choice & CHOICE_LEAP ? 38 : 37,
        .next_leap = {(utc_s + 37 + 1000) * NS_PER_S},
    };
}

static void check_reply(const struct clock_state *clock, const uint8_t *request, size_t length,
                        const uint8_t *reply_bytes) {
    struct ntp_packet request_packet, reply;
    CHECK(length >= NTP_PACKET_HEADER_BYTES && length <= LIMIT_DATAGRAM_BYTES);
    CHECK(ntp_packet_parse(request, length, &request_packet) == ERR_OK);
    CHECK(ntp_packet_parse(reply_bytes, NTP_PACKET_HEADER_BYTES, &reply) == ERR_OK);
    CHECK(request_packet.mode == NTP_MODE_CLIENT && reply.mode == NTP_MODE_SERVER);
    CHECK(reply.version == request_packet.version && reply.version >= 3 && reply.version <= 4);
    CHECK(reply.origin == request_packet.transmit);
    bool serves = clock_state_serves(clock, now);
    CHECK((reply.leap == LEAP_ALARM) == !serves);
    CHECK(reply.stratum == (serves ? 2 : 16));
    CHECK((reply.reference_id == 0) == !serves);
    double given_s =
        ntp_packet_short_s(reply.root_delay) / 2 + ntp_packet_short_s(reply.root_dispersion);
    CHECK(!serves || given_s >= line_radius(&clock->line, now));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    if (length < 1) return 0;
    uint8_t choice = bytes[0], reply[NTP_PACKET_HEADER_BYTES], untouched[sizeof reply];
    struct clock_state clock = clock_for(choice);
    const struct clock_state *given = choice & CHOICE_NONE ? NULL : &clock;
    struct ntp_server_times times = {mono_add(now, -10000), now};
    memset(reply, 0xee, sizeof reply);
    memcpy(untouched, reply, sizeof reply);
    enum err err = ntp_server_reply(given, -25, times, bytes + 1, length - 1, reply);
    if (err != ERR_OK) {
        CHECK(memcmp(reply, untouched, sizeof reply) == 0);
        return 0;
    }
    CHECK(given);
    check_reply(&clock, bytes + 1, length - 1, reply);
    uint8_t next[sizeof reply];
    CHECK(ntp_server_reply(given, -25, times, reply, sizeof reply, next) == ERR_MODE);
    return 0;
}
