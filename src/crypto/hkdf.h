/* HKDF with SHA-256 (RFC 5869), by nettle: keys from a secret that is uniformly random already. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { HKDF_BYTES_MAX = 255 * 32 };

/* Extract, then expand. length is at most HKDF_BYTES_MAX. salt and info may be empty. */
void hkdf_sha256(const uint8_t *secret, size_t secret_length, const uint8_t *salt,
                 size_t salt_length, const uint8_t *info, size_t info_length, uint8_t *out,
                 size_t length);
