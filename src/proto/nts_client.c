/* NTS for an NTP association (RFC 8915 sections 5.2 to 5.7).
 *
 * Invariant: whatever a reply changes, it changes after its authenticator was verified; a copy of
 * the NTP association takes the reply first, and takes the place of the original only then. */
#include "proto/nts_client.h"

#include <string.h>

#include "base/check.h"
#include "crypto/siv.h"
#include "crypto/wipe.h"

enum {
    STRATUM_KISS = 0,
    COOKIE_BYTES_MIN = 12, /* RFC 7822: a field has at least 16 bytes */
    REQUEST_FIXED_BYTES = NTP_PACKET_HEADER_BYTES + NTS_FIELD_HEADER_BYTES + NTS_UNIQUE_ID_BYTES,
};

_Static_assert(LIMIT_NTS_REQUEST_BYTES >= REQUEST_FIXED_BYTES + 2 * NTS_FIELD_HEADER_BYTES + 4 +
                                              LIMIT_NTS_COOKIE_BYTES + SIV_NONCE_BYTES +
                                              SIV_TAG_BYTES,
               "the longest cookie fits a request");

/* Fields are multiples of 4 bytes; a cookie that is none would come back altered. */
static bool can_carry(size_t length) {
    return length >= COOKIE_BYTES_MIN && length <= LIMIT_NTS_COOKIE_BYTES && length % 4 == 0;
}

void nts_client_init(struct nts_client *client) {
    memset(client, 0, sizeof *client);
}

void nts_client_wipe(struct nts_client *client) {
    wipe(client, sizeof *client);
}

enum err nts_client_keyed(struct nts_client *client, const struct nts_credentials *fresh,
                          struct mono now) {
    if (nts_cookie_key_length(fresh->session.aead) == 0) return ERR_NTS_AEAD;
    if (fresh->count == 0) return ERR_NTS_NO_COOKIE;
    if (fresh->count > LIMIT_NTS_COOKIES) return ERR_RANGE;
    for (size_t i = 0; i < fresh->count; i++)
        if (!can_carry(fresh->cookies[i].length)) return ERR_NTS_LENGTH;
    wipe(&client->held, sizeof client->held);
    client->held = *fresh;
    client->keyed = now;
    client->refused = false;
    return ERR_OK;
}

enum nts_client_need nts_client_need(const struct nts_client *client, struct mono now,
                                     double refresh_s) {
    if (client->held.session.aead == 0) return NTS_NEED_KEYS;
    if (client->refused) return NTS_NEED_REFUSED;
    if (client->held.count == 0) return NTS_NEED_COOKIES;
    if (mono_seconds(now, client->keyed) > refresh_s) return NTS_NEED_REFRESH;
    return NTS_NEED_NOTHING;
}

/* The oldest cookie, as it is the first that the server will not open any more. */
static void put_cookie(struct nts_credentials *held, struct writer *w) {
    nts_extension_put(w, NTS_FIELD_COOKIE, held->cookies[0].bytes, held->cookies[0].length);
    held->count--;
    memmove(held->cookies, held->cookies + 1, held->count * sizeof held->cookies[0]);
    wipe(&held->cookies[held->count], sizeof held->cookies[0]);
}

static void put_placeholders(const struct nts_credentials *held, size_t length, struct writer *w) {
    size_t missing = LIMIT_NTS_COOKIES - 1 - held->count;
    size_t room = (size_t)(w->end - w->at) -
                  nts_extension_authenticator_length(SIV_NONCE_BYTES, SIV_TAG_BYTES);
    for (; missing > 0 && room >= NTS_FIELD_HEADER_BYTES + length; missing--) {
        nts_extension_put_placeholder(w, length);
        room -= NTS_FIELD_HEADER_BYTES + length;
    }
}

static void put_authenticator(const struct nts_session *session, struct entropy *entropy,
                              struct writer *w) {
    uint8_t nonce[SIV_NONCE_BYTES];
    struct siv_key c2s;
    size_t associated = writer_length(w);
    entropy_fill(entropy, nonce, sizeof nonce);
    uint8_t *sealed = nts_extension_put_authenticator(w, nonce, sizeof nonce, SIV_TAG_BYTES, 0);
    CHECK(sealed);
    siv_expand(&c2s, session->c2s);
    siv_seal(&c2s, nonce, sizeof nonce, w->start, associated, NULL, 0, sealed);
    wipe(&c2s, sizeof c2s);
}

enum err nts_client_request(struct nts_client *client, struct ntp_client *ntp,
                            struct entropy *entropy, struct mono now,
                            uint8_t out[LIMIT_NTS_REQUEST_BYTES], size_t *length) {
    struct nts_credentials *held = &client->held;
    if (ntp->version != 4) return ERR_VERSION;
    if (held->count == 0) return ERR_NTS_NO_COOKIE;
    size_t cookie_length = held->cookies[0].length;
    struct writer w = writer_of(out, LIMIT_NTS_REQUEST_BYTES);
    ntp_client_request(ntp, entropy_u64(entropy), now, out);
    w.at += NTP_PACKET_HEADER_BYTES;
    entropy_fill(entropy, client->unique_id, sizeof client->unique_id);
    nts_extension_put(&w, NTS_FIELD_UNIQUE_ID, client->unique_id, sizeof client->unique_id);
    put_cookie(held, &w);
    put_placeholders(held, cookie_length, &w);
    put_authenticator(&held->session, entropy, &w);
    *length = writer_length(&w);
    return ERR_OK;
}

/* Is it ours, and is it a NAK? The header was found to answer the request already. */
static enum err check_fields(struct nts_client *client, const struct ntp_packet *packet,
                             const uint8_t *bytes, size_t length, struct nts_extension *out) {
    struct nts_extension fields;
    enum err err = nts_extension_parse(bytes, length, NTS_HAS_UNIQUE_ID, &fields);
    if (err != ERR_OK) return err;
    if (fields.unique_id_length != sizeof client->unique_id ||
        memcmp(fields.unique_id, client->unique_id, sizeof client->unique_id) != 0)
        return ERR_NTS_UNIQUE_ID;
    if (!(fields.has & NTS_HAS_AUTHENTICATOR)) {
        if (packet->stratum != STRATUM_KISS || packet->reference_id != NTS_KISS_NAK)
            return ERR_NTS_MISSING;
        client->refused = true;
        return ERR_NTS_NAK;
    }
    *out = fields;
    return ERR_OK;
}

static enum err open_fields(const struct nts_client *client, const uint8_t *bytes,
                            const struct nts_extension *fields,
                            uint8_t plain[LIMIT_DATAGRAM_BYTES]) {
    struct siv_key s2c;
    siv_expand(&s2c, client->held.session.s2c);
    bool right = siv_open(&s2c, fields->nonce, fields->nonce_length, bytes, fields->authenticated,
                          fields->ciphertext, fields->ciphertext_length, plain);
    wipe(&s2c, sizeof s2c);
    return right ? ERR_OK : ERR_NTS_AUTH;
}

/* Whether the plaintext is a sequence of fields, before any of them is taken. */
static enum err check_plain(const uint8_t *plain, size_t length) {
    struct reader r = reader_of(plain, length);
    struct ntp_extension field;
    enum err err;
    while ((err = nts_extension_inner(&r, &field)) == ERR_OK) {
    }
    return err == ERR_SHORT ? ERR_OK : err;
}

static size_t take_cookies(struct nts_credentials *held, const uint8_t *plain, size_t length) {
    struct reader r = reader_of(plain, length);
    struct ntp_extension field;
    size_t taken = 0;
    while (held->count < LIMIT_NTS_COOKIES && nts_extension_inner(&r, &field) == ERR_OK) {
        if (field.type != NTS_FIELD_COOKIE || !can_carry(field.length)) continue;
        struct nts_cookie *cookie = &held->cookies[held->count++];
        cookie->length = (uint16_t)field.length;
        memcpy(cookie->bytes, field.value, field.length);
        taken++;
    }
    return taken;
}

enum err nts_client_reply(struct nts_client *client, struct ntp_client *ntp, const uint8_t *bytes,
                          size_t length, struct mono received, double error_s, struct utc pivot,
                          struct nts_client_reply *out) {
    struct ntp_client ahead = *ntp;
    struct ntp_client_reply judged;
    enum err verdict = ntp_client_reply(&ahead, bytes, length, received, error_s, pivot, &judged);
    bool answers = ntp->waiting && !ahead.waiting;
    if (!answers) return verdict;
    struct nts_extension fields;
    enum err err = check_fields(client, &judged.packet, bytes, length, &fields);
    if (err != ERR_OK) return err;
    uint8_t plain[LIMIT_DATAGRAM_BYTES];
    err = open_fields(client, bytes, &fields, plain);
    if (err != ERR_OK) return err;
    size_t plain_length = fields.ciphertext_length - SIV_TAG_BYTES;
    err = check_plain(plain, plain_length);
    if (err != ERR_OK) return err;
    *ntp = ahead;
    client->refused = false;
    out->ntp = judged;
    out->cookies = take_cookies(&client->held, plain, plain_length);
    return verdict;
}
