/* Roughtime messages and framing. Invariant: every field of a parsed message lies inside it, and
 * offsets, lengths and tags are as RFC 10049 section 4.2 asks. Little-endian. */
#include "wire/roughtime_message.h"

#include <string.h>

#include "base/check.h"

enum { WORD = 4, TAG_BYTES = 2 * WORD, MAGIC_BYTES = 8 };

static const uint8_t magic[MAGIC_BYTES] = {'R', 'O', 'U', 'G', 'H', 'T', 'I', 'M'};

uint32_t roughtime_message_u32(const uint8_t bytes[4]) {
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

uint64_t roughtime_message_u64(const uint8_t bytes[8]) {
    return roughtime_message_u32(bytes) | (uint64_t)roughtime_message_u32(bytes + WORD) << 32;
}

void roughtime_message_put_u32(uint8_t bytes[4], uint32_t value) {
    for (int i = 0; i < WORD; i++) bytes[i] = (uint8_t)(value >> 8 * i);
}

void roughtime_message_put_u64(uint8_t bytes[8], uint64_t value) {
    roughtime_message_put_u32(bytes, (uint32_t)value);
    roughtime_message_put_u32(bytes + WORD, (uint32_t)(value >> 32));
}

/* The i-th of N - 1 offsets; the values begin at 0 and end where the message does. */
static size_t boundary(const uint8_t *bytes, size_t i, size_t count, size_t values_length) {
    if (i == 0) return 0;
    return i == count ? values_length : roughtime_message_u32(bytes + i * WORD);
}

static enum err parse_fields(const uint8_t *bytes, size_t length, struct roughtime_message *out) {
    const size_t header = out->count * TAG_BYTES, values_length = length - header;
    const uint8_t *tags = bytes + out->count * WORD;
    for (size_t i = 0; i < out->count; i++) {
        size_t begin = boundary(bytes, i, out->count, values_length);
        size_t end = boundary(bytes, i + 1, out->count, values_length);
        if (end % WORD != 0 || end < begin || end > values_length) return ERR_RANGE;
        uint32_t tag = roughtime_message_u32(tags + i * WORD);
        if (i > 0 && tag <= out->fields[i - 1].tag) return ERR_SYNTAX;
        out->fields[i] = (struct roughtime_message_field){tag, end - begin, bytes + header + begin};
    }
    return ERR_OK;
}

enum err roughtime_message_parse(const uint8_t *bytes, size_t length,
                                 struct roughtime_message *out) {
    if (length < WORD) return ERR_SHORT;
    struct roughtime_message message;
    message.count = roughtime_message_u32(bytes);
    if (message.count == 0) return ERR_RANGE;
    if (message.count > LIMIT_ROUGHTIME_TAGS) return ERR_FULL;
    if (length < message.count * TAG_BYTES) return ERR_SHORT;
    enum err err = parse_fields(bytes, length, &message);
    if (err != ERR_OK) return err;
    out->count = message.count; /* most of the fields are not in use */
    memcpy(out->fields, message.fields, message.count * sizeof message.fields[0]);
    return ERR_OK;
}

const struct roughtime_message_field *
roughtime_message_find(const struct roughtime_message *message, uint32_t tag) {
    for (size_t i = 0; i < message->count; i++)
        if (message->fields[i].tag == tag) return &message->fields[i];
    return NULL;
}

enum err roughtime_message_value(const struct roughtime_message *message, uint32_t tag,
                                 size_t length, const uint8_t **out) {
    const struct roughtime_message_field *field = roughtime_message_find(message, tag);
    if (!field) return ERR_TAG;
    if (field->length != length) return ERR_RANGE;
    *out = field->value;
    return ERR_OK;
}

size_t roughtime_message_length(const struct roughtime_message_field *fields, size_t count) {
    size_t length = count * TAG_BYTES;
    for (size_t i = 0; i < count; i++) length += fields[i].length;
    return length;
}

size_t roughtime_message_build(const struct roughtime_message_field *fields, size_t count,
                               uint8_t *out, size_t room) {
    size_t length = roughtime_message_length(fields, count), offset = 0;
    CHECK(count > 0 && length <= room);
    roughtime_message_put_u32(out, (uint32_t)count);
    uint8_t *tags = out + count * WORD, *values = out + count * TAG_BYTES;
    for (size_t i = 0; i < count; i++) {
        const struct roughtime_message_field *field = &fields[i];
        CHECK(field->length % WORD == 0 && (i == 0 || field->tag > fields[i - 1].tag));
        if (i > 0) roughtime_message_put_u32(out + i * WORD, (uint32_t)offset);
        roughtime_message_put_u32(tags + i * WORD, field->tag);
        if (!field->value)
            memset(values + offset, 0, field->length);
        else if (field->length)
            memcpy(values + offset, field->value, field->length);
        offset += field->length;
    }
    return length;
}

size_t roughtime_message_build_packet(const struct roughtime_message_field *fields, size_t count,
                                      uint8_t *out, size_t room) {
    CHECK(room >= ROUGHTIME_MESSAGE_FRAME_BYTES);
    size_t length = roughtime_message_build(fields, count, out + ROUGHTIME_MESSAGE_FRAME_BYTES,
                                            room - ROUGHTIME_MESSAGE_FRAME_BYTES);
    memcpy(out, magic, MAGIC_BYTES);
    roughtime_message_put_u32(out + MAGIC_BYTES, (uint32_t)length);
    return ROUGHTIME_MESSAGE_FRAME_BYTES + length;
}

enum err roughtime_message_extract(const uint8_t *bytes, size_t available, size_t packet_max,
                                   size_t *packet_length) {
    size_t seen = available < MAGIC_BYTES ? available : MAGIC_BYTES;
    if (seen && memcmp(bytes, magic, seen) != 0) return ERR_KIND;
    if (available < ROUGHTIME_MESSAGE_FRAME_BYTES) return ERR_SHORT;
    uint64_t length =
        ROUGHTIME_MESSAGE_FRAME_BYTES + (uint64_t)roughtime_message_u32(bytes + MAGIC_BYTES);
    if (length > packet_max) return ERR_TOO_LONG;
    if (length > available) return ERR_SHORT;
    *packet_length = (size_t)length;
    return ERR_OK;
}

enum err roughtime_message_unframe(const uint8_t *packet, size_t length) {
    size_t framed;
    enum err err = roughtime_message_extract(packet, length, SIZE_MAX, &framed);
    if (err != ERR_OK) return err;
    return framed == length ? ERR_OK : ERR_TRAILING;
}
