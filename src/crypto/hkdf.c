/* HKDF-SHA256 (RFC 5869 sections 2.2 and 2.3). Invariant: nothing secret is left on the stack. */
#include "crypto/hkdf.h"

#include <nettle/hkdf.h>
#include <nettle/hmac.h>

#include "base/check.h"
#include "crypto/wipe.h"

void hkdf_sha256(const uint8_t *secret, size_t secret_length, const uint8_t *salt,
                 size_t salt_length, const uint8_t *info, size_t info_length, uint8_t *out,
                 size_t length) {
    CHECK(length <= HKDF_BYTES_MAX);
    uint8_t extracted[SHA256_DIGEST_SIZE];
    struct hmac_sha256_ctx hmac;
    hmac_sha256_set_key(&hmac, salt_length, salt);
    hkdf_extract(&hmac, (nettle_hash_update_func *)hmac_sha256_update,
                 (nettle_hash_digest_func *)hmac_sha256_digest, SHA256_DIGEST_SIZE, secret_length,
                 secret, extracted);
    hmac_sha256_set_key(&hmac, sizeof extracted, extracted);
    hkdf_expand(&hmac, (nettle_hash_update_func *)hmac_sha256_update,
                (nettle_hash_digest_func *)hmac_sha256_digest, SHA256_DIGEST_SIZE, info_length,
                info, length, out);
    wipe(extracted, sizeof extracted);
    wipe(&hmac, sizeof hmac);
}
