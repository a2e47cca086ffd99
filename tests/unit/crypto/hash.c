/* MD5 and SHA-1 against the test suites of RFC 1321 (A.5) and FIPS 180 / RFC 3174. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/hash.h"

static void expect_hex(const uint8_t *digest, size_t length, const char *hex) {
    char text[2 * HASH_SHA1_BYTES + 1] = "";
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

static void no_bytes_at_all(void **state) {
    (void)state;
    uint8_t digest[HASH_SHA1_BYTES];
    hash_md5(NULL, 0, digest);
    expect_hex(digest, HASH_MD5_BYTES, "d41d8cd98f00b204e9800998ecf8427e");
    hash_sha1(NULL, 0, digest);
    expect_hex(digest, HASH_SHA1_BYTES, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(md5_vectors),
        cmocka_unit_test(sha1_vectors),
        cmocka_unit_test(no_bytes_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
