/* Addresses: text to value and back, comparison. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/addr.h"

static struct addr parsed(const char *text, uint16_t port) {
    struct addr addr;
    assert_int_equal(addr_parse(text, port, &addr), ERR_OK);
    return addr;
}

static void expect_text(const char *written, const char *host, const char *with_port) {
    struct addr addr = parsed(written, 123);
    char text[ADDR_TEXT_BYTES];
    assert_string_equal(addr_text(&addr, text), host);
    assert_string_equal(addr_text_port(&addr, text), with_port);
}

static void text_and_back(void **state) {
    (void)state;
    expect_text("192.0.2.1", "192.0.2.1", "192.0.2.1:123");
    expect_text("2001:DB8:0:0::1", "2001:db8::1", "[2001:db8::1]:123");
    expect_text("::", "::", "[::]:123");
    const char *longest = "2001:db8:1111:2222:3333:4444:5555:6666";
    expect_text(longest, longest, "[2001:db8:1111:2222:3333:4444:5555:6666]:123");
}

static void bytes_are_in_network_order(void **state) {
    (void)state;
    struct addr addr = parsed("192.0.2.1", 4460);
    const uint8_t expected[16] = {192, 0, 2, 1};
    assert_int_equal(addr.family, ADDR_IPV4);
    assert_memory_equal(addr.bytes, expected, sizeof expected);
    assert_int_equal(addr.port, 4460);
    assert_int_equal(addr.scope, 0);
    assert_int_equal(addr_length(&addr), 4);
    addr = parsed("2001:db8::1", 1);
    assert_int_equal(addr.family, ADDR_IPV6);
    assert_int_equal(addr.bytes[0], 0x20);
    assert_int_equal(addr_length(&addr), 16);
}

static void what_is_not_numeric_is_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {"",
                                        "ntp.example",
                                        "192.0.2",
                                        "192.0.2.256",
                                        "192.0.2.1 ",
                                        "1.2.3.4:123",
                                        "2001:db8:::",
                                        "[2001:db8::1]",
                                        "12345::",
                                        "0x7f000001",
                                        "-"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct addr addr = {.port = 77};
        assert_int_equal(addr_parse(wrong[i], 123, &addr), ERR_SYNTAX);
        assert_int_equal(addr.port, 77);
    }
}

static void none_is_a_dash(void **state) {
    (void)state;
    const struct addr none = {0};
    char text[ADDR_TEXT_BYTES];
    assert_string_equal(addr_text(&none, text), "-");
}

static void comparison(void **state) {
    (void)state;
    struct addr a = parsed("192.0.2.1", 123), b = parsed("192.0.2.1", 124);
    assert_true(addr_same_host(&a, &b));
    assert_false(addr_same(&a, &b));
    b.port = 123;
    assert_true(addr_same(&a, &b));
    b = parsed("192.0.2.2", 123);
    assert_false(addr_same_host(&a, &b));
    /* An IPv4-mapped address is another address; access/ knows the kinship. */
    b = parsed("::ffff:192.0.2.1", 123);
    assert_false(addr_same_host(&a, &b));
    a = parsed("fe80::1", 123);
    b = a;
    b.scope = 2;
    assert_false(addr_same_host(&a, &b));
}

static void site_is_the_address_or_its_64(void **state) {
    (void)state;
    struct addr a, b, c, d;
    assert_int_equal(addr_parse("2001:db8:0:1::1", 0, &a), ERR_OK);
    assert_int_equal(addr_parse("2001:db8:0:1:ffff::2", 5, &b), ERR_OK);
    assert_int_equal(addr_parse("2001:db8:0:2::1", 0, &c), ERR_OK);
    assert_int_equal(addr_parse("192.0.2.1", 0, &d), ERR_OK);
    assert_true(addr_same_site(&a, &b));
    assert_false(addr_same_site(&a, &c));
    assert_false(addr_same_site(&a, &d));
    assert_true(addr_same_site(&d, &d));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(site_is_the_address_or_its_64),
        cmocka_unit_test(text_and_back),
        cmocka_unit_test(bytes_are_in_network_order),
        cmocka_unit_test(what_is_not_numeric_is_refused),
        cmocka_unit_test(none_is_a_dash),
        cmocka_unit_test(comparison),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
