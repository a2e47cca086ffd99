/* Extension fields of NTPv4 (RFC 7822, which updates RFC 5905 section 7.5).
 *
 * type u16, length u16 (with these 4 bytes, a multiple of 4, at least 16), value. What follows the
 * last field is a MAC: nothing, 4 bytes (crypto-NAK), 20 bytes (MD5) or 24 bytes (SHA-1); a last
 * field without a MAC behind it is at least 28 bytes long, so that the two cannot be confused. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"

struct ntp_extension {
    uint16_t type;
    const uint8_t *value; /* into the packet */
    size_t length;        /* of the value */
};

struct ntp_extensions {
    struct ntp_extension fields[LIMIT_EXTENSION_FIELDS];
    size_t count;
    size_t mac_length; /* 0, 4, 20 or 24 */
};

/* bytes: what follows the 48-byte header. ERR_EXTENSION if it does not add up, ERR_FULL if there
 * are more than LIMIT_EXTENSION_FIELDS fields. Values point into bytes. */
MUST_USE enum err ntp_extension_parse(const uint8_t *bytes, size_t length,
                                      struct ntp_extensions *out);

/* For a peer without keys: ERR_OK if what follows the header of that version is nothing or a chain
 * of fields, all of which may be skipped unread (RFC 7822 section 3); ERR_AUTH if there is a MAC
 * (which nobody here can check), else as ntp_extension_parse. Version 3 knows no fields. */
MUST_USE enum err ntp_extension_skip(uint8_t version, const uint8_t *bytes, size_t length);
