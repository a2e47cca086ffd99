/* JSON writer: structure, escapes, UTF-8, numbers, and a buffer that is too small. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "base/json.h"

static char text[512];
static struct json json;

static int fresh(void **state) {
    (void)state;
    json_init(&json, text, sizeof text);
    return 0;
}

static void structure(void **state) {
    (void)state;
    json_open_object(&json, NULL);
    json_string(&json, "a", "b");
    json_open_array(&json, "list");
    json_int(&json, NULL, -1);
    json_open_object(&json, NULL);
    json_close_object(&json);
    json_uint(&json, NULL, UINT64_MAX);
    json_close_array(&json);
    json_open_array(&json, "empty");
    json_close_array(&json);
    json_bool(&json, "yes", true);
    json_bool(&json, "no", false);
    json_null(&json, "nothing");
    json_int(&json, "least", INT64_MIN);
    json_close_object(&json);
    assert_false(json.failed);
    assert_string_equal(text, "{\"a\":\"b\",\"list\":[-1,{},18446744073709551615],\"empty\":[],"
                              "\"yes\":true,\"no\":false,\"nothing\":null,"
                              "\"least\":-9223372036854775808}");
    assert_int_equal(json.length, strlen(text));
}

static void writes(const char *value, const char *expected) {
    json_init(&json, text, sizeof text);
    json_string(&json, NULL, value);
    assert_string_equal(text, expected);
}

static void escapes(void **state) {
    (void)state;
    writes("", "\"\"");
    writes("a\"b\\c", "\"a\\\"b\\\\c\"");
    writes("\n\t\x01\x1f", "\"\\u000a\\u0009\\u0001\\u001f\"");
    json_init(&json, text, sizeof text);
    json_open_object(&json, NULL);
    json_int(&json, "k\"", 1);
    json_close_object(&json);
    assert_string_equal(text, "{\"k\\\"\":1}");
}

#define REPLACED "\\ufffd"

static void utf8(void **state) {
    (void)state;
    writes("Zürich ☃ 𝄞", "\"Zürich ☃ 𝄞\"");
    writes("\xff", "\"" REPLACED "\"");
    writes("\xc0\xaf", "\"" REPLACED REPLACED "\"");              /* overlong */
    writes("\xe0\x80\xaf", "\"" REPLACED REPLACED REPLACED "\""); /* overlong */
    writes("\xed\xa0\x80", "\"" REPLACED REPLACED REPLACED "\""); /* surrogate */
    writes("\xf4\x90\x80\x80", "\"" REPLACED REPLACED REPLACED REPLACED "\"");
    writes("\xe2\x98", "\"" REPLACED REPLACED "\""); /* ends within a sequence */
    writes("\xe2\x98x", "\"" REPLACED REPLACED "x\"");
}

static void prints(double value, const char *expected) {
    json_init(&json, text, sizeof text);
    json_double(&json, NULL, value);
    assert_string_equal(text, expected);
}

static void doubles_are_short(void **state) {
    (void)state;
    prints(0.1, "0.1");
    prints(-2.5e-9, "-2.5e-09");
    prints(0, "0");
    prints(-0.0, "-0");
    prints(1e300, "1e+300");
    prints(1.0 / 3, "0.3333333333333333");
    prints(0.1 + 0.2, "0.30000000000000004");
    prints(5e-324, "4.94065645841247e-324");
    prints(NAN, "null");
    prints(INFINITY, "null");
    prints(-INFINITY, "null");
}

static void doubles_read_back(void **state) {
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < 20000; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint64_t bits = seed ^ seed >> 29;
        double value;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value)) continue;
        json_init(&json, text, sizeof text);
        json_double(&json, NULL, value);
        assert_true(strtod(text, NULL) == value);
    }
}

static void small_buffers_fail_and_stay_terminated(void **state) {
    (void)state;
    for (size_t room = 1; room < 24; room++) {
        char small[32];
        memset(small, 'x', sizeof small);
        struct json writer;
        json_init(&writer, small, room);
        json_open_object(&writer, NULL);
        json_string(&writer, "name", "value12345");
        json_close_object(&writer);
        assert_int_equal(writer.failed, room < 22);
        assert_true(strlen(small) < room);
        assert_int_equal(small[room], 'x');
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(structure, fresh),
        cmocka_unit_test(escapes),
        cmocka_unit_test(utf8),
        cmocka_unit_test(doubles_are_short),
        cmocka_unit_test(doubles_read_back),
        cmocka_unit_test(small_buffers_fail_and_stay_terminated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
