/* NTS server. Input: 1 octet of choices, then a request; by choice it carries a cookie of ours and
 * is sealed with the right key. No reply is longer than its request, a reply with time is taken by
 * the client whose cookie it was, and nothing else gets time. */
#include "base/limits.h"
#include "nts_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { CHOICE_OWN_HEAD = 1, CHOICE_SEAL = 2, CHOICE_ROTATE = 4, CHOICE_NO_CLOCK = 8 };
/* Header, unique identifier and cookie of the fixture's own request. */
enum { HEAD_BYTES = NTP_PACKET_HEADER_BYTES + 36 + 4 + NTS_COOKIE_BYTES };

static struct nts_fixture f;
static struct nts_server_request opened;
static uint8_t request[LIMIT_DATAGRAM_BYTES + 200], reply[LIMIT_REPLY_BYTES];
static size_t request_length;

/* The input stands between the cookie and the authenticator, where only fields are right. */
static void seal(void) {
    const uint8_t nonce[16] = {1};
    struct siv_key c2s;
    struct writer w = writer_of(request, sizeof request);
    w.at += request_length;
    uint8_t *sealed = nts_extension_put_authenticator(&w, nonce, sizeof nonce, 16, 0);
    CHECK(sealed);
    siv_expand(&c2s, f.client.held.session.c2s);
    siv_seal(&c2s, nonce, sizeof nonce, request, request_length, NULL, 0, sealed);
    request_length = writer_length(&w);
}

static void prepare(uint8_t choice, const uint8_t *bytes, size_t length) {
    request_length = 0;
    if (choice & CHOICE_OWN_HEAD) {
        memcpy(request, f.request, HEAD_BYTES);
        request_length = HEAD_BYTES;
    }
    memcpy(request + request_length, bytes, length);
    request_length += length;
    if (choice & CHOICE_SEAL) seal();
    for (int i = 0; choice & CHOICE_ROTATE && i < 3; i++)
        nts_cookie_rotate(&f.keys, nts_fixture_now, &f.entropy);
}

static void check_refusal(size_t length) {
    struct ntp_packet packet;
    struct nts_extension fields;
    CHECK(ntp_packet_parse(reply, length, &packet) == ERR_OK);
    CHECK(packet.stratum == 0 && packet.leap == LEAP_ALARM && packet.reference_id == NTS_KISS_NAK);
    CHECK(nts_extension_parse(reply, length, NTS_HAS_UNIQUE_ID, &fields) == ERR_OK);
    CHECK(fields.has == NTS_HAS_UNIQUE_ID && length < request_length);
}

static void check_answer(uint8_t choice, size_t length) {
    struct nts_client_reply got;
    CHECK(choice & CHOICE_OWN_HEAD && choice & CHOICE_SEAL && !(choice & CHOICE_ROTATE));
    CHECK(length == request_length);
    CHECK(nts_client_reply(&f.client, &f.ntp, reply, length, mono_add(nts_fixture_now, NS_PER_S),
                           1e-6, (struct utc){INT64_C(1790000000) * NS_PER_S}, &got) == ERR_OK);
    CHECK(got.cookies >= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    if (length < 1 || length > LIMIT_DATAGRAM_BYTES - HEAD_BYTES) return 0;
    uint8_t choice = bytes[0];
    nts_fixture_init(&f, 0);
    prepare(choice, bytes + 1, length - 1);
    enum err err = nts_server_open(&f.keys, &f.nonces, request, request_length, &opened);
    CHECK(err != ERR_OK || nts_server_wants(request, request_length));
    if (err != ERR_OK) return 0;
    struct ntp_server_times times = {nts_fixture_now, nts_fixture_now};
    size_t reply_length = 0;
    const struct clock_state *clock = choice & CHOICE_NO_CLOCK ? NULL : &f.clock;
    err = nts_server_seal(&opened, clock, -25, times, reply, &reply_length);
    CHECK(err == (clock ? ERR_OK : ERR_WITHDRAWN));
    if (err != ERR_OK) return 0;
    if (opened.refusal != ERR_OK)
        check_refusal(reply_length);
    else
        check_answer(choice, reply_length);
    return 0;
}
