/* local, allow, deny, bindaddress, include and confdir; fixed values that lack or exceed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config_text.h"

static const struct fake_file files[] = {
    {"/c/bad.conf", "port 11123\nsever ntp.example.net\n"},
    {"/c/chain0.conf", "include /c/chain1.conf\n"},
    {"/c/chain1.conf", "include /c/chain2.conf\n"},
    {"/c/chain2.conf", "include /c/chain3.conf\n"},
    {"/c/chain3.conf", "include /c/chain4.conf\n"},
    {"/c/chain4.conf", "include /c/chain5.conf\n"},
    {"/c/chain5.conf", "include /c/chain6.conf\n"},
    {"/c/chain6.conf", "include /c/chain7.conf\n"},
    {"/c/chain7.conf", "include /c/chain8.conf\n"},
    {"/c/chain8.conf", "include /c/chain9.conf\n"},
    {"/c/chain9.conf", "port 11123\n# a comment that ends the file"},
    {"/c/dir/10.conf", "server a.example.net\n"},
    {"/c/dir/20.conf", "server b.example.net\n"},
    {"/c/dir/note.txt", "not a configuration\n"},
    {"/c/deep.conf", "include /c/chain0.conf\n"},
    {"/c/loop.conf", "include /c/loop2.conf\n"},
    {"/c/loop2.conf", "\n  include /c/loop.conf\n"},
    {"/c/top.conf", "include /c/dir/10.conf\nport 11123\ninclude /c/dir/20.conf"},
    {NULL, NULL},
};

static void local(void **state) {
    (void)state;
    good("local");
    assert_true(config.local.enabled);
    assert_int_equal(config.local.stratum, 10);
    good("local stratum 1 distance 0 offset -0.25 bound 0.001");
    assert_true(config.local.enabled);
    assert_int_equal(config.local.stratum, 1);
    assert_true(config.local.distance_s == 0);
    assert_true(config.local.offset_s == -0.25);
    assert_true(config.local.bound_s == 0.001);
}

static bool allows(const char *text) {
    for (uint32_t i = 0; i < config.access_count; i++) {
        char written[ADDR_TEXT_BYTES];
        if (strcmp(addr_text(&config.access[i].net, written), text) == 0)
            return config.access[i].allow;
    }
    fail_msg("no rule for %s", text);
    return false;
}

static void access_rules(void **state) {
    (void)state;
    good("");
    assert_false(config.serves);
    good("allow 192.168\nDeny 192.168.7\nallow 2001:db8::/32\nallow 0/0");
    assert_int_equal(config.access_count, 4);
    assert_true(config.serves);
    assert_true(allows("192.168.0.0") && !allows("192.168.7.0"));
    assert_true(allows("2001:db8::") && allows("0.0.0.0"));
    good("deny 192.0.2.1\nallow ALL\n");
    assert_int_equal(config.access_count, 1);
    assert_int_equal(config.access[0].net.family, ADDR_NONE);
    good("deny 10.1/16\ndeny 11/8\nallow all 10/8");
    assert_int_equal(config.access_count, 2);
    good("allow 192.0.2.0/24\ndeny all\n");
    assert_false(config.serves);
}

static void bind_addresses_take_the_port(void **state) {
    (void)state;
    good("bindaddress 127.0.0.1\nport 10123\nbindaddress ::1");
    assert_int_equal(config.bind_count, 2);
    assert_int_equal(config.bind[0].port, 10123);
    assert_int_equal(config.bind[1].port, 10123);
    assert_int_equal(config.bind[1].family, ADDR_IPV6);
}

static void includes(void **state) {
    (void)state;
    good_with(files, "include /c/top.conf\nserver c.example.net");
    assert_int_equal(config.source_count, 3);
    assert_string_equal(config.sources[0].name, "a.example.net");
    assert_string_equal(config.sources[2].name, "c.example.net");
    assert_int_equal(config.port, 11123);
    good_with(files, "include /c/dir/*.conf");
    assert_int_equal(config.source_count, 2);
    good_with(files, "confdir /c/dir");
    assert_int_equal(config.source_count, 2);
    good_with(files, "confdir /c/nothing");
    good_with(files, "include /c/chain0.conf\nserver a"); /* as deep as it may be */
    assert_int_equal(config.port, 11123);
    assert_int_equal(config.source_count, 1);
}

static void local_values(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"local stratum 16", ERR_RANGE, NULL, 1, 15, "1 to 15"},
        {"local bound 0", ERR_RANGE, NULL, 1, 13, "local bound: 0"},
        {"local distance -1", ERR_RANGE, NULL, 1, 16, "local distance"},
    };
    EXPECT(faults);
}

static void missing_and_extra(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"\n port", ERR_SHORT, NULL, 2, 2, "port needs PORT; write: port PORT"},
        {"makestep 1.0", ERR_SHORT, NULL, 1, 1,
         "makestep needs LIMIT; write: makestep THRESHOLD LIMIT"},
        {"maxchange 1 2", ERR_SHORT, NULL, 1, 1, "maxchange needs IGNORE"},
        {"local bound", ERR_SHORT, NULL, 1, 7, "local bound needs a value"},
        {"driftfile", ERR_SHORT, NULL, 1, 1, "driftfile needs FILE"},
        {"bindaddress", ERR_SHORT, NULL, 1, 1, "bindaddress needs ADDRESS"},
        {"include", ERR_SHORT, NULL, 1, 1, "include needs FILE"},
        {"confdir", ERR_SHORT, NULL, 1, 1, "confdir needs DIRECTORY"},
        {"port 123 124", ERR_TRAILING, NULL, 1, 10, "\"124\" is too much here; write: port PORT"},
        {"port 123 # ntp", ERR_TRAILING, NULL, 1, 10, "\"#\" is too much"},
        {"makestep 1 3 5", ERR_TRAILING, NULL, 1, 14, "\"5\" is too much"},
        {"driftfile /d interval 5", ERR_TRAILING, NULL, 1, 14, "\"interval\" is too much"},
        {"allow all 10/8 11/8", ERR_TRAILING, NULL, 1, 16, "\"11/8\" is too much"},
        {"bindaddress ::1 eth0", ERR_TRAILING, NULL, 1, 17, "\"eth0\" is too much"},
        {"confdir /a /b", ERR_TRAILING, NULL, 1, 12, "\"/b\" is too much"},
        {"include /c/top.conf x", ERR_TRAILING, NULL, 1, 21, "\"x\" is too much"},
    };
    EXPECT(faults);
}

static void unsupported_in_local(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"local orphan", ERR_KIND, NULL, 1, 7, "local orphan is not supported"},
        {"local nts", ERR_KIND, NULL, 1, 7, "local has no option \"nts\""},
    };
    EXPECT(faults);
}

static void addresses(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"bindaddress eth0", ERR_SYNTAX, NULL, 1, 13, "\"eth0\" is not a numeric"},
        {"allow example.net", ERR_SYNTAX, NULL, 1, 7,
         "\"example.net\" is not an address or network"},
        {"deny all 10/33", ERR_RANGE, NULL, 1, 10, "\"10/33\" is longer than the address"},
        {"bindaddress ::1\nbindaddress 0::1", ERR_SYNTAX, NULL, 2, 13, "given twice"},
    };
    EXPECT(faults);
}

static void other_files(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"include /c/none.conf", ERR_IO, NULL, 1, 9, "cannot read /c/none.conf: No such file"},
        {"include /c/bad.conf", ERR_KIND, "/c/bad.conf", 2, 1, "unknown directive \"sever\""},
        {"include /c/*", ERR_SYNTAX, NULL, 1, 9, "no pattern that is understood"},
        {"include /c/d?r/*.conf", ERR_SYNTAX, NULL, 1, 9, "no pattern"},
        {"include /c/nothing/*.conf", ERR_IO, NULL, 1, 9, "no file matches /c/nothing/*.conf"},
        {"confdir /c/missing", ERR_IO, NULL, 1, 9,
         "cannot list directory /c/missing: No such file"},
        {"server b.example.net\nconfdir /c/dir", ERR_SYNTAX, "/c/dir/20.conf", 1, 8,
         "already at test.conf:1"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) expect_fault(files, &faults[i]);
}

static void without_a_loader(void **state) {
    (void)state;
    static const char *const texts[] = {"include /c/top.conf", "confdir /c/dir"};
    for (size_t i = 0; i < 2; i++) {
        enum err err = parse_text("t", texts[i], strlen(texts[i]), NULL, &config, &error);
        assert_int_equal(err, ERR_IO);
        assert_int_equal(error.place.column, 9);
    }
}

static void too_many(void **state) {
    (void)state;
    static char text[65536];
    size_t length = 0;
    for (int i = 0; i <= LIMIT_ACCESS_RULES; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "allow 10.%d.%d.0/24\n",
                                   i / 256, i % 256);
    const struct fault rules = {text, ERR_FULL, NULL, LIMIT_ACCESS_RULES + 1, 1, "more than 256"};
    expect_faults(&rules, 1);
    length = 0;
    for (int i = 0; i <= LIMIT_BIND_ADDRESSES; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "bindaddress 127.0.0.%d\n",
                                   i + 1);
    const struct fault binds = {text, ERR_FULL, NULL, 9, 1, "more than 8 addresses"};
    expect_faults(&binds, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(local),
        cmocka_unit_test(access_rules),
        cmocka_unit_test(bind_addresses_take_the_port),
        cmocka_unit_test(includes),
        cmocka_unit_test(local_values),
        cmocka_unit_test(missing_and_extra),
        cmocka_unit_test(unsupported_in_local),
        cmocka_unit_test(addresses),
        cmocka_unit_test(other_files),
        cmocka_unit_test(without_a_loader),
        cmocka_unit_test(too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
