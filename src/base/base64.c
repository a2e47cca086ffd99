/* Base64. Invariant: every byte string has exactly one text, and no other text is taken. */
#include "base/base64.h"

#include <stdbool.h>
#include <string.h>

#include "base/check.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const char *base64_text(const uint8_t *bytes, size_t length, char *out, size_t room) {
    CHECK(room >= BASE64_TEXT_BYTES(length));
    char *to = out;
    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i < 3 ? length - i : 3;
        uint32_t group = (uint32_t)bytes[i] << 16;
        if (left > 1) group |= (uint32_t)bytes[i + 1] << 8;
        if (left > 2) group |= bytes[i + 2];
        for (size_t k = 0; k < 4; k++)
            *to++ = k <= left ? alphabet[group >> (18 - 6 * k) & 63] : '=';
    }
    *to = '\0';
    return out;
}

/* Four characters to one to three bytes; 0: they are not base64. */
static size_t decode_group(const char text[4], bool last, uint8_t out[3]) {
    uint32_t group = 0;
    size_t padding = 0;
    for (size_t i = 0; i < 4; i++) {
        const char *found = text[i] ? strchr(alphabet, text[i]) : NULL;
        if (text[i] == '=' && last && i >= 2)
            padding++;
        else if (!found || padding > 0)
            return 0;
        group = group << 6 | (found ? (uint32_t)(found - alphabet) : 0);
    }
    if (group & ((UINT32_C(1) << 8 * padding) - 1)) return 0;
    for (size_t i = 0; i < 3; i++) out[i] = (uint8_t)(group >> (16 - 8 * i));
    return 3 - padding;
}

enum err base64_bytes(const char *text, size_t text_length, uint8_t *out, size_t room,
                      size_t *length) {
    if (text_length % 4 != 0) return ERR_SYNTAX;
    size_t used = 0;
    for (size_t i = 0; i < text_length; i += 4) {
        uint8_t bytes[3];
        size_t count = decode_group(text + i, i + 4 == text_length, bytes);
        if (count == 0) return ERR_SYNTAX;
        if (count > room - used) return ERR_TOO_LONG;
        memcpy(out + used, bytes, count);
        used += count;
    }
    *length = used;
    return ERR_OK;
}
