/* Client association. Input: 1 octet of choices, 8 of delay, then the datagram. Only a matching
 * origin ends the wait, only once, and what comes out keeps the invariants of struct exchange. */
#include <math.h>
#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "clock/leap.h"
#include "proto/ntp_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { CHOICE_WAITING = 1, CHOICE_NONCE = 2, CHOICE_VERSION_3 = 4, CHOICE_LATE_PIVOT = 8 };
enum { INPUT_BYTES_MAX = 2048, ORIGIN_OFFSET = 24 };

static const uint64_t nonce = UINT64_C(0x6e6f6e636521aa55);
static const struct mono asked = {INT64_C(1000000000)};

static void check_exchange(const struct exchange *x) {
    CHECK(!mono_before(x->t4, x->t1) && utc_diff(x->t3, x->t2) >= 0);
    CHECK(x->stratum >= 1 && x->stratum <= LIMIT_STRATUM && x->leap != LEAP_ALARM);
    CHECK(x->version == 3 || x->version == 4);
    CHECK(x->root_delay_s >= 0 && x->root_dispersion_s >= 0 && x->precision_s > 0);
    CHECK(x->root_delay_s / 2 + x->root_dispersion_s + x->precision_s < LIMIT_ROOT_DISTANCE_S);
    CHECK(isfinite(x->stamp_error_s) && x->stamp_error_s >= 0);
    double held_s = s_from_ns(utc_diff(x->t3, x->t2)), away_s = mono_seconds(x->t4, x->t1);
    CHECK(held_s <= away_s * 1.01 + 2 * (x->precision_s + x->stamp_error_s) + 1e-9);
}

static void check_outcome(const struct ntp_client *before, const struct ntp_client *after,
                          enum err err, const struct ntp_client_reply *got) {
    bool answers = err == ERR_OK || err == ERR_KISS || err == ERR_UNSYNCHRONISED ||
                   err == ERR_STRATUM || err == ERR_ROOT_DISTANCE;
    CHECK((got->kiss != NTP_CLIENT_KISS_NONE) == (err == ERR_KISS));
    if (answers) {
        CHECK(before->waiting && !after->waiting);
        CHECK(got->packet.origin == nonce && got->packet.mode == NTP_MODE_SERVER);
        CHECK(after->answered == nonce);
    } else {
        CHECK(before->waiting == after->waiting && before->answered == after->answered);
    }
    if (err == ERR_OK) check_exchange(&got->exchange);
}

static struct ntp_client client_for(uint8_t choice) {
    struct ntp_client client;
    uint8_t request[NTP_PACKET_HEADER_BYTES];
    ntp_client_init(&client, choice & CHOICE_VERSION_3 ? 3 : 4);
    if (choice & CHOICE_WAITING) {
        ntp_client_request(&client, nonce, asked, request);
        ntp_client_stamped(&client, mono_add(asked, 1000), 1e-6, mono_add(asked, 2000));
    }
    return client;
}

static int64_t delay_from(const uint8_t *bytes) {
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) value = value << 8 | bytes[i];
    return (int64_t)value >> 2;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    uint8_t copy[INPUT_BYTES_MAX];
    if (length < 9 || length > sizeof copy) return 0;
    uint8_t choice = bytes[0];
    struct mono received = mono_add(asked, delay_from(bytes + 1));
    struct utc pivot = {choice & CHOICE_LATE_PIVOT ? INT64_MAX : INT64_C(1790000000) * NS_PER_S};
    length -= 9;
    memcpy(copy, bytes + 9, length);
    if (choice & CHOICE_NONCE && length >= NTP_PACKET_HEADER_BYTES)
        for (int i = 0; i < 8; i++) copy[ORIGIN_OFFSET + i] = (uint8_t)(nonce >> (56 - 8 * i));

    struct ntp_client client = client_for(choice), before = client;
    struct ntp_client_reply got;
    enum err err = ntp_client_reply(&client, copy, length, received, 1e-6, pivot, &got);
    CHECK(err != ERR_OK || length >= NTP_PACKET_HEADER_BYTES);
    check_outcome(&before, &client, err, &got);
    /* The same datagram once more never answers anything. */
    before = client;
    err = ntp_client_reply(&client, copy, length, received, 1e-6, pivot, &got);
    CHECK(err != ERR_OK && err != ERR_KISS);
    check_outcome(&before, &client, err, &got);
    return 0;
}
