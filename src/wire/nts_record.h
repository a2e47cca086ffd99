/* Records of NTS Key Establishment (RFC 8915 section 4): critical bit and type u16, length u16,
 * body. A message is a sequence of records that ends with End of Message.
 *
 * This is the form of single records and of the whole; which of them may stand together is judged
 * by the machines of both sides. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/limits.h"

enum { NTS_RECORD_HEADER_BYTES = 4, NTS_RECORD_PORT = 4460 };

enum nts_record_type {
    NTS_RECORD_END = 0,
    NTS_RECORD_NEXT_PROTOCOL = 1,
    NTS_RECORD_ERROR = 2,
    NTS_RECORD_WARNING = 3,
    NTS_RECORD_AEAD = 4,
    NTS_RECORD_COOKIE = 5,
    NTS_RECORD_SERVER = 6,
    NTS_RECORD_NTP_PORT = 7,
    /* chrony's, empty: "my exporter context for AES-128-GCM-SIV names that algorithm". */
    NTS_RECORD_COMPLIANT_EXPORT = 1024,
};

enum nts_record_protocol { NTS_PROTOCOL_NTPV4 = 0 };

enum nts_record_error {
    NTS_ERROR_UNKNOWN_CRITICAL = 0,
    NTS_ERROR_BAD_REQUEST = 1,
    NTS_ERROR_INTERNAL = 2,
};

/* Numbers of the AEAD registry (RFC 5116) that NTS knows. Only the first is offered here. */
enum nts_record_aead {
    NTS_AEAD_AES_SIV_CMAC_256 = 15,
    NTS_AEAD_AES_128_GCM_SIV = 30,
};

struct nts_record {
    bool critical;
    uint16_t type;       /* 15 bits */
    const uint8_t *body; /* into the message */
    size_t length;
};

/* The next record, unjudged; the reader moves on only on ERR_OK. ERR_SHORT: not all of it is here
 * yet. ERR_TOO_LONG: it is longer than LIMIT_NTS_KE_RESPONSE_BYTES, the longest message. */
MUST_USE enum err nts_record_next(struct reader *r, struct nts_record *out);

/* Whether body and critical bit are as the type asks (RFC 8915 sections 4.1.1 to 4.1.8).
 *   SYNTAX    wrong length, or the critical bit is missing where it must be set
 *   CRITICAL  of unknown type and critical: the message must be refused
 * A record of unknown type that is not critical is right, and to be skipped. An empty list of
 * protocols or algorithms is right too: it is how a server says "none of yours". */
MUST_USE enum err nts_record_check(const struct nts_record *record);

/* The numbers in a checked record (protocols, algorithms, error, warning, port). */
size_t nts_record_count(const struct nts_record *record);
uint16_t nts_record_number(const struct nts_record *record, size_t index);
bool nts_record_holds(const struct nts_record *record, uint16_t number);
/* The host of a Server record as text: letters, digits and ".-:_", anything else is ERR_SYNTAX. */
MUST_USE enum err nts_record_host(const struct nts_record *record, char out[LIMIT_HOST_NAME_BYTES]);

/* Builders. They fail as the writer does: ask it at the end. */
void nts_record_put(struct writer *w, bool critical, uint16_t type, const void *body,
                    size_t length);
void nts_record_put_end(struct writer *w);
void nts_record_put_protocols(struct writer *w, const uint16_t *numbers, size_t count);
void nts_record_put_aeads(struct writer *w, const uint16_t *numbers, size_t count);
void nts_record_put_error(struct writer *w, uint16_t code);
void nts_record_put_warning(struct writer *w, uint16_t code);
void nts_record_put_cookie(struct writer *w, const uint8_t *cookie, size_t length);
void nts_record_put_server(struct writer *w, const char *host);
void nts_record_put_port(struct writer *w, uint16_t port);
void nts_record_put_compliant_export(struct writer *w);
