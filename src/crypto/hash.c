/* MD5 (RFC 1321) and SHA-1 (FIPS 180-4) by nettle, for RFC 5905 reference ids and the check line
 * of leap-seconds.list; SHA-256 and SHA-512 (FIPS 180-4) by OpenSSL. Invariant: no secret passes
 * through here, so nothing needs wiping.
 *
 * A Roughtime server spends most of its time in SHA-512 of a kibibyte. On an x86-64 with AVX2 it
 * took 1.8 us with nettle 3.8 and 1.2 us with OpenSSL 3.0 (65 bytes: 0.20 and 0.15 us). OpenSSL's
 * EVP is as fast but wants its context on the heap and 0.04 us more; hence the older functions,
 * which keep their context on the stack and cannot fail. They are deprecated, not going: should
 * they go, nettle's take their place line by line. The nodes of the ledger's Merkle tree are 65
 * bytes of SHA-256: on a CPU with SHA instructions 72 to 86 ns this way, 72 to 96 ns with nettle
 * (which is a tenth slower on longer input), 107 ns or more with EVP and 320 ns or more with the
 * one-shot SHA256(), which looks its algorithm up each time. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/hash.h"

#include <nettle/md5.h>
#include <nettle/sha1.h>
#include <openssl/sha.h>

_Static_assert(HASH_MD5_BYTES == MD5_DIGEST_SIZE, "nettle's MD5 differs");
_Static_assert(HASH_SHA1_BYTES == SHA1_DIGEST_SIZE, "nettle's SHA-1 differs");
_Static_assert(HASH_SHA256_BYTES == SHA256_DIGEST_LENGTH, "OpenSSL's SHA-256 differs");
_Static_assert(HASH_SHA512_BYTES == SHA512_DIGEST_LENGTH, "OpenSSL's SHA-512 differs");

void hash_md5(const void *bytes, size_t length, uint8_t out[HASH_MD5_BYTES]) {
    struct md5_ctx context;
    md5_init(&context);
    if (length) md5_update(&context, length, bytes);
    md5_digest(&context, HASH_MD5_BYTES, out);
}

void hash_sha1(const void *bytes, size_t length, uint8_t out[HASH_SHA1_BYTES]) {
    struct sha1_ctx context;
    sha1_init(&context);
    if (length) sha1_update(&context, length, bytes);
    sha1_digest(&context, HASH_SHA1_BYTES, out);
}

void hash_sha256(const struct hash_piece *pieces, size_t count, uint8_t out[HASH_SHA256_BYTES]) {
    SHA256_CTX context;
    SHA256_Init(&context);
    for (size_t i = 0; i < count; i++) SHA256_Update(&context, pieces[i].bytes, pieces[i].length);
    SHA256_Final(out, &context);
}

void hash_sha512(const struct hash_piece *pieces, size_t count, uint8_t out[HASH_SHA512_BYTES]) {
    SHA512_CTX context;
    SHA512_Init(&context);
    for (size_t i = 0; i < count; i++) SHA512_Update(&context, pieces[i].bytes, pieces[i].length);
    SHA512_Final(out, &context);
}
