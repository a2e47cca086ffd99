/* Roughtime messages. The input is taken as a message, as a datagram and as a stream. A message
 * that parses and is built again gives the same bytes: it has none that nobody reads. */
#include <string.h>

#include "base/check.h"
#include "wire/roughtime_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { ROOM = 1 << 16, PACKET_MAX = 1500 };

static void check_message(const uint8_t *bytes, size_t length) {
    static uint8_t again[ROOM];
    struct roughtime_message message;
    if (roughtime_message_parse(bytes, length, &message) != ERR_OK) return;
    CHECK(message.count > 0 && message.count <= LIMIT_ROUGHTIME_TAGS);
    for (size_t i = 0; i < message.count; i++) {
        const struct roughtime_message_field *field = &message.fields[i];
        const uint8_t *value;
        CHECK(field->value >= bytes && field->value + field->length <= bytes + length);
        CHECK(roughtime_message_find(&message, field->tag) == field);
        CHECK(roughtime_message_value(&message, field->tag, field->length, &value) == ERR_OK);
        CHECK(roughtime_message_value(&message, field->tag, field->length + 4, &value) ==
              ERR_RANGE);
    }
    if (length > ROOM) return;
    CHECK(roughtime_message_build(message.fields, message.count, again, ROOM) == length);
    CHECK(memcmp(again, bytes, length) == 0);
}

/* A stream gives the same packets whether its bytes come at once or one by one. */
static void check_stream(const uint8_t *bytes, size_t length) {
    for (size_t at = 0; at < length;) {
        size_t packet = 0, early;
        enum err err = roughtime_message_extract(bytes + at, length - at, PACKET_MAX, &packet);
        if (err != ERR_OK) {
            CHECK(packet == 0);
            return;
        }
        CHECK(packet >= ROUGHTIME_MESSAGE_FRAME_BYTES && packet <= PACKET_MAX);
        CHECK(packet <= length - at);
        CHECK(roughtime_message_extract(bytes + at, packet - 1, PACKET_MAX, &early) == ERR_SHORT);
        CHECK(roughtime_message_unframe(bytes + at, packet) == ERR_OK);
        at += packet;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    check_message(bytes, length);
    check_stream(bytes, length);
    if (roughtime_message_unframe(bytes, length) == ERR_OK)
        check_message(bytes + ROUGHTIME_MESSAGE_FRAME_BYTES,
                      length - ROUGHTIME_MESSAGE_FRAME_BYTES);
    return 0;
}
