/* The report as JSON: its members and their order, and that the longest one fits its room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/roughtime_report.h"

static void members_as_in_the_rfc(void **state) {
    (void)state;
    uint8_t key[32] = {0}, rand[32] = {0xff}, packet[3] = {'f', 'o', 'o'};
    struct roughtime_report_entry entries[2] = {
        {.public_key = key,
         .request = packet,
         .request_length = 3,
         .response = packet,
         .response_length = 1},
        {.public_key = key,
         .rand = rand,
         .request = packet,
         .request_length = 2,
         .response = packet,
         .response_length = 3},
    };
    char text[2048];
    struct json json;
    json_init(&json, text, sizeof text);
    roughtime_report_json(entries, 2, &json);
    assert_false(json.failed);
    assert_string_equal(
        text, "{\"responses\":[{\"publicKey\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\","
              "\"request\":\"Zm9v\",\"response\":\"Zg==\"},"
              "{\"rand\":\"/wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\","
              "\"publicKey\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\","
              "\"request\":\"Zm8=\",\"response\":\"Zm9v\"}]}");
}

static void the_longest_fits(void **state) {
    (void)state;
    static uint8_t bytes[LIMIT_ROUGHTIME_RESPONSE_BYTES];
    static char text[ROUGHTIME_REPORT_TEXT_BYTES];
    struct roughtime_report_entry entries[ROUGHTIME_REPORT_ENTRIES];
    struct json json;
    for (size_t i = 0; i < ROUGHTIME_REPORT_ENTRIES; i++)
        entries[i] =
            (struct roughtime_report_entry){.rand = bytes,
                                            .public_key = bytes,
                                            .request = bytes,
                                            .request_length = LIMIT_ROUGHTIME_REQUEST_BYTES,
                                            .response = bytes,
                                            .response_length = LIMIT_ROUGHTIME_RESPONSE_BYTES};
    json_init(&json, text, sizeof text);
    roughtime_report_json(entries, ROUGHTIME_REPORT_ENTRIES, &json);
    assert_false(json.failed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_as_in_the_rfc),
        cmocka_unit_test(the_longest_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
