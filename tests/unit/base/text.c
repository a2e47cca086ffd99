/* Text for people: units, dates, reference identifiers, bars. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/text.h"

static void seconds_get_a_fitting_unit(void **state) {
    (void)state;
    char out[TEXT_BYTES];
    assert_string_equal(text_seconds(0, out), "0 ns");
    assert_string_equal(text_seconds(12e-9, out), "12 ns");
    assert_string_equal(text_seconds(999.96e-9, out), "1.000 us");
    assert_string_equal(text_seconds(12.345e-6, out), "12.35 us");
    assert_string_equal(text_seconds(-250e-3, out), "-250.0 ms");
    assert_string_equal(text_seconds(9.9996, out), "10.00 s");
    assert_string_equal(text_seconds(65536, out), "65536 s");
    assert_string_equal(text_seconds(-1e300, out), "-1e+300 s");
    assert_string_equal(text_seconds(NAN, out), "-");
    assert_string_equal(text_seconds(INFINITY, out), "-");
    assert_string_equal(text_signed_seconds(1.5e-3, out), "+1.500 ms");
    assert_string_equal(text_signed_seconds(-1.5e-3, out), "-1.500 ms");
}

static void ages_are_short(void **state) {
    (void)state;
    char out[TEXT_BYTES];
    assert_string_equal(text_age(0.25, out), "0.2 s");
    assert_string_equal(text_age(64, out), "64 s");
    assert_string_equal(text_age(210, out), "3.5 min");
    assert_string_equal(text_age(26000, out), "7.2 h");
    assert_string_equal(text_age(12 * 86400, out), "12 d");
    assert_string_equal(text_age(NAN, out), "-");
}

static void rates_are_ppm_or_ppb(void **state) {
    (void)state;
    char out[TEXT_BYTES];
    assert_string_equal(text_signed_rate(0, out), "+0.000 ppm");
    assert_string_equal(text_rate(1.5e-7, out), "0.150 ppm");
    assert_string_equal(text_rate(-1.2345e-5, out), "-12.345 ppm");
    assert_string_equal(text_signed_rate(5e-10, out), "+0.500 ppb");
    assert_string_equal(text_rate(-1e300, out), "-1.000e+306 ppm");
    assert_string_equal(text_rate(INFINITY, out), "-");
}

static void utc_is_rfc_3339(void **state) {
    (void)state;
    char out[TEXT_BYTES];
    struct utc leap_day = {INT64_C(1709251199) * NS_PER_S + 999999999};
    assert_string_equal(text_utc((struct utc){0}, out), "1970-01-01T00:00:00.000000000Z");
    assert_string_equal(text_utc((struct utc){-1}, out), "1969-12-31T23:59:59.999999999Z");
    assert_string_equal(text_utc(leap_day, out), "2024-02-29T23:59:59.999999999Z");
    assert_string_equal(text_utc((struct utc){INT64_MAX}, out), "2262-04-11T23:47:16.854775807Z");
    assert_string_equal(text_utc((struct utc){INT64_MIN}, out), "1677-09-21T00:12:43.145224192Z");
}

static void reference_ids_by_stratum(void **state) {
    (void)state;
    char out[TEXT_BYTES];
    assert_string_equal(text_reference_id(0x47505300, 1, out), "GPS");
    assert_string_equal(text_reference_id(0x47505320, 1, out), "GPS");
    assert_string_equal(text_reference_id(0x52415445, 0, out), "RATE");
    assert_string_equal(text_reference_id(0x7f7f0101, 1, out), "7f7f0101");
    assert_string_equal(text_reference_id(0x1b5b3141, 1, out), "1b5b3141"); /* an escape sequence */
    assert_string_equal(text_reference_id(0xc0000201, 2, out), "192.0.2.1");
    assert_string_equal(text_reference_id(0, 2, out), "none");
}

static void bars_show_interval_and_edges(void **state) {
    (void)state;
    char out[TEXT_BAR_BYTES];
    struct text_scale scale = {.low = -10, .high = 10, .width = 21};
    assert_string_equal(text_bar(&scale, -5, 0, 5, out), "     [----o----]     ");
    assert_string_equal(text_bar(&scale, 2, 4, 6, out), "          : [-o-]    ");
    assert_string_equal(text_bar(&scale, 3, 3, 3, out), "          :  o       ");
    assert_string_equal(text_bar(&scale, 240, 250, 260, out), "          :         >");
    assert_string_equal(text_bar(&scale, -99, -8, -5, out), "<-o--]    :          ");
    assert_string_equal(text_bar(&scale, -99, 0, 99, out), "<---------o--------->");
    assert_string_equal(text_bar(&scale, NAN, 0, 1, out), "          :          ");
    scale.utf8 = true;
    assert_string_equal(text_bar(&scale, -5, 0, 5, out), "     ├────●────┤     ");
    assert_int_equal(text_columns(out), 21);
}

static void bars_stay_in_their_room(void **state) {
    (void)state;
    char out[TEXT_BAR_BYTES];
    struct text_scale scale = {.low = -1, .high = 1, .width = 1000, .utf8 = true};
    assert_int_equal(text_columns(text_bar(&scale, -9, 0, 9, out)), TEXT_BAR_COLUMNS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seconds_get_a_fitting_unit),
        cmocka_unit_test(ages_are_short),
        cmocka_unit_test(rates_are_ppm_or_ppb),
        cmocka_unit_test(utc_is_rfc_3339),
        cmocka_unit_test(reference_ids_by_stratum),
        cmocka_unit_test(bars_show_interval_and_edges),
        cmocka_unit_test(bars_stay_in_their_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
