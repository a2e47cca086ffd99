/* NTS on the server's side of NTP (RFC 8915 section 5.7).
 *
 * Invariants: no reply is longer than its request; nothing but an NTSN without time is sent where
 * cookie or authenticator were not verified. */
#include "proto/nts_server.h"

#include <string.h>

#include "base/check.h"
#include "crypto/wipe.h"

enum {
    STRATUM_KISS = 0,
    COOKIE_FIELD_BYTES = NTS_FIELD_HEADER_BYTES + NTS_COOKIE_BYTES,
};

_Static_assert(LIMIT_REPLY_BYTES >= LIMIT_DATAGRAM_BYTES, "a reply as long as its request fits");

bool nts_server_wants(const uint8_t *request, size_t length) {
    return nts_extension_wanted(request, length);
}

static enum err check_form(const uint8_t *bytes, size_t length) {
    if (length > LIMIT_DATAGRAM_BYTES) return ERR_TOO_LONG;
    if (length < NTP_PACKET_HEADER_BYTES) return ERR_SHORT;
    if ((bytes[0] & 7) != NTP_MODE_CLIENT) return ERR_MODE;
    return (bytes[0] >> 3 & 7) == 4 ? ERR_OK : ERR_VERSION;
}

/* What was encrypted to us is verified and not looked at: no field that a client encrypts asks for
 * anything here. */
static enum err verify(const struct nts_session *session, struct nts_server_request *request) {
    const struct nts_extension *fields = &request->fields;
    uint8_t plain[LIMIT_DATAGRAM_BYTES];
    struct siv_key *c2s = &request->s2c; /* until the other key takes its place */
    siv_expand(c2s, session->c2s);
    return siv_open(c2s, fields->nonce, fields->nonce_length, request->bytes, fields->authenticated,
                    fields->ciphertext, fields->ciphertext_length, plain)
               ? ERR_OK
               : ERR_NTS_AUTH;
}

/* One cookie for the one that was used and one for each placeholder, as far as they fit. */
static size_t cookies_due(const struct nts_server_request *request) {
    size_t due = 1 + request->fields.placeholders;
    if (due > LIMIT_NTS_COOKIES) due = LIMIT_NTS_COOKIES;
    size_t bare = NTP_PACKET_HEADER_BYTES + NTS_FIELD_HEADER_BYTES +
                  request->fields.unique_id_length +
                  nts_extension_authenticator_length(NONCE_BYTES, SIV_TAG_BYTES);
    size_t fitting = request->length > bare ? (request->length - bare) / COOKIE_FIELD_BYTES : 0;
    return due < fitting ? due : fitting;
}

static void mint(const struct nts_keys *keys, const struct nts_session *session,
                 struct nonce *nonces, struct nts_server_request *request) {
    size_t due = cookies_due(request);
    struct writer w = writer_of(request->plain, sizeof request->plain);
    for (size_t i = 0; i < due; i++) {
        uint8_t nonce[NONCE_BYTES], cookie[NTS_COOKIE_BYTES];
        nonce_next(nonces, nonce);
        nts_cookie_make(keys, session, nonce, cookie);
        nts_extension_put_inner(&w, NTS_FIELD_COOKIE, cookie, sizeof cookie);
    }
    CHECK(!w.failed);
    request->plain_length = writer_length(&w);
}

static enum err authenticate(const struct nts_keys *keys, struct nonce *nonces,
                             struct nts_server_request *request) {
    struct nts_session session;
    enum err err =
        nts_cookie_open(keys, request->fields.cookie, request->fields.cookie_length, &session);
    if (err != ERR_OK) return err;
    err = verify(&session, request);
    if (err == ERR_OK) {
        mint(keys, &session, nonces, request);
        nonce_next(nonces, request->nonce);
        siv_expand(&request->s2c, session.s2c);
    }
    wipe(&session, sizeof session);
    return err;
}

enum err nts_server_open(const struct nts_keys *keys, struct nonce *nonces, const uint8_t *bytes,
                         size_t length, struct nts_server_request *out) {
    enum err err = check_form(bytes, length);
    if (err != ERR_OK) return err;
    struct nts_extension fields;
    const unsigned needs = NTS_HAS_UNIQUE_ID | NTS_HAS_COOKIE | NTS_HAS_AUTHENTICATOR;
    err = nts_extension_parse(bytes, length, needs, &fields);
    if (err != ERR_OK) return err;
    if (fields.nonce_room < NTS_NONCE_ROOM_BYTES) return ERR_NTS_LENGTH;
    out->bytes = bytes;
    out->length = length;
    out->fields = fields;
    out->plain_length = 0;
    out->refusal = authenticate(keys, nonces, out);
    return ERR_OK;
}

/* The header as it was built for a plain request, with the time made unusable. */
static void put_nak(uint8_t out[NTP_PACKET_HEADER_BYTES]) {
    struct ntp_packet packet;
    CHECK(ntp_packet_parse(out, NTP_PACKET_HEADER_BYTES, &packet) == ERR_OK);
    packet.leap = LEAP_ALARM;
    packet.stratum = STRATUM_KISS;
    packet.reference_id = NTS_KISS_NAK;
    ntp_packet_build(&packet, out);
}

static void put_authenticator(const struct nts_server_request *request, struct writer *w) {
    size_t associated = writer_length(w);
    uint8_t *sealed = nts_extension_put_authenticator(w, request->nonce, sizeof request->nonce,
                                                      request->plain_length + SIV_TAG_BYTES,
                                                      request->length - associated);
    CHECK(sealed);
    siv_seal(&request->s2c, request->nonce, sizeof request->nonce, w->start, associated,
             request->plain, request->plain_length, sealed);
}

static enum err seal(const struct nts_server_request *request, const struct clock_state *clock,
                     int8_t precision_log2s, struct ntp_server_times times, uint8_t *out,
                     size_t *length) {
    enum err err =
        ntp_server_reply(clock, precision_log2s, times, request->bytes, request->length, out);
    if (err != ERR_OK) return err;
    struct writer w = writer_of(out, LIMIT_REPLY_BYTES);
    w.at += NTP_PACKET_HEADER_BYTES;
    nts_extension_put(&w, NTS_FIELD_UNIQUE_ID, request->fields.unique_id,
                      request->fields.unique_id_length);
    if (request->refusal == ERR_OK)
        put_authenticator(request, &w);
    else
        put_nak(out);
    *length = writer_length(&w);
    CHECK(!w.failed && *length <= request->length);
    return ERR_OK;
}

enum err nts_server_seal(struct nts_server_request *request, const struct clock_state *clock,
                         int8_t precision_log2s, struct ntp_server_times times,
                         uint8_t out[LIMIT_REPLY_BYTES], size_t *length) {
    enum err err = seal(request, clock, precision_log2s, times, out, length);
    wipe(&request->s2c, sizeof request->s2c);
    return err;
}
