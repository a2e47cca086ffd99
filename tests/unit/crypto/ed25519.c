/* Ed25519 against the vectors of RFC 8032 section 7.1, and against every change of one bit. */
#include "crypto/ed25519.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct vector {
    const char *seed, *public_key, *message, *signature;
};

static const struct vector vectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
     "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
     "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
};
enum { VECTORS = sizeof vectors / sizeof vectors[0] };

static size_t from_hex(const char *hex, uint8_t *out) {
    size_t length = strlen(hex) / 2;
    for (size_t i = 0; i < length; i++) {
        unsigned value;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &value), 1);
        out[i] = (uint8_t)value;
    }
    return length;
}

static void published_vectors(void **state) {
    (void)state;
    for (size_t i = 0; i < VECTORS; i++) {
        uint8_t seed[32], key[32], message[8], expected[64], signature[64], made[32];
        from_hex(vectors[i].seed, seed);
        from_hex(vectors[i].public_key, key);
        from_hex(vectors[i].signature, expected);
        size_t length = from_hex(vectors[i].message, message);
        struct ed25519_signer signer;
        assert_int_equal(ed25519_public_key(seed, made), ERR_OK);
        assert_memory_equal(made, key, sizeof key);
        assert_int_equal(ed25519_signer_init(&signer, seed), ERR_OK);
        assert_memory_equal(signer.public_key, key, sizeof key);
        for (int again = 0; again < 3; again++) { /* one signer signs often */
            memset(signature, 0, sizeof signature);
            assert_int_equal(ed25519_sign(&signer, message, length, signature), ERR_OK);
            assert_memory_equal(signature, expected, sizeof expected);
        }
        assert_int_equal(ed25519_verify(key, message, length, signature), ERR_OK);
        ed25519_signer_wipe(&signer);
    }
}

static void one_bit_is_enough(void **state) {
    (void)state;
    uint8_t key[32], message[2], signature[64];
    from_hex(vectors[2].public_key, key);
    from_hex(vectors[2].message, message);
    from_hex(vectors[2].signature, signature);
    for (size_t bit = 0; bit < 8 * sizeof signature; bit++) {
        signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(ed25519_verify(key, message, 2, signature), ERR_SIGNATURE);
        signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t bit = 0; bit < 16; bit++) {
        message[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(ed25519_verify(key, message, 2, signature), ERR_SIGNATURE);
        message[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_int_equal(ed25519_verify(key, message, 1, signature), ERR_SIGNATURE);
    assert_int_equal(ed25519_verify(key, message, 2, signature), ERR_OK);
}

static void keys_that_are_no_points(void **state) {
    (void)state;
    uint8_t key[32], signature[64] = {0};
    memset(key, 0xff, sizeof key);
    assert_int_equal(ed25519_verify(key, "abc", 3, signature), ERR_SIGNATURE);
    from_hex(vectors[0].public_key, key);
    assert_int_equal(ed25519_verify(key, "", 0, signature), ERR_SIGNATURE);
}

static void wiping(void **state) {
    (void)state;
    uint8_t seed[32] = {1};
    struct ed25519_signer signer, zero = {0};
    assert_int_equal(ed25519_signer_init(&signer, seed), ERR_OK);
    ed25519_signer_wipe(&signer);
    assert_null(signer.key);
    assert_null(signer.context);
    assert_memory_equal(signer.public_key, zero.public_key, sizeof zero.public_key);
    ed25519_signer_wipe(&signer); /* nothing left to free */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors),
        cmocka_unit_test(one_bit_is_enough),
        cmocka_unit_test(keys_that_are_no_points),
        cmocka_unit_test(wiping),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
