/* NTS extension fields (RFC 8915 section 5). Invariant: every pointer that comes out leads into the
 * packet, with as many bytes behind it as its length says. */
#include "wire/nts_extension.h"

#include <string.h>

#include "wire/ntp_packet.h"

enum {
    AUTHENTICATOR_HEAD_BYTES = 4,
    FIELD_BYTES_MIN = 16, /* RFC 7822 */
    FIELD_BYTES_MAX = UINT16_MAX & ~3,
};

static size_t padded(size_t length) {
    return (length + 3) & ~(size_t)3;
}

/* What stands behind the header of version 4; version 3 knows no fields. */
static enum err parse_fields(const uint8_t *packet, size_t length, struct ntp_extensions *out) {
    if (length < NTP_PACKET_HEADER_BYTES) return ERR_SHORT;
    return ntp_extension_parse(packet + NTP_PACKET_HEADER_BYTES, length - NTP_PACKET_HEADER_BYTES,
                               out);
}

static unsigned has_of(uint16_t type) {
    switch (type) {
    case NTS_FIELD_UNIQUE_ID:
        return NTS_HAS_UNIQUE_ID;
    case NTS_FIELD_COOKIE:
        return NTS_HAS_COOKIE;
    case NTS_FIELD_PLACEHOLDER:
        return NTS_HAS_PLACEHOLDER;
    case NTS_FIELD_AUTHENTICATOR:
        return NTS_HAS_AUTHENTICATOR;
    default:
        return 0;
    }
}

bool nts_extension_wanted(const uint8_t *packet, size_t length) {
    if (length <= NTP_PACKET_HEADER_BYTES || (packet[0] >> 3 & 7) != 4) return false;
    struct ntp_extensions fields;
    if (parse_fields(packet, length, &fields) != ERR_OK) return false;
    unsigned has = 0;
    for (size_t i = 0; i < fields.count; i++) has |= has_of(fields.fields[i].type);
    return (has & ~(unsigned)NTS_HAS_UNIQUE_ID) != 0;
}

static enum err take_authenticator(const struct ntp_extension *field, struct nts_extension *found) {
    struct reader r = reader_of(field->value, field->length);
    found->nonce_length = bytes_get_u16(&r);
    found->ciphertext_length = bytes_get_u16(&r);
    found->nonce = bytes_take(&r, padded(found->nonce_length));
    found->ciphertext = bytes_take(&r, padded(found->ciphertext_length));
    if (r.failed || found->nonce_length == 0) return ERR_NTS_LENGTH;
    found->nonce_room = padded(found->nonce_length) + reader_left(&r);
    return ERR_OK;
}

/* All placeholders are as long as the cookie, wherever it stands. */
static enum err take_cookie_length(size_t length, struct nts_extension *found) {
    if (found->has & (NTS_HAS_COOKIE | NTS_HAS_PLACEHOLDER) && length != found->cookie_length)
        return ERR_NTS_LENGTH;
    found->cookie_length = length;
    return ERR_OK;
}

static enum err take_field(const uint8_t *packet, const struct ntp_extension *field,
                           struct nts_extension *found) {
    unsigned kind = has_of(field->type);
    if (found->has & NTS_HAS_AUTHENTICATOR)
        return kind == NTS_HAS_AUTHENTICATOR ? ERR_NTS_TWICE : ERR_NTS_ORDER;
    if (kind != NTS_HAS_PLACEHOLDER && found->has & kind) return ERR_NTS_TWICE;
    enum err err = ERR_OK;
    if (kind == NTS_HAS_UNIQUE_ID) {
        found->unique_id = field->value;
        found->unique_id_length = field->length;
        if (field->length < NTS_UNIQUE_ID_BYTES) err = ERR_NTS_LENGTH;
    } else if (kind == NTS_HAS_COOKIE) {
        err = take_cookie_length(field->length, found);
        found->cookie = field->value;
    } else if (kind == NTS_HAS_PLACEHOLDER) {
        err = take_cookie_length(field->length, found);
        found->placeholders++;
    } else if (kind == NTS_HAS_AUTHENTICATOR) {
        err = take_authenticator(field, found);
        found->authenticated = (size_t)(field->value - packet) - NTS_FIELD_HEADER_BYTES;
    }
    found->has |= kind;
    return err;
}

enum err nts_extension_parse(const uint8_t *packet, size_t length, unsigned needs,
                             struct nts_extension *out) {
    struct ntp_extensions fields;
    enum err err = parse_fields(packet, length, &fields);
    if (err != ERR_OK) return err;
    struct nts_extension found = {.has = 0};
    for (size_t i = 0; i < fields.count; i++) {
        err = take_field(packet, &fields.fields[i], &found);
        if (err != ERR_OK) return err;
    }
    if (fields.mac_length) return found.has & NTS_HAS_AUTHENTICATOR ? ERR_NTS_ORDER : ERR_AUTH;
    if ((found.has & needs) != needs) return ERR_NTS_MISSING;
    *out = found;
    return ERR_OK;
}

enum err nts_extension_inner(struct reader *r, struct ntp_extension *out) {
    if (reader_left(r) == 0) return ERR_SHORT;
    struct reader ahead = *r;
    uint16_t type = bytes_get_u16(&ahead);
    size_t length = bytes_get_u16(&ahead);
    if (ahead.failed || length < NTS_FIELD_HEADER_BYTES || length % 4 != 0) return ERR_NTS_LENGTH;
    length -= NTS_FIELD_HEADER_BYTES;
    const uint8_t *value = bytes_take(&ahead, length);
    if (!value) return ERR_NTS_LENGTH;
    *out = (struct ntp_extension){type, value, length};
    *r = ahead;
    return ERR_OK;
}

static void put_zeros(struct writer *w, size_t count) {
    static const uint8_t zeros[16];
    for (; count > sizeof zeros; count -= sizeof zeros) bytes_put(w, zeros, sizeof zeros);
    bytes_put(w, zeros, count);
}

/* Type and length of a field that is `whole` bytes long; false if there is no room for it. */
static bool put_head(struct writer *w, uint16_t type, size_t whole) {
    if (w->failed || whole > FIELD_BYTES_MAX || (size_t)(w->end - w->at) < whole) {
        w->failed = true;
        return false;
    }
    bytes_put_u16(w, type);
    bytes_put_u16(w, (uint16_t)whole);
    return true;
}

static void put_field(struct writer *w, uint16_t type, const uint8_t *value, size_t length,
                      size_t least) {
    if (length > FIELD_BYTES_MAX) {
        w->failed = true;
        return;
    }
    size_t whole = NTS_FIELD_HEADER_BYTES + padded(length);
    if (whole < least) whole = least;
    if (!put_head(w, type, whole)) return;
    bytes_put(w, value, length);
    put_zeros(w, whole - NTS_FIELD_HEADER_BYTES - length);
}

void nts_extension_put(struct writer *w, uint16_t type, const uint8_t *value, size_t length) {
    put_field(w, type, value, length, FIELD_BYTES_MIN);
}

void nts_extension_put_inner(struct writer *w, uint16_t type, const uint8_t *value, size_t length) {
    put_field(w, type, value, length, NTS_FIELD_HEADER_BYTES);
}

void nts_extension_put_placeholder(struct writer *w, size_t length) {
    put_field(w, NTS_FIELD_PLACEHOLDER, NULL, 0, NTS_FIELD_HEADER_BYTES + padded(length));
}

size_t nts_extension_authenticator_length(size_t nonce_length, size_t ciphertext_length) {
    return NTS_FIELD_HEADER_BYTES + AUTHENTICATOR_HEAD_BYTES + padded(nonce_length) +
           padded(ciphertext_length);
}

uint8_t *nts_extension_put_authenticator(struct writer *w, const uint8_t *nonce,
                                         size_t nonce_length, size_t ciphertext_length,
                                         size_t least) {
    if (nonce_length > UINT16_MAX || ciphertext_length > UINT16_MAX) {
        w->failed = true;
        return NULL;
    }
    size_t core = nts_extension_authenticator_length(nonce_length, ciphertext_length);
    size_t whole = padded(core > least ? core : least);
    if (!put_head(w, NTS_FIELD_AUTHENTICATOR, whole)) return NULL;
    bytes_put_u16(w, (uint16_t)nonce_length);
    bytes_put_u16(w, (uint16_t)ciphertext_length);
    bytes_put(w, nonce, nonce_length);
    put_zeros(w, padded(nonce_length) - nonce_length);
    uint8_t *ciphertext = w->at;
    put_zeros(w, padded(ciphertext_length) + whole - core);
    return ciphertext;
}
