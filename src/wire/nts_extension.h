/* The extension fields of NTS in NTP packets (RFC 8915 sections 5.2 to 5.6).
 *
 * The authenticator is the last field: it covers everything before it, and what stands behind it
 * would be covered by nothing. Its value: nonce length u16, ciphertext length u16, nonce and
 * ciphertext each padded to 4 bytes, then padding of any length. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "wire/ntp_extension.h"

enum nts_extension_type {
    NTS_FIELD_UNIQUE_ID = 0x0104,
    NTS_FIELD_COOKIE = 0x0204,
    NTS_FIELD_PLACEHOLDER = 0x0304,
    NTS_FIELD_AUTHENTICATOR = 0x0404,
};

enum {
    NTS_FIELD_HEADER_BYTES = 4,
    NTS_UNIQUE_ID_BYTES = 32, /* at least */
    NTS_NONCE_ROOM_BYTES = 16 /* that a request leaves for the nonce of the reply, at least */
};

/* The kiss code "NTSN": the server cannot open the cookie, or the request does not verify. */
enum { NTS_KISS_NAK = 0x4e54534e };

/* Which fields there are. */
enum nts_extension_has {
    NTS_HAS_UNIQUE_ID = 1,
    NTS_HAS_COOKIE = 2,
    NTS_HAS_PLACEHOLDER = 4,
    NTS_HAS_AUTHENTICATOR = 8,
};

/* Pointers lead into the packet. */
struct nts_extension {
    unsigned has;
    const uint8_t *unique_id, *cookie, *nonce, *ciphertext;
    size_t unique_id_length, cookie_length, nonce_length, ciphertext_length;
    size_t placeholders;  /* how many, each as long as the cookie */
    size_t authenticated; /* bytes of the packet before the authenticator: associated data */
    size_t nonce_room;    /* nonce with all padding: a reply may use as much (section 5.6) */
};

/* Whether a packet asks for NTS: it has a cookie, a placeholder or an authenticator. Quick, and
 * true only for well-formed fields. (A unique identifier alone is no more than that.) */
bool nts_extension_wanted(const uint8_t *packet, size_t length);

/* packet: header and all. Fields of other types are skipped where they are authenticated.
 *   SHORT EXTENSION FULL   as ntp_extension_parse; AUTH: a MAC behind the fields
 *   NTS_TWICE              a unique identifier, cookie or authenticator for the second time
 *   NTS_ORDER              anything behind the authenticator
 *   NTS_LENGTH             unique identifier too short, placeholder unlike the cookie, or the
 *                          lengths in the authenticator do not fit it
 *   NTS_MISSING            a field of `needs` (NTS_HAS_...) is not there */
MUST_USE enum err nts_extension_parse(const uint8_t *packet, size_t length, unsigned needs,
                                      struct nts_extension *out);

/* The next field of decrypted plaintext, which knows neither MACs nor a least length. ERR_SHORT at
 * the end; NTS_LENGTH if it does not add up. */
MUST_USE enum err nts_extension_inner(struct reader *r, struct ntp_extension *out);

/* A field with this value, padded by zeros to 4 bytes and to the 16 that RFC 7822 asks for. */
void nts_extension_put(struct writer *w, uint16_t type, const uint8_t *value, size_t length);
/* A field for the plaintext, where only the padding to 4 bytes applies. */
void nts_extension_put_inner(struct writer *w, uint16_t type, const uint8_t *value, size_t length);
void nts_extension_put_placeholder(struct writer *w, size_t length);

/* Bytes of an authenticator field. */
size_t nts_extension_authenticator_length(size_t nonce_length, size_t ciphertext_length);
/* An authenticator field of at least `least` bytes in all; the longer, the more padding. Returns
 * where the ciphertext is to be written, or NULL (and the writer failed) if there is no room. */
uint8_t *nts_extension_put_authenticator(struct writer *w, const uint8_t *nonce,
                                         size_t nonce_length, size_t ciphertext_length,
                                         size_t least);
