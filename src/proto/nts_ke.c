/* What both sides of NTS key establishment share (RFC 8915 sections 4 and 5.1). Invariant: a
 * message never grows beyond its buffer, and each record's frame is read once. */
#include "proto/nts_ke.h"

#include <string.h>

bool nts_ke_has_aead(const struct nts_ke_aeads *aeads, uint16_t id) {
    for (size_t i = 0; i < aeads->count; i++)
        if (aeads->ids[i] == id) return true;
    return false;
}

size_t nts_ke_key_length(uint16_t aead) {
    if (aead == NTS_AEAD_AES_SIV_CMAC_256) return 32;
    if (aead == NTS_AEAD_AES_128_GCM_SIV) return 16;
    return 0;
}

const char *nts_ke_aead_name(uint16_t aead) {
    if (aead == NTS_AEAD_AES_SIV_CMAC_256) return "AES-SIV-CMAC-256";
    if (aead == NTS_AEAD_AES_128_GCM_SIV) return "AES-128-GCM-SIV";
    return "unknown";
}

void nts_ke_context(const struct nts_ke_agreement *agreement, enum nts_ke_direction direction,
                    uint8_t out[NTS_KE_CONTEXT_BYTES]) {
    uint16_t named = agreement->aead;
    if (named == NTS_AEAD_AES_128_GCM_SIV && !agreement->compliant)
        named = NTS_AEAD_AES_SIV_CMAC_256;
    struct writer w = writer_of(out, NTS_KE_CONTEXT_BYTES);
    bytes_put_u16(&w, NTS_PROTOCOL_NTPV4);
    bytes_put_u16(&w, named);
    bytes_put_u8(&w, (uint8_t)direction);
}

/* Whether the record that has only begun ends beyond the buffer. */
static bool will_not_fit(const struct nts_ke_message *message, const uint8_t *buffer, size_t room) {
    struct reader r = reader_of(buffer + message->scanned, message->length - message->scanned);
    if (reader_left(&r) < NTS_RECORD_HEADER_BYTES) return message->length == room;
    bytes_get_u16(&r);
    return message->scanned + NTS_RECORD_HEADER_BYTES + bytes_get_u16(&r) > room;
}

/* The records that have come since; ERR_OK if the last of them is the End. */
static enum err scan(struct nts_ke_message *message, const uint8_t *buffer, size_t room) {
    struct reader r = reader_of(buffer + message->scanned, message->length - message->scanned);
    struct nts_record record;
    enum err err;
    while ((err = nts_record_next(&r, &record)) == ERR_OK) {
        if (record.type == NTS_RECORD_END) return reader_left(&r) ? ERR_TRAILING : ERR_OK;
        message->scanned = message->length - reader_left(&r);
    }
    return err == ERR_SHORT && will_not_fit(message, buffer, room) ? ERR_TOO_LONG : err;
}

enum err nts_ke_collect(struct nts_ke_message *message, uint8_t *buffer, size_t room,
                        const void *bytes, size_t length) {
    size_t taken = room - message->length;
    if (taken > length) taken = length;
    if (taken > 0) memcpy(buffer + message->length, bytes, taken);
    message->length += taken;
    enum err err = scan(message, buffer, room);
    if (taken == length) return err;
    return err == ERR_OK ? ERR_TRAILING : err == ERR_SHORT ? ERR_TOO_LONG : err;
}
