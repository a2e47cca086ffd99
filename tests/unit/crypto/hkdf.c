/* HKDF-SHA256: the three vectors of RFC 5869 (appendix A.1 to A.3), and its longest output. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/hex.h"
#include "crypto/hkdf.h"

static void gives(const char *secret_text, const char *salt_text, const char *info_text,
                  const char *want_text) {
    uint8_t secret[80], salt[80], info[80], want[82], got[82];
    size_t secret_length = hex_bytes(secret_text, secret), salt_length = hex_bytes(salt_text, salt);
    size_t info_length = hex_bytes(info_text, info), length = hex_bytes(want_text, want);
    hkdf_sha256(secret, secret_length, salt, salt_length, info, info_length, got, length);
    assert_memory_equal(got, want, length);
}

static void basic(void **state) {
    (void)state;
    gives("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c",
          "f0f1f2f3f4f5f6f7f8f9",
          "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
}

static void longer(void **state) {
    (void)state;
    gives("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
          "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
          "404142434445464748494a4b4c4d4e4f",
          "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
          "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
          "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
          "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
          "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeef"
          "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
          "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
          "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
          "cc30c58179ec3e87c14c01d5c1f3434f1d87");
}

static void neither_salt_nor_info(void **state) {
    (void)state;
    gives("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
          "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

static void the_longest(void **state) {
    (void)state;
    static uint8_t all[HKDF_BYTES_MAX];
    uint8_t secret[32] = {1}, some[40];
    hkdf_sha256(secret, sizeof secret, NULL, 0, NULL, 0, all, sizeof all);
    hkdf_sha256(secret, sizeof secret, NULL, 0, NULL, 0, some, sizeof some);
    assert_memory_equal(all, some, sizeof some);
    assert_memory_not_equal(all, all + sizeof all - 32, 32);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(basic),
        cmocka_unit_test(longer),
        cmocka_unit_test(neither_salt_nor_info),
        cmocka_unit_test(the_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
