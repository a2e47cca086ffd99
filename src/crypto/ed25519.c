/* Ed25519 by OpenSSL's EVP. Invariant: a signer holds both of its objects or neither; OpenSSL
 * erases the private key when it frees it. Source: RFC 8032. */
#include "crypto/ed25519.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>

static enum err public_of(const EVP_PKEY *key, uint8_t out[ED25519_PUBLIC_BYTES]) {
    uint8_t bytes[ED25519_PUBLIC_BYTES];
    size_t length = sizeof bytes;
    if (EVP_PKEY_get_raw_public_key(key, bytes, &length) != 1 || length != sizeof bytes)
        return ERR_FULL;
    memcpy(out, bytes, sizeof bytes);
    return ERR_OK;
}

enum err ed25519_signer_init(struct ed25519_signer *out, const uint8_t seed[ED25519_SEED_BYTES]) {
    struct ed25519_signer made = {
        .key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, ED25519_SEED_BYTES),
        .context = EVP_MD_CTX_new(),
    };
    enum err err = ERR_FULL;
    if (made.key && made.context) err = public_of(made.key, made.public_key);
    if (err == ERR_OK)
        *out = made;
    else
        ed25519_signer_wipe(&made);
    return err;
}

void ed25519_signer_wipe(struct ed25519_signer *signer) {
    EVP_MD_CTX_free(signer->context);
    EVP_PKEY_free(signer->key);
    *signer = (struct ed25519_signer){0};
}

enum err ed25519_public_key(const uint8_t seed[ED25519_SEED_BYTES],
                            uint8_t out[ED25519_PUBLIC_BYTES]) {
    struct ed25519_signer signer;
    enum err err = ed25519_signer_init(&signer, seed);
    if (err != ERR_OK) return err;
    memcpy(out, signer.public_key, ED25519_PUBLIC_BYTES);
    ed25519_signer_wipe(&signer);
    return ERR_OK;
}

/* The context is prepared anew each time: later versions of OpenSSL sign only once with it. */
enum err ed25519_sign(const struct ed25519_signer *signer, const void *message, size_t length,
                      uint8_t out[ED25519_SIGNATURE_BYTES]) {
    uint8_t signature[ED25519_SIGNATURE_BYTES];
    size_t room = sizeof signature;
    EVP_MD_CTX *context = signer->context;
    if (EVP_MD_CTX_reset(context) != 1 ||
        EVP_DigestSignInit(context, NULL, NULL, NULL, signer->key) != 1 ||
        EVP_DigestSign(context, signature, &room, message, length) != 1 || room != sizeof signature)
        return ERR_FULL;
    memcpy(out, signature, sizeof signature);
    return ERR_OK;
}

enum err ed25519_verify(const uint8_t public_key[ED25519_PUBLIC_BYTES], const void *message,
                        size_t length, const uint8_t signature[ED25519_SIGNATURE_BYTES]) {
    EVP_PKEY *key =
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, ED25519_PUBLIC_BYTES);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = key && context && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
                EVP_DigestVerify(context, signature, ED25519_SIGNATURE_BYTES, message, length) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return good ? ERR_OK : ERR_SIGNATURE;
}
