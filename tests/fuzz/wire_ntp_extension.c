/* Extension fields: what is accepted lies inside the input and adds up to it exactly. */
#include "base/check.h"
#include "wire/ntp_extension.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check_skip(const struct ntp_extensions *fields, enum err err, const uint8_t *bytes,
                       size_t length) {
    enum err expected = err == ERR_OK && fields->mac_length ? ERR_AUTH : err;
    CHECK(ntp_extension_skip(4, bytes, length) == expected);
    CHECK((ntp_extension_skip(3, bytes, length) == ERR_OK) == (length == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    struct ntp_extensions fields;
    enum err err = ntp_extension_parse(bytes, length, &fields);
    check_skip(&fields, err, bytes, length);
    if (err != ERR_OK) return 0;
    CHECK(fields.count <= LIMIT_EXTENSION_FIELDS);
    const uint8_t *at = bytes;
    for (size_t i = 0; i < fields.count; i++) {
        const struct ntp_extension *field = &fields.fields[i];
        CHECK(field->value == at + 4);
        CHECK((field->length + 4) % 4 == 0 && field->length + 4 >= 16);
        at = field->value + field->length;
    }
    CHECK(at + fields.mac_length == bytes + length);
    /* RFC 7822: a last field without a MAC is at least 28 bytes long. */
    CHECK(fields.count == 0 || fields.mac_length || fields.fields[fields.count - 1].length >= 24);
    return 0;
}
