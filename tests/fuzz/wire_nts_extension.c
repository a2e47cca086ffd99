/* NTS fields. Input: 1 octet of needs, then a packet; and the same as decrypted plaintext. What is
 * accepted lies inside, in front of the authenticator, and has every field that was asked for. */
#include "base/check.h"
#include "wire/ntp_packet.h"
#include "wire/nts_extension.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void lies_inside(const uint8_t *part, size_t part_length, const uint8_t *from,
                        size_t length) {
    CHECK(part >= from && part_length <= length && part + part_length <= from + length);
}

static void check_fields(const struct nts_extension *f, const uint8_t *packet, size_t length) {
    size_t before = f->has & NTS_HAS_AUTHENTICATOR ? f->authenticated : length;
    CHECK(before >= NTP_PACKET_HEADER_BYTES && before <= length);
    if (f->has & NTS_HAS_UNIQUE_ID) {
        lies_inside(f->unique_id, f->unique_id_length, packet, before);
        CHECK(f->unique_id_length >= NTS_UNIQUE_ID_BYTES);
    }
    if (f->has & NTS_HAS_COOKIE) lies_inside(f->cookie, f->cookie_length, packet, before);
    CHECK((f->placeholders > 0) == ((f->has & NTS_HAS_PLACEHOLDER) != 0));
    CHECK(f->placeholders * (f->cookie_length + NTS_FIELD_HEADER_BYTES) <= before);
    if (!(f->has & NTS_HAS_AUTHENTICATOR)) return;
    const uint8_t *behind = packet + before;
    lies_inside(f->nonce, f->nonce_length, behind, length - before);
    lies_inside(f->ciphertext, f->ciphertext_length, behind, length - before);
    CHECK(f->nonce_length > 0 && f->nonce + f->nonce_length <= f->ciphertext);
    CHECK(f->nonce_room >= f->nonce_length && f->nonce_room < length - before);
}

static void check_inner(const uint8_t *bytes, size_t length) {
    struct reader r = reader_of(bytes, length);
    struct ntp_extension field;
    enum err err;
    while ((err = nts_extension_inner(&r, &field)) == ERR_OK)
        CHECK(field.value + field.length == r.at && field.length % 4 == 0);
    CHECK(err == ERR_NTS_LENGTH || (err == ERR_SHORT && reader_left(&r) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    if (length < 1) return 0;
    unsigned needs = bytes[0] & 0xf;
    const uint8_t *packet = bytes + 1;
    length--;
    struct nts_extension fields = {.has = 77};
    enum err err = nts_extension_parse(packet, length, needs, &fields);
    bool wanted = nts_extension_wanted(packet, length);
    if (err == ERR_OK) {
        CHECK((fields.has & needs) == needs);
        check_fields(&fields, packet, length);
        bool has_more = (fields.has & ~(unsigned)NTS_HAS_UNIQUE_ID) != 0;
        CHECK(wanted == (has_more && (packet[0] >> 3 & 7) == 4));
    } else {
        CHECK(fields.has == 77);
        CHECK(!wanted || (err != ERR_SHORT && err != ERR_EXTENSION && err != ERR_FULL));
    }
    check_inner(packet, length);
    return 0;
}
