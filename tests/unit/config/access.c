/* allow and deny: networks as text, which rule decides, "all", and against a slow model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

#include "config/access.h"

static struct config config;

static int clear(void **state) {
    (void)state;
    config_default(&config);
    return 0;
}

static void rule(bool allow, const char *net, bool everything) {
    struct config_access_rule parsed = {0};
    if (net) assert_int_equal(access_net_parse(net, &parsed), ERR_OK);
    parsed.allow = allow;
    assert_int_equal(access_add(&config, &parsed, everything), ERR_OK);
}

static bool allows(const char *text) {
    struct addr addr;
    assert_int_equal(addr_parse(text, 4711, &addr), ERR_OK);
    return access_allows(&config, &addr);
}

static void expect_net(const char *text, const char *address, unsigned bits) {
    struct config_access_rule parsed;
    char written[ADDR_TEXT_BYTES];
    assert_int_equal(access_net_parse(text, &parsed), ERR_OK);
    assert_string_equal(addr_text(&parsed.net, written), address);
    assert_int_equal(parsed.prefix_bits, bits);
}

static void networks(void **state) {
    (void)state;
    expect_net("192.0.2.1", "192.0.2.1", 32);
    expect_net("192.0.2.77/24", "192.0.2.0", 24);
    expect_net("192.0.2.255/25", "192.0.2.128", 25);
    expect_net("10", "10.0.0.0", 8);
    expect_net("192.168", "192.168.0.0", 16);
    expect_net("3.4.5", "3.4.5.0", 24);
    expect_net("10.1/9", "10.0.0.0", 9);
    expect_net("0/0", "0.0.0.0", 0);
    expect_net("::/0", "::", 0);
    expect_net("2001:db8:1::9/32", "2001:db8::", 32);
    expect_net("2001:db8::1", "2001:db8::1", 128);
    expect_net("2001:db8::ffff/127", "2001:db8::fffe", 127);
    expect_net("::ffff:192.0.2.9/120", "192.0.2.0", 24);
    expect_net("::ffff:0:0/96", "0.0.0.0", 0);
}

static void no_networks(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum err err;
    } cases[] = {
        {"", ERR_SYNTAX},
        {"/", ERR_SYNTAX},
        {"/8", ERR_SYNTAX},
        {"256", ERR_SYNTAX},
        {"1.2.3.4.5", ERR_SYNTAX},
        {"1.2.", ERR_SYNTAX},
        {".1", ERR_SYNTAX},
        {"0001", ERR_SYNTAX},
        {"10.0.0.0/", ERR_SYNTAX},
        {"10/8x", ERR_SYNTAX},
        {"10/-1", ERR_SYNTAX},
        {"10/8/8", ERR_SYNTAX},
        {"10/33", ERR_RANGE},
        {"::/129", ERR_RANGE},
        {"10/4294967304", ERR_RANGE},
        {"example.net", ERR_SYNTAX},
        {"fe80::1%2", ERR_SYNTAX},
        {"2001:db8", ERR_SYNTAX},
    };
    struct config_access_rule untouched, out;
    memset(&untouched, 0xa5, sizeof untouched);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        out = untouched;
        if (access_net_parse(cases[i].text, &out) != cases[i].err) fail_msg("%s", cases[i].text);
        assert_memory_equal(&out, &untouched, sizeof out);
    }
}

static void nobody_by_default(void **state) {
    (void)state;
    assert_false(allows("127.0.0.1"));
    assert_false(allows("::1"));
}

static void most_specific_decides(void **state) {
    (void)state;
    rule(true, "10/8", false);
    rule(false, "10.1/16", false);
    rule(true, "10.1.2.3", false);
    assert_true(allows("10.2.0.1"));
    assert_false(allows("10.1.2.4"));
    assert_true(allows("10.1.2.3"));
    assert_false(allows("11.0.0.1"));
    rule(true, "2001:db8::/33", false);
    rule(false, "2001:db8::/65", false);
    assert_true(allows("2001:db8:7fff::1"));
    assert_false(allows("2001:db8:8000::1"));
    assert_false(allows("2001:db8::1"));
    assert_true(allows("2001:db8:0:0:8000::1"));
}

static void last_of_equals_decides(void **state) {
    (void)state;
    rule(true, "192.0.2.0/24", false);
    rule(false, "192.0.2.0/24", false);
    assert_false(allows("192.0.2.1"));
    assert_int_equal(config.access_count, 1);
    rule(true, NULL, false);
    rule(false, "0/0", false);
    assert_false(allows("198.51.100.1"));
    assert_true(allows("2001:db8::1"));
    rule(true, NULL, false);
    assert_true(allows("198.51.100.1"));
    assert_false(allows("192.0.2.1"));
}

static void all_overrides_inner_rules(void **state) {
    (void)state;
    rule(false, "10.1/16", false);
    rule(true, "10/8", true);
    assert_true(allows("10.1.2.3"));
    rule(false, "2001:db8::/32", false);
    rule(false, "10.1/16", false);
    assert_false(allows("10.1.2.3"));
    rule(true, NULL, true);
    assert_int_equal(config.access_count, 1);
    assert_true(allows("10.1.2.3"));
    assert_true(allows("2001:db8::1"));
    rule(false, "10.1/16", false);
    rule(true, "11/8", true);
    assert_false(allows("10.1.2.3"));
}

static void mapped_is_judged_as_ipv4(void **state) {
    (void)state;
    rule(true, "192.0.2.0/24", false);
    rule(false, "::/0", false);
    assert_true(allows("::ffff:192.0.2.1"));
    assert_false(allows("::ffff:192.0.3.1"));
    rule(false, "::ffff:192.0.2.128/121", false);
    assert_false(allows("192.0.2.129"));
}

static void full(void **state) {
    (void)state;
    char net[32];
    for (unsigned i = 0; i < LIMIT_ACCESS_RULES; i++) {
        snprintf(net, sizeof net, "10.0.%u.0/24", i);
        rule(true, net, false);
    }
    struct config_access_rule one;
    assert_int_equal(access_net_parse("11/8", &one), ERR_OK);
    assert_int_equal(access_add(&config, &one, false), ERR_FULL);
    assert_int_equal(config.access_count, LIMIT_ACCESS_RULES);
    rule(false, "10.0.255.0/24", false); /* takes the place of an older one */
    assert_false(allows("10.0.255.1"));
    assert_true(allows("10.0.0.1"));
    rule(false, NULL, true);
    assert_int_equal(config.access_count, 1);
}

/* The definition, word for word: longest prefix, then last written. */
struct model_rule {
    struct config_access_rule rule;
    bool dropped;
};

static bool bit_of(const struct addr *addr, unsigned i) {
    return addr->bytes[i / 8] >> (7 - i % 8) & 1;
}

static bool model_holds(const struct config_access_rule *r, const struct addr *addr) {
    if (r->net.family == ADDR_NONE) return true;
    if (r->net.family != addr->family) return false;
    for (unsigned i = 0; i < r->prefix_bits; i++)
        if (bit_of(&r->net, i) != bit_of(addr, i)) return false;
    return true;
}

static bool model_allows(const struct model_rule *rules, size_t count, const struct addr *addr) {
    int best = -1;
    bool allow = false;
    for (size_t i = 0; i < count; i++) {
        const struct config_access_rule *r = &rules[i].rule;
        if (rules[i].dropped || !model_holds(r, addr) || r->prefix_bits < best) continue;
        best = r->prefix_bits;
        allow = r->allow;
    }
    return allow;
}

static uint32_t next_random(uint64_t *state) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

static void random_addr(uint64_t *seed, char out[64]) {
    uint32_t r = next_random(seed);
    if (r % 2)
        snprintf(out, 64, "10.%u.%u.%u", r >> 2 & 1, r >> 3 & 3, r >> 5 & 255);
    else
        snprintf(out, 64, "2001:db8::%x:%x", r >> 2 & 3, r >> 4 & 0xffff);
}

static void agrees_with_the_definition(void **state) {
    (void)state;
    uint64_t seed = 1;
    for (int round = 0; round < 300; round++) {
        struct model_rule model[24];
        size_t count = 1 + next_random(&seed) % 24;
        config_default(&config);
        for (size_t i = 0; i < count; i++) {
            char net[64], text[80];
            random_addr(&seed, net);
            unsigned bits = next_random(&seed) % (strchr(net, ':') ? 129 : 33);
            snprintf(text, sizeof text, "%s/%u", net, bits);
            model[i] = (struct model_rule){0};
            assert_int_equal(access_net_parse(text, &model[i].rule), ERR_OK);
            model[i].rule.allow = next_random(&seed) % 2;
            bool everything = next_random(&seed) % 8 == 0;
            for (size_t j = 0; everything && j < i; j++)
                if (model[j].rule.prefix_bits >= bits &&
                    model_holds(&model[i].rule, &model[j].rule.net))
                    model[j].dropped = true;
            assert_int_equal(access_add(&config, &model[i].rule, everything), ERR_OK);
        }
        for (int probe = 0; probe < 100; probe++) {
            char text[64];
            struct addr addr;
            random_addr(&seed, text);
            assert_int_equal(addr_parse(text, 0, &addr), ERR_OK);
            assert_int_equal(access_allows(&config, &addr), model_allows(model, count, &addr));
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks),
        cmocka_unit_test(no_networks),
        cmocka_unit_test_setup(nobody_by_default, clear),
        cmocka_unit_test_setup(most_specific_decides, clear),
        cmocka_unit_test_setup(last_of_equals_decides, clear),
        cmocka_unit_test_setup(all_overrides_inner_rules, clear),
        cmocka_unit_test_setup(mapped_is_judged_as_ipv4, clear),
        cmocka_unit_test_setup(full, clear),
        cmocka_unit_test(agrees_with_the_definition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
