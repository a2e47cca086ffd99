/* One-shot hashes: MD5 and SHA-1 for names only, SHA-256 and SHA-512 for what must withstand an
 * attacker.
 *
 * MD5 makes the 4-octet reference id of an IPv6 server (RFC 5905 section 7.3); SHA-1 is the check
 * line of the IERS's leap-seconds.list. Both are broken against forgers, and the formats ask for
 * them nevertheless. SHA-512 makes the Merkle trees and nonces of Roughtime (RFC 10049), SHA-256
 * the Merkle tree of the ledger (RFC 6962). */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
    HASH_MD5_BYTES = 16,
    HASH_SHA1_BYTES = 20,
    HASH_SHA256_BYTES = 32,
    HASH_SHA512_BYTES = 64,
};

struct hash_piece {
    const void *bytes;
    size_t length;
};

/* bytes may be NULL where length is 0. */
void hash_md5(const void *bytes, size_t length, uint8_t out[HASH_MD5_BYTES]);
void hash_sha1(const void *bytes, size_t length, uint8_t out[HASH_SHA1_BYTES]);
/* Of the pieces one behind the other, as if they were one. out may be one of the pieces. */
void hash_sha256(const struct hash_piece *pieces, size_t count, uint8_t out[HASH_SHA256_BYTES]);
void hash_sha512(const struct hash_piece *pieces, size_t count, uint8_t out[HASH_SHA512_BYTES]);
