/* sim/operators: who belongs together, by names and by networks. */
#include "sim/operators.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config/parse.h"

static struct operators operators_of(const char *text, uint32_t *sources) {
    static struct config config;
    static struct config_error error;
    struct operators operators;
    assert_int_equal(parse_text("test", text, strlen(text), NULL, &config, &error), ERR_OK);
    operators_find(&config, &operators);
    *sources = config.source_count;
    return operators;
}

static void a_domain_is_what_is_registered(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"time.nist.gov", "nist.gov"},
        {"0.debian.pool.ntp.org", "ntp.org"},
        {"ntp.org", "ntp.org"},
        {"ntp1", "ntp1"},
        {"ntp1.npl.co.uk", "npl.co.uk"},
        {"co.uk", "co.uk"},
        {"a.b.ac.jp", "b.ac.jp"},
        {"ptbtime1.ptb.de", "ptb.de"},
        {"time.cloudflare.com.", "cloudflare.com."},
        {"x.example.de", "example.de"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(operators_domain(rows[i][0]), rows[i][1]);
}

static void a_pool_is_one_operator(void **state) {
    (void)state;
    uint32_t sources;
    struct operators o = operators_of("pool 2.pool.ntp.org\nserver 0.pool.ntp.org.\n", &sources);
    assert_int_equal(sources, 5);
    assert_int_equal(o.count, 1);
    assert_int_equal(operators_members(&o, sources, 0), 0x1f);
}

static void names_and_case_under_one_domain(void **state) {
    (void)state;
    uint32_t sources;
    struct operators o = operators_of("server a.one.example\nserver B.ONE.EXAMPLE\n"
                                      "server a.two.example\nserver local1\nserver local2\n",
                                      &sources);
    static const uint8_t expected[] = {0, 0, 1, 2, 2};
    assert_int_equal(o.count, 3);
    assert_memory_equal(o.of, expected, sizeof expected);
    assert_int_equal(operators_largest(&o, sources), 0); /* of equals the first */
}

static void addresses_in_one_network(void **state) {
    (void)state;
    uint32_t sources;
    struct operators o =
        operators_of("server 192.0.2.1\nserver 192.0.2.250\nserver 192.0.3.1\n"
                     "server 2001:db8:1::1\nserver 2001:db8:1:ffff::2\nserver 2001:db8:2::1\n"
                     "server 2001:db8:1::3\n",
                     &sources);
    static const uint8_t expected[] = {0, 0, 1, 2, 2, 3, 2};
    assert_int_equal(o.count, 4);
    assert_memory_equal(o.of, expected, sizeof expected);
    assert_int_equal(operators_largest(&o, sources), 2);
    assert_int_equal(operators_members(&o, sources, 2), 0x58);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_domain_is_what_is_registered),
        cmocka_unit_test(a_pool_is_one_operator),
        cmocka_unit_test(names_and_case_under_one_domain),
        cmocka_unit_test(addresses_in_one_network),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
