/* NTP header: whatever parses builds again to the same 48 bytes; timestamps keep their era. */
#include <string.h>

#include "base/check.h"
#include "wire/ntp_packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check_timestamp(uint64_t timestamp, struct utc pivot) {
    struct utc utc = ntp_packet_to_utc(timestamp, pivot);
    int64_t error = (int64_t)(ntp_packet_from_utc(utc) - timestamp);
    CHECK(error >= -3 && error <= 3); /* half a nanosecond and half a unit */
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    struct ntp_packet packet;
    enum err err = ntp_packet_parse(bytes, length, &packet);
    CHECK(err == (length < NTP_PACKET_HEADER_BYTES ? ERR_SHORT : ERR_OK));
    if (err != ERR_OK) return 0;
    uint8_t built[NTP_PACKET_HEADER_BYTES];
    ntp_packet_build(&packet, built);
    CHECK(memcmp(built, bytes, sizeof built) == 0);

    /* A pivot within 146 years of 1970: no timestamp near it saturates. */
    struct utc pivot = {(int64_t)packet.reference >> 1};
    check_timestamp(packet.receive, pivot);
    check_timestamp(packet.transmit, pivot);
    CHECK(ntp_packet_short_from_s(ntp_packet_short_s(packet.root_delay)) == packet.root_delay);
    return 0;
}
