/* Test vectors as text: hexadecimal digits, blanks between them are skipped. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline size_t hex_bytes(const char *text, uint8_t *out) {
    static const char digits[] = "0123456789abcdef";
    size_t count = 0;
    for (; *text; text++) {
        const char *digit = strchr(digits, *text);
        if (!digit) continue;
        uint8_t value = (uint8_t)(digit - digits);
        if (count % 2)
            out[count / 2] = (uint8_t)(out[count / 2] | value);
        else
            out[count / 2] = (uint8_t)(value << 4);
        count++;
    }
    return count / 2;
}
