/* Roughtime messages and their framing (RFC 10049 sections 4 and 5). Everything is little-endian.
 *
 *   packet   "ROUGHTIM", u32 length of the message, message; one to a datagram, many to a stream
 *   message  u32 N; N - 1 offsets u32, from the end of the header; N tags u32; values
 *
 * Values are multiples of 4 bytes, tags ascend as numbers, so none comes twice. A value may be a
 * message again. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"

enum roughtime_message_tag {
    ROUGHTIME_MESSAGE_SIG = 0x00474953,
    ROUGHTIME_MESSAGE_VER = 0x00524556,
    ROUGHTIME_MESSAGE_SRV = 0x00565253,
    ROUGHTIME_MESSAGE_NONC = 0x434e4f4e,
    ROUGHTIME_MESSAGE_DELE = 0x454c4544,
    ROUGHTIME_MESSAGE_TYPE = 0x45505954,
    ROUGHTIME_MESSAGE_PATH = 0x48544150,
    ROUGHTIME_MESSAGE_RADI = 0x49444152,
    ROUGHTIME_MESSAGE_PUBK = 0x4b425550,
    ROUGHTIME_MESSAGE_MIDP = 0x5044494d,
    ROUGHTIME_MESSAGE_SREP = 0x50455253,
    ROUGHTIME_MESSAGE_VERS = 0x53524556,
    ROUGHTIME_MESSAGE_MINT = 0x544e494d,
    ROUGHTIME_MESSAGE_ROOT = 0x544f4f52,
    ROUGHTIME_MESSAGE_CERT = 0x54524543,
    ROUGHTIME_MESSAGE_MAXT = 0x5458414d,
    ROUGHTIME_MESSAGE_INDX = 0x58444e49,
    ROUGHTIME_MESSAGE_ZZZZ = 0x5a5a5a5a,
};

enum { ROUGHTIME_MESSAGE_FRAME_BYTES = 12 };

struct roughtime_message_field {
    uint32_t tag;
    size_t length;
    const uint8_t *value; /* into the message; in a message to be built NULL stands for zeros */
};

struct roughtime_message {
    size_t count;
    struct roughtime_message_field fields[LIMIT_ROUGHTIME_TAGS];
};

/* The whole of bytes is one message. ERR_SHORT: it ends within its header. ERR_RANGE: no tag at
 * all, or an offset or length that is no multiple of 4, descends or lies outside. ERR_SYNTAX: tags
 * do not ascend. ERR_FULL: more than LIMIT_ROUGHTIME_TAGS tags. */
MUST_USE enum err roughtime_message_parse(const uint8_t *bytes, size_t length,
                                          struct roughtime_message *out);
/* NULL if the tag is not there. */
const struct roughtime_message_field *
roughtime_message_find(const struct roughtime_message *message, uint32_t tag);
/* The value of a tag that must be there (else ERR_TAG) with that length (else ERR_RANGE). */
MUST_USE enum err roughtime_message_value(const struct roughtime_message *message, uint32_t tag,
                                          size_t length, const uint8_t **out);
uint32_t roughtime_message_u32(const uint8_t bytes[4]);
uint64_t roughtime_message_u64(const uint8_t bytes[8]);
void roughtime_message_put_u32(uint8_t bytes[4], uint32_t value);
void roughtime_message_put_u64(uint8_t bytes[8], uint64_t value);

/* Bytes that the message of these fields takes: 8 for each, and the values. */
size_t roughtime_message_length(const struct roughtime_message_field *fields, size_t count);
/* Fields in ascending order of tags, lengths multiples of 4 (both are checked). Returns the length
 * of the message; room must hold it. */
size_t roughtime_message_build(const struct roughtime_message_field *fields, size_t count,
                               uint8_t *out, size_t room);
/* The same with the framing in front: a packet. */
size_t roughtime_message_build_packet(const struct roughtime_message_field *fields, size_t count,
                                      uint8_t *out, size_t room);

/* Of a datagram, which must hold one packet and nothing else: the message is the bytes after
 * ROUGHTIME_MESSAGE_FRAME_BYTES. ERR_KIND: does not begin with "ROUGHTIM"; ERR_SHORT, ERR_TRAILING:
 * the length does not match. */
MUST_USE enum err roughtime_message_unframe(const uint8_t *packet, size_t length);
/* Of a stream, of which `available` bytes have arrived and are not used up: ERR_OK and the length
 * of the whole packet at their beginning; ERR_SHORT: wait for more bytes; ERR_KIND or ERR_TOO_LONG
 * (more than packet_max): nothing sensible can follow, close the stream. Bad bytes are seen as soon
 * as they arrive. */
MUST_USE enum err roughtime_message_extract(const uint8_t *bytes, size_t available,
                                            size_t packet_max, size_t *packet_length);
