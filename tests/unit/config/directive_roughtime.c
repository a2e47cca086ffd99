/* The directives of Roughtime: their defaults, what they set, and what they refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config_text.h"

static void nothing_is_served_unasked(void **state) {
    (void)state;
    good("");
    assert_string_equal(config.roughtime_delegation, "");
    assert_int_equal(config.roughtime_port, 5319);
    assert_int_equal(config.roughtime_old_port, 0);
    assert_int_equal(config.roughtime_context, CONFIG_ROUGHTIME_RFC);
}

static void all_are_taken(void **state) {
    (void)state;
    good("roughtimedelegation /k\nroughtimeport 53\nroughtimeoldport 2002\n"
         "roughtimegrease 0.25\nroughtimecontext Appendix-B\n");
    assert_string_equal(config.roughtime_delegation, "/k");
    assert_int_equal(config.roughtime_port, 53);
    assert_int_equal(config.roughtime_old_port, 2002);
    assert_true(config.roughtime_grease == 0.25);
    assert_int_equal(config.roughtime_context, CONFIG_ROUGHTIME_APPENDIX_B);
}

#define KEY_A "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define KEY_B "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define KEY_C "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static void servers_are_taken(void **state) {
    (void)state;
    good("roughtime 192.0.2.1:2002 " KEY_A "\nroughtime [2001:db8::1]:65535 " KEY_B
         "\nroughtime 192.0.2.1:2002 " KEY_C "\nroughtimereports /r\n");
    assert_int_equal(config.roughtime_count, 3);
    assert_int_equal(config.roughtime[0].addr.port, 2002);
    assert_int_equal(config.roughtime[1].addr.family, ADDR_IPV6);
    assert_int_equal(config.roughtime[1].addr.port, 65535);
    assert_int_equal(config.roughtime[2].key[0], 2);
    assert_string_equal(config.roughtime_reports, "/r");
}

static void faults(void **state) {
    (void)state;
    static const struct fault wrong[] = {
        {"roughtimecontext\n", ERR_SHORT, NULL, 1, 1, "rfc or appendix-b"},
        {"roughtimecontext draft\n", ERR_SYNTAX, NULL, 1, 18, "neither rfc nor appendix-b"},
        {"roughtimecontext rfc x\n", ERR_TRAILING, NULL, 1, 22, "too much"},
        {"roughtimegrease 0.6\n", ERR_RANGE, NULL, 1, 17, "0 to 0.5"},
        {"roughtimeport 65536\n", ERR_RANGE, NULL, 1, 15, "65535"},
        {"roughtime\n", ERR_SHORT, NULL, 1, 1, "ADDRESS:PORT KEY"},
        {"roughtime a:1 " KEY_A "\n", ERR_SYNTAX, NULL, 1, 11, "numeric"},
        {"roughtime 192.0.2.1 " KEY_A "\n", ERR_SYNTAX, NULL, 1, 11, "numeric"},
        {"roughtime 192.0.2.1:0 " KEY_A "\n", ERR_SYNTAX, NULL, 1, 11, "numeric"},
        {"roughtime 2001:db8::1:1 " KEY_A "\n", ERR_SYNTAX, NULL, 1, 11, "numeric"},
        {"roughtime 192.0.2.1:1 AAAA\n", ERR_SYNTAX, NULL, 1, 23, "32 bytes"},
        {"roughtime 192.0.2.1:1 " KEY_A "\nroughtime 192.0.2.2:1 " KEY_A "\n", ERR_DUPLICATE, NULL,
         2, 23, "given twice"},
        {"roughtime 192.0.2.1:1 " KEY_A "\nroughtime 192.0.2.2:1 " KEY_B "\n", ERR_RANGE, NULL, 2,
         1, "too few"},
        {"roughtimedelegation\n", ERR_SHORT, NULL, 1, 1, "needs FILE"},
        {"\nroughtimeoldport 5319\n", ERR_RANGE, NULL, 2, 1, "is the roughtimeport already"},
    };
    expect_faults(wrong, sizeof wrong / sizeof wrong[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_served_unasked),
        cmocka_unit_test(all_are_taken),
        cmocka_unit_test(servers_are_taken),
        cmocka_unit_test(faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
