/* Base64 (RFC 4648 section 4): the standard alphabet with padding, one line, nothing skipped. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Room for the text of that many bytes, with the terminating zero. */
#define BASE64_TEXT_BYTES(bytes) (((bytes) + 2) / 3 * 4 + 1)

/* room must hold the text (it is checked). Returns out. */
const char *base64_text(const uint8_t *bytes, size_t length, char *out, size_t room);
/* Exactly text_length characters. ERR_SYNTAX: another character, padding amiss, or bits set that no
 * byte has; ERR_TOO_LONG: more than room bytes. */
MUST_USE enum err base64_bytes(const char *text, size_t text_length, uint8_t *out, size_t room,
                               size_t *length);
