/* Base64: the examples of RFC 4648, every length there and back, and what is no base64. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64.h"

static void examples_of_the_rfc(void **state) {
    (void)state;
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char text[BASE64_TEXT_BYTES(6)];
        size_t length = strlen(pairs[i][0]);
        assert_string_equal(base64_text((const uint8_t *)pairs[i][0], length, text, sizeof text),
                            pairs[i][1]);
    }
}

static void all_bytes_come_back(void **state) {
    (void)state;
    uint8_t bytes[256], back[256];
    char text[BASE64_TEXT_BYTES(256)];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i * 7);
    for (size_t length = 0; length <= sizeof bytes; length++) {
        size_t got = 999;
        base64_text(bytes, length, text, sizeof text);
        assert_int_equal(strlen(text), BASE64_TEXT_BYTES(length) - 1);
        assert_int_equal(base64_bytes(text, strlen(text), back, length, &got), ERR_OK);
        assert_int_equal(got, length);
        assert_memory_equal(back, bytes, length);
        if (length == 0) continue;
        assert_int_equal(base64_bytes(text, strlen(text), back, length - 1, &got), ERR_TOO_LONG);
    }
}

static void anything_else_is_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {"Z",    "Zg",   "Zg=",  "Zh==", "Zm9=",     "====", "=g==",
                                        "Z===", "Zg=a", "Zm 9", "Zm-_", "Zg==Zg==", "Zm9\n"};
    uint8_t out[16];
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        size_t length = 77;
        assert_int_equal(base64_bytes(wrong[i], strlen(wrong[i]), out, sizeof out, &length),
                         ERR_SYNTAX);
        assert_int_equal(length, 77);
    }
    size_t length;
    assert_int_equal(base64_bytes("Zm\0v", 4, out, sizeof out, &length), ERR_SYNTAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_of_the_rfc),
        cmocka_unit_test(all_bytes_come_back),
        cmocka_unit_test(anything_else_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
