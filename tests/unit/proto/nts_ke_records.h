/* Messages of NTS-KE spelled out record by record, for the tests of both sides. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct nts_ke_records {
    uint8_t bytes[8192];
    size_t length;
};

static inline struct nts_ke_records *
nts_ke_records_add(struct nts_ke_records *message, uint16_t type, const void *body, size_t length) {
    uint8_t *at = message->bytes + message->length;
    at[0] = (uint8_t)(type >> 8);
    at[1] = (uint8_t)type;
    at[2] = (uint8_t)(length >> 8);
    at[3] = (uint8_t)length;
    if (length > 0) memcpy(at + 4, body, length);
    message->length += 4 + length;
    return message;
}

enum { CRITICAL = 0x8000 };
#define RECORD(message, type, body) nts_ke_records_add(message, type, body, sizeof(body) - 1)
#define PROTOCOL(message)           RECORD(message, CRITICAL | 1, "\0\0")
#define AEAD(message)               RECORD(message, CRITICAL | 4, "\0\x0f")
#define END(message)                RECORD(message, CRITICAL | 0, "")
