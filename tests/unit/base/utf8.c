/* UTF-8: every code point there and back, and what is no character. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"

static size_t encode(uint32_t code, uint8_t out[4]) {
    if (code < 0x80) {
        out[0] = (uint8_t)code;
        return 1;
    }
    size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const uint8_t first[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = length - 1; i > 0; i--, code >>= 6) out[i] = (uint8_t)(0x80 | (code & 0x3f));
    out[0] = (uint8_t)(first[length] | code);
    return length;
}

static void every_code_point_comes_back(void **state) {
    (void)state;
    for (uint32_t code = 0; code < 0x110000; code++) {
        uint8_t bytes[4] = {0};
        size_t length = encode(code, bytes);
        bool surrogate = code >= 0xd800 && code < 0xe000;
        if (utf8_length(bytes, length) != (surrogate ? 0 : length)) fail_msg("U+%04X", code);
        if (!surrogate && utf8_code(bytes, length) != code) fail_msg("U+%04X", code);
        if (length > 1 && utf8_length(bytes, length - 1) != 0) fail_msg("cut U+%04X", code);
    }
}

static void what_is_no_character(void **state) {
    (void)state;
    static const char *const wrong[] = {
        "\x80",
        "\xbf",
        "\xc0\x80",
        "\xc1\xbf",
        "\xc3",
        "\xc3(",
        "\xe0\x9f\xbf",
        "\xed\xa0\x80",
        "\xef\xbf",
        "\xe2(\xa1",
        "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xff",
        "\xfe\xfe",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(utf8_length(wrong[i], strlen(wrong[i])), 0);
    assert_int_equal(utf8_length("", 0), 0);
}

static void spaces(void **state) {
    (void)state;
    static const uint32_t yes[] = {0x09,   0x0d,   0x20,   0x85,   0xa0,   0x1680, 0x2000,
                                   0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000};
    static const uint32_t no[] = {0x08, 0x0e, 'a', 0x180e, 0x200b, 0x2014, 0x2060, 0xfeff};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) assert_true(utf8_is_space(yes[i]));
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) assert_false(utf8_is_space(no[i]));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_comes_back),
        cmocka_unit_test(what_is_no_character),
        cmocka_unit_test(spaces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
