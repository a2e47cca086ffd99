/* Well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Length of the character at the start of what is left, 0 if there is none. Stops reading at the
 * first byte that does not belong to it, so that text with a zero at its end needs no length. */
size_t utf8_length(const void *bytes, size_t left);
/* The code point of the character, whose length is utf8_length. */
uint32_t utf8_code(const void *bytes, size_t length);
/* White space of Unicode (property White_Space). */
bool utf8_is_space(uint32_t code);
