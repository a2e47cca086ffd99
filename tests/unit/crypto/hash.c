/* MD5, SHA-1, SHA-256 and SHA-512 against the test suites of RFC 1321 (A.5), RFC 3174 and FIPS 180.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/hash.h"

static void expect_hex(const uint8_t *digest, size_t length, const char *hex) {
    char text[2 * HASH_SHA512_BYTES + 1] = "";
    for (size_t i = 0; i < length; i++) snprintf(text + 2 * i, 3, "%02x", (unsigned)digest[i]);
    assert_string_equal(text, hex);
}

static void md5_vectors(void **state) {
    (void)state;
    static const char *const vectors[][2] = {
        {"", "d41d8cd98f00b204e9800998ecf8427e"},
        {"a", "0cc175b9c0f1b6a831c399e269772661"},
        {"abc", "900150983cd24fb0d6963f7d28e17f72"},
        {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
        {"abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"},
        {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
         "57edf4a22be3c955ac49da2e2107b67a"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        uint8_t digest[HASH_MD5_BYTES];
        hash_md5(vectors[i][0], strlen(vectors[i][0]), digest);
        expect_hex(digest, sizeof digest, vectors[i][1]);
    }
}

static void sha1_vectors(void **state) {
    (void)state;
    static const char *const vectors[][2] = {
        {"", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
        {"abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        uint8_t digest[HASH_SHA1_BYTES];
        hash_sha1(vectors[i][0], strlen(vectors[i][0]), digest);
        expect_hex(digest, sizeof digest, vectors[i][1]);
    }
}

/* However the text is cut into three pieces. */
static void expect_of_pieces(void (*hash)(const struct hash_piece *, size_t, uint8_t *),
                             size_t bytes, const char *text, const char *hex) {
    const size_t length = strlen(text);
    uint8_t digest[HASH_SHA512_BYTES];
    for (size_t cut = 0; cut <= length; cut++) {
        size_t second = (length - cut) / 2;
        const struct hash_piece pieces[] = {
            {text, cut}, {text + cut, second}, {text + cut + second, length - cut - second}};
        hash(pieces, 3, digest);
        expect_hex(digest, bytes, hex);
    }
}

static void sha256_vectors(void **state) {
    (void)state;
    static const char *const vectors[][2] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++)
        expect_of_pieces(hash_sha256, HASH_SHA256_BYTES, vectors[i][0], vectors[i][1]);
}

static void sha512_vectors(void **state) {
    (void)state;
    static const char long_text[] = "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                                    "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";
    static const char *const vectors[][2] = {
        {"", "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
             "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"},
        {"abc", "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
        {long_text, "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018"
                    "501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++)
        expect_of_pieces(hash_sha512, HASH_SHA512_BYTES, vectors[i][0], vectors[i][1]);
}

static void into_its_own_piece(void **state) {
    (void)state;
    uint8_t bytes[HASH_SHA512_BYTES] = "abc";
    hash_sha512(&(const struct hash_piece){bytes, 3}, 1, bytes);
    expect_hex(bytes, HASH_SHA512_BYTES,
               "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
               "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
    memcpy(bytes, "abc", 3);
    hash_sha256(&(const struct hash_piece){bytes, 3}, 1, bytes);
    expect_hex(bytes, HASH_SHA256_BYTES,
               "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void no_bytes_at_all(void **state) {
    (void)state;
    uint8_t digest[HASH_SHA1_BYTES];
    hash_md5(NULL, 0, digest);
    expect_hex(digest, HASH_MD5_BYTES, "d41d8cd98f00b204e9800998ecf8427e");
    hash_sha1(NULL, 0, digest);
    expect_hex(digest, HASH_SHA1_BYTES, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    uint8_t none[HASH_SHA256_BYTES];
    hash_sha256(NULL, 0, none);
    expect_hex(none, sizeof none,
               "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(md5_vectors),        cmocka_unit_test(sha1_vectors),
        cmocka_unit_test(sha256_vectors),     cmocka_unit_test(sha512_vectors),
        cmocka_unit_test(into_its_own_piece), cmocka_unit_test(no_bytes_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
