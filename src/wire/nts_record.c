/* Records of NTS-KE (RFC 8915 section 4). Invariant: bodies lie inside the bytes that were given,
 * and numbers are read only from records whose length was checked. */
#include "wire/nts_record.h"

#include <string.h>

enum { CRITICAL_BIT = 0x8000 };

enum err nts_record_next(struct reader *r, struct nts_record *out) {
    struct reader ahead = *r;
    uint16_t type = bytes_get_u16(&ahead);
    size_t length = bytes_get_u16(&ahead);
    if (!ahead.failed && length + NTS_RECORD_HEADER_BYTES > LIMIT_NTS_KE_RESPONSE_BYTES)
        return ERR_TOO_LONG;
    const uint8_t *body = bytes_take(&ahead, length);
    if (ahead.failed) return ERR_SHORT;
    *out = (struct nts_record){.critical = (type & CRITICAL_BIT) != 0,
                               .type = type & (CRITICAL_BIT - 1),
                               .body = body,
                               .length = length};
    *r = ahead;
    return ERR_OK;
}

/* Whether a record of this type must be marked critical (sections 4.1.1 to 4.1.4). */
static bool must_be_critical(uint16_t type) {
    return type <= NTS_RECORD_WARNING;
}

static bool has_right_length(const struct nts_record *record) {
    switch (record->type) {
    case NTS_RECORD_END:
    case NTS_RECORD_COMPLIANT_EXPORT:
        return record->length == 0;
    case NTS_RECORD_NEXT_PROTOCOL:
    case NTS_RECORD_AEAD:
        return record->length % 2 == 0;
    case NTS_RECORD_ERROR:
    case NTS_RECORD_WARNING:
    case NTS_RECORD_NTP_PORT:
        return record->length == 2;
    case NTS_RECORD_SERVER:
        return record->length > 0 && record->length < LIMIT_HOST_NAME_BYTES;
    case NTS_RECORD_COOKIE:
        return record->length > 0;
    default:
        return true;
    }
}

static bool is_known(uint16_t type) {
    return type <= NTS_RECORD_NTP_PORT || type == NTS_RECORD_COMPLIANT_EXPORT;
}

enum err nts_record_check(const struct nts_record *record) {
    if (!is_known(record->type)) return record->critical ? ERR_CRITICAL : ERR_OK;
    if (must_be_critical(record->type) && !record->critical) return ERR_SYNTAX;
    return has_right_length(record) ? ERR_OK : ERR_SYNTAX;
}

size_t nts_record_count(const struct nts_record *record) {
    return record->length / 2;
}

uint16_t nts_record_number(const struct nts_record *record, size_t index) {
    const uint8_t *at = record->body + 2 * index;
    return (uint16_t)(at[0] << 8 | at[1]);
}

bool nts_record_holds(const struct nts_record *record, uint16_t number) {
    for (size_t i = 0; i < nts_record_count(record); i++)
        if (nts_record_number(record, i) == number) return true;
    return false;
}

/* What host names and numeric addresses (also with a zone) are made of. */
static bool is_host_letter(uint8_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == ':' || c == '_';
}

enum err nts_record_host(const struct nts_record *record, char out[LIMIT_HOST_NAME_BYTES]) {
    if (record->length == 0 || record->length >= LIMIT_HOST_NAME_BYTES) return ERR_SYNTAX;
    for (size_t i = 0; i < record->length; i++)
        if (!is_host_letter(record->body[i])) return ERR_SYNTAX;
    memcpy(out, record->body, record->length);
    out[record->length] = '\0';
    return ERR_OK;
}

void nts_record_put(struct writer *w, bool critical, uint16_t type, const void *body,
                    size_t length) {
    if (length > UINT16_MAX) {
        w->failed = true;
        return;
    }
    bytes_put_u16(w, (uint16_t)(type | (critical ? CRITICAL_BIT : 0)));
    bytes_put_u16(w, (uint16_t)length);
    bytes_put(w, body, length);
}

static void put_numbers(struct writer *w, uint16_t type, const uint16_t *numbers, size_t count) {
    if (count > UINT16_MAX / 2) {
        w->failed = true;
        return;
    }
    nts_record_put(w, true, type, NULL, 0);
    if (w->failed) return;
    struct writer head = writer_of(w->at - 2, 2);
    bytes_put_u16(&head, (uint16_t)(2 * count));
    for (size_t i = 0; i < count; i++) bytes_put_u16(w, numbers[i]);
}

void nts_record_put_end(struct writer *w) {
    nts_record_put(w, true, NTS_RECORD_END, NULL, 0);
}

void nts_record_put_protocols(struct writer *w, const uint16_t *numbers, size_t count) {
    put_numbers(w, NTS_RECORD_NEXT_PROTOCOL, numbers, count);
}

void nts_record_put_aeads(struct writer *w, const uint16_t *numbers, size_t count) {
    put_numbers(w, NTS_RECORD_AEAD, numbers, count);
}

void nts_record_put_error(struct writer *w, uint16_t code) {
    put_numbers(w, NTS_RECORD_ERROR, &code, 1);
}

void nts_record_put_warning(struct writer *w, uint16_t code) {
    put_numbers(w, NTS_RECORD_WARNING, &code, 1);
}

void nts_record_put_cookie(struct writer *w, const uint8_t *cookie, size_t length) {
    nts_record_put(w, false, NTS_RECORD_COOKIE, cookie, length);
}

void nts_record_put_server(struct writer *w, const char *host) {
    nts_record_put(w, true, NTS_RECORD_SERVER, host, strlen(host));
}

void nts_record_put_port(struct writer *w, uint16_t port) {
    put_numbers(w, NTS_RECORD_NTP_PORT, &port, 1);
}

void nts_record_put_compliant_export(struct writer *w) {
    nts_record_put(w, false, NTS_RECORD_COMPLIANT_EXPORT, NULL, 0);
}
