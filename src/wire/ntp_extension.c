/* Extension fields (RFC 7822 section 3; RFC 5905 section 7.5).
 *
 * What is longer than the longest MAC must begin with a field; what is not, must be a MAC or
 * nothing. So a last field without a MAC is at least 28 bytes long without a further rule.
 * Invariant: every value lies inside the bytes that were given. */
#include "wire/ntp_extension.h"

#include <stdbool.h>

#include "base/bytes.h"

enum {
    FIELD_HEADER_BYTES = 4,
    FIELD_BYTES_MIN = 16,
    MAC_BYTES_MAX = 24,
    MAC_BYTES_NTPV3 = 12, /* RFC 1305 appendix C: key id and 64 bits of DES */
};

static bool is_mac_length(size_t length) {
    return length == 4 || length == 20 || length == 24;
}

static enum err parse_field(struct reader *r, struct ntp_extension *out) {
    uint16_t type = bytes_get_u16(r);
    size_t length = bytes_get_u16(r);
    if (length < FIELD_BYTES_MIN || length % 4 != 0) return ERR_EXTENSION;
    const uint8_t *value = bytes_take(r, length - FIELD_HEADER_BYTES);
    if (!value) return ERR_EXTENSION;
    *out = (struct ntp_extension){type, value, length - FIELD_HEADER_BYTES};
    return ERR_OK;
}

enum err ntp_extension_parse(const uint8_t *bytes, size_t length, struct ntp_extensions *out) {
    struct reader r = reader_of(bytes, length);
    struct ntp_extensions found;
    found.count = 0;
    while (reader_left(&r) > MAC_BYTES_MAX) {
        if (found.count == LIMIT_EXTENSION_FIELDS) return ERR_FULL;
        enum err err = parse_field(&r, &found.fields[found.count]);
        if (err != ERR_OK) return err;
        found.count++;
    }
    found.mac_length = reader_left(&r);
    if (found.mac_length != 0 && !is_mac_length(found.mac_length)) return ERR_EXTENSION;
    out->count = found.count;
    out->mac_length = found.mac_length;
    for (size_t i = 0; i < found.count; i++) out->fields[i] = found.fields[i];
    return ERR_OK;
}

enum err ntp_extension_skip(uint8_t version, const uint8_t *bytes, size_t length) {
    if (length == 0) return ERR_OK;
    if (version < 4)
        return length == MAC_BYTES_NTPV3 || is_mac_length(length) ? ERR_AUTH : ERR_EXTENSION;
    struct ntp_extensions fields;
    enum err err = ntp_extension_parse(bytes, length, &fields);
    if (err != ERR_OK) return err;
    return fields.mac_length ? ERR_AUTH : ERR_OK;
}
