/* UTF-8. Invariant: no byte is read before the ones in front of it were found to need it. */
#include "base/utf8.h"

static size_t length_by_first(uint8_t first) {
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first < 0xe0) return 2;
    if ((first & 0xf0) == 0xe0) return 3;
    return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

size_t utf8_length(const void *bytes, size_t left) {
    const uint8_t *s = bytes;
    if (left == 0) return 0;
    size_t length = length_by_first(s[0]);
    if (length > left) return 0;
    for (size_t i = 1; i < length; i++)
        if ((s[i] & 0xc0) != 0x80) return 0;
    if (s[0] == 0xe0 && s[1] < 0xa0) return 0;
    if (s[0] == 0xed && s[1] >= 0xa0) return 0;
    if (s[0] == 0xf0 && s[1] < 0x90) return 0;
    if (s[0] == 0xf4 && s[1] >= 0x90) return 0;
    return length;
}

uint32_t utf8_code(const void *bytes, size_t length) {
    const uint8_t *s = bytes;
    uint32_t code = length == 1 ? s[0] : s[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) code = code << 6 | (s[i] & 0x3f);
    return code;
}

bool utf8_is_space(uint32_t code) {
    return (code >= 0x09 && code <= 0x0d) || code == 0x20 || code == 0x85 || code == 0xa0 ||
           code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x2028 ||
           code == 0x2029 || code == 0x202f || code == 0x205f || code == 0x3000;
}
