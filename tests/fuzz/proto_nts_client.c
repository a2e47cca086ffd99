/* NTS client. Input: 1 octet of choices, then a reply; by choice its origin and unique identifier
 * are made to fit, and what follows them is sealed with the right key. Nothing that was not sealed
 * so is ever taken, and nothing changes by it but the note of a NAK. */
#include "base/limits.h"
#include "nts_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { CHOICE_SPENT = 7, CHOICE_ORIGIN = 8, CHOICE_UNIQUE_ID = 16, CHOICE_SEAL = 32 };
enum { HEAD_BYTES = NTP_PACKET_HEADER_BYTES + NTS_FIELD_HEADER_BYTES + NTS_UNIQUE_ID_BYTES };

static struct nts_fixture f;
static uint8_t reply[LIMIT_DATAGRAM_BYTES + 200];
static size_t reply_length;

static void put_origin(void) {
    for (int i = 0; i < 8; i++) reply[24 + i] = (uint8_t)(f.ntp.nonce >> (56 - 8 * i));
}

static void put_unique_id(void) {
    struct writer w = writer_of(reply + NTP_PACKET_HEADER_BYTES, HEAD_BYTES);
    nts_extension_put(&w, NTS_FIELD_UNIQUE_ID, f.client.unique_id, NTS_UNIQUE_ID_BYTES);
}

/* What follows the unique identifier becomes the plaintext. */
static void seal(void) {
    static uint8_t plain[LIMIT_DATAGRAM_BYTES];
    const uint8_t nonce[16] = {1};
    struct siv_key s2c;
    size_t length = reply_length - HEAD_BYTES;
    memcpy(plain, reply + HEAD_BYTES, length);
    struct writer w = writer_of(reply, sizeof reply);
    w.at += HEAD_BYTES;
    uint8_t *sealed = nts_extension_put_authenticator(&w, nonce, sizeof nonce, length + 16, 0);
    CHECK(sealed);
    siv_expand(&s2c, f.client.held.session.s2c);
    siv_seal(&s2c, nonce, sizeof nonce, reply, HEAD_BYTES, plain, length, sealed);
    reply_length = writer_length(&w);
}

static bool prepare(uint8_t choice) {
    if (choice & CHOICE_ORIGIN && reply_length >= NTP_PACKET_HEADER_BYTES) put_origin();
    if (reply_length < HEAD_BYTES) return false;
    if (choice & CHOICE_UNIQUE_ID) put_unique_id();
    if (!(choice & CHOICE_SEAL)) return false;
    seal();
    return true;
}

static enum err take(struct nts_client_reply *got) {
    return nts_client_reply(&f.client, &f.ntp, reply, reply_length,
                            mono_add(nts_fixture_now, NS_PER_S), 1e-6,
                            (struct utc){INT64_C(1790000000) * NS_PER_S}, got);
}

static bool answers(enum err err) {
    return err == ERR_OK || err == ERR_KISS || err == ERR_UNSYNCHRONISED || err == ERR_STRATUM ||
           err == ERR_ROOT_DISTANCE;
}

static void check_unchanged(const struct nts_client *before, const struct ntp_client *ntp) {
    const struct nts_credentials *held = &before->held, *now = &f.client.held;
    CHECK(held->count == now->count && before->keyed.ns == f.client.keyed.ns);
    CHECK(memcmp(held->cookies, now->cookies, sizeof held->cookies) == 0);
    CHECK(memcmp(held->session.c2s, now->session.c2s, NTS_KEY_BYTES) == 0);
    CHECK(memcmp(held->session.s2c, now->session.s2c, NTS_KEY_BYTES) == 0);
    CHECK(memcmp(before->unique_id, f.client.unique_id, NTS_UNIQUE_ID_BYTES) == 0);
    CHECK(ntp->waiting && f.ntp.waiting && ntp->nonce == f.ntp.nonce);
    CHECK(ntp->answered == f.ntp.answered && ntp->sent.ns == f.ntp.sent.ns);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    if (length < 1 || length > LIMIT_DATAGRAM_BYTES) return 0;
    uint8_t choice = bytes[0];
    nts_fixture_init(&f, choice & CHOICE_SPENT);
    reply_length = length - 1;
    memcpy(reply, bytes + 1, reply_length);
    bool sealed = prepare(choice);
    struct nts_client before = f.client;
    struct ntp_client ntp = f.ntp;
    struct nts_client_reply got;
    enum err err = take(&got);
    if (answers(err)) {
        CHECK(sealed && !f.ntp.waiting && !f.client.refused);
        CHECK(f.client.held.count == before.held.count + got.cookies);
        CHECK(f.client.held.count <= LIMIT_NTS_COOKIES);
        enum err again = take(&got);
        CHECK(!answers(again));
        return 0;
    }
    CHECK(f.client.refused == (err == ERR_NTS_NAK));
    check_unchanged(&before, &ntp);
    return 0;
}
