/* Words to values: every kind at its ends, and each way to be none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config_text.h"

static void single_values(void **state) {
    (void)state;
    good("Port 0\r\n\tMAXSLEWRATE\t 1000.5  \r\nmaxdistance 1e-1\nmaxclockerror 1\nmaxdrift 100\n"
         "maxbound .25\nserverjobs 16\nuser _etalon-1\ndriftfile /d\nleapseclist /l\n"
         "statussocket /s\nmakestep 0.1 -1\nmaxchange 1000 1 2");
    assert_int_equal(config.port, 0);
    assert_true(config.max_slew_rate == 1000.5 * 1e-6);
    assert_true(config.max_distance_s == 0.1);
    assert_true(config.max_clock_error == 1e-6);
    assert_true(config.max_drift == 100 * 1e-6);
    assert_true(config.max_bound_s == 0.25);
    assert_int_equal(config.server_jobs, 16);
    assert_string_equal(config.user, "_etalon-1");
    assert_string_equal(config.drift_file, "/d");
    assert_string_equal(config.leap_file, "/l");
    assert_string_equal(config.status_socket, "/s");
    assert_true(config.makestep_threshold_s == 0.1);
    assert_int_equal(config.makestep_limit, -1);
    assert_true(config.max_change_s == 1000);
    assert_int_equal(config.max_change_start, 1);
    assert_int_equal(config.max_change_ignore, 2);
    good("statussocket none");
    assert_string_equal(config.status_socket, "");
}

static void numbers(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"port http", ERR_SYNTAX, NULL, 1, 6, "port: \"http\" is not a whole number"},
        {"port 1.5", ERR_SYNTAX, NULL, 1, 6, "not a whole number"},
        {"port 65536", ERR_RANGE, NULL, 1, 6, "port: 65536 is out of range: 0 to 65535"},
        {"port -1", ERR_RANGE, NULL, 1, 6, "0 to 65535"},
        {"port 99999999999999999999", ERR_RANGE, NULL, 1, 6, "out of range"},
        {"port -", ERR_SYNTAX, NULL, 1, 6, "not a whole number"},
        {"maxbound 0", ERR_RANGE, NULL, 1, 10,
         "maxbound: 0 is out of range: 1e-09 to 1000000000 s"},
        {"maxbound -1", ERR_RANGE, NULL, 1, 10, "out of range"},
        {"maxbound 0x10", ERR_SYNTAX, NULL, 1, 10, "\"0x10\" is not a number"},
        {"maxbound nan", ERR_SYNTAX, NULL, 1, 10, "not a number"},
        {"maxbound inf", ERR_SYNTAX, NULL, 1, 10, "not a number"},
        {"maxbound 1e999", ERR_RANGE, NULL, 1, 10, "out of range"},
        {"maxbound 1.2.3", ERR_SYNTAX, NULL, 1, 10, "not a number"},
        {"maxbound e", ERR_SYNTAX, NULL, 1, 10, "not a number"},
        {"maxslewrate 0", ERR_RANGE, NULL, 1, 13, "0.001 to 100000 ppm"},
        {"maxclockerror 200000", ERR_RANGE, NULL, 1, 15, "ppm"},
        {"maxdrift -5", ERR_RANGE, NULL, 1, 10, "maxdrift"},
        {"maxdistance 0", ERR_RANGE, NULL, 1, 13, "maxdistance"},
        {"minsources 0", ERR_RANGE, NULL, 1, 12, "1 to 64"},
        {"makestep 1 -2", ERR_RANGE, NULL, 1, 12,
         "makestep LIMIT: -2 is out of range: -1 to 2147483647 updates"},
        {"makestep 0 3", ERR_RANGE, NULL, 1, 10, "makestep THRESHOLD: 0"},
        {"makestep 1 3.0", ERR_SYNTAX, NULL, 1, 12, "makestep LIMIT: \"3.0\""},
        {"maxchange 1 -1 0", ERR_RANGE, NULL, 1, 13, "maxchange START"},
        {"maxchange 1 1 x", ERR_SYNTAX, NULL, 1, 15, "maxchange IGNORE"},
    };
    EXPECT(faults);
}

static void users(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"user root!", ERR_SYNTAX, NULL, 1, 6, "\"root!\" is not a user name"},
        {"user -x", ERR_SYNTAX, NULL, 1, 6, "not a user name"},
        {"user a2345678901234567890123456789012x", ERR_TOO_LONG, NULL, 1, 6,
         "longer than 32 bytes"},
    };
    EXPECT(faults);
}

static void too_long(void **state) {
    (void)state;
    char text[1000];
    const struct fault path = {text, ERR_TOO_LONG, NULL, 1, 11, "longer than 255 bytes"};
    snprintf(text, sizeof text, "driftfile %0300d", 1);
    expect_faults(&path, 1);
    const struct fault socket = {text, ERR_TOO_LONG, NULL, 1, 14, "longer than 107 bytes"};
    snprintf(text, sizeof text, "statussocket %0108d", 1);
    expect_faults(&socket, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_values),
        cmocka_unit_test(numbers),
        cmocka_unit_test(users),
        cmocka_unit_test(too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
