/* AES-SIV-CMAC-256 (RFC 5297) by nettle. Invariant: plaintext comes out only if its tag verified.
 */
#include "crypto/siv.h"

#include <string.h>

#include "base/check.h"

_Static_assert(SIV_KEY_BYTES == SIV_CMAC_AES128_KEY_SIZE, "nettle's key differs");
_Static_assert(SIV_TAG_BYTES == SIV_DIGEST_SIZE, "nettle's tag differs");

static const uint8_t nothing[1];

void siv_expand(struct siv_key *key, const uint8_t secret[SIV_KEY_BYTES]) {
    siv_cmac_aes128_set_key(&key->schedule, secret);
}

void siv_seal(const struct siv_key *key, const uint8_t *nonce, size_t nonce_length,
              const uint8_t *associated, size_t associated_length, const uint8_t *plain,
              size_t length, uint8_t *out) {
    CHECK(nonce_length >= SIV_MIN_NONCE_SIZE);
    siv_cmac_aes128_encrypt_message(&key->schedule, nonce_length, nonce, associated_length,
                                    associated_length ? associated : nothing,
                                    length + SIV_TAG_BYTES, out, length ? plain : nothing);
}

bool siv_open(const struct siv_key *key, const uint8_t *nonce, size_t nonce_length,
              const uint8_t *associated, size_t associated_length, const uint8_t *sealed,
              size_t length, uint8_t *out) {
    if (nonce_length < SIV_MIN_NONCE_SIZE || length < SIV_TAG_BYTES) return false;
    size_t plain_length = length - SIV_TAG_BYTES;
    if (siv_cmac_aes128_decrypt_message(&key->schedule, nonce_length, nonce, associated_length,
                                        associated_length ? associated : nothing, plain_length, out,
                                        sealed))
        return true;
    if (plain_length) memset(out, 0, plain_length);
    return false;
}
