/* MD5 (RFC 1321) and SHA-1 (FIPS 180-4) by nettle, for RFC 5905 reference ids and the check line
 * of leap-seconds.list. Invariant: no secret passes through here, so nothing needs wiping. */
#include "crypto/hash.h"

#include <nettle/md5.h>
#include <nettle/sha1.h>

_Static_assert(HASH_MD5_BYTES == MD5_DIGEST_SIZE, "nettle's MD5 differs");
_Static_assert(HASH_SHA1_BYTES == SHA1_DIGEST_SIZE, "nettle's SHA-1 differs");

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
