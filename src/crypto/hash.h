/* One-shot MD5 and SHA-1, for names only: neither protects anything here.
 *
 * MD5 makes the 4-octet reference id of an IPv6 server (RFC 5905 section 7.3); SHA-1 is the check
 * line of the IERS's leap-seconds.list. Both are broken against forgers, and the formats ask for
 * them nevertheless. Whatever must withstand an attacker uses another function. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { HASH_MD5_BYTES = 16, HASH_SHA1_BYTES = 20 };

/* bytes may be NULL where length is 0. */
void hash_md5(const void *bytes, size_t length, uint8_t out[HASH_MD5_BYTES]);
void hash_sha1(const void *bytes, size_t length, uint8_t out[HASH_SHA1_BYTES]);
