/* Any text as a network of allow and deny. Invariants: no bit beyond the prefix, no mapped IPv4
 * address with a prefix that reaches it, and a rule made of it holds its own network. */
#include <string.h>

#include "base/check.h"
#include "config/access.h"

static void check_rule(struct config_access_rule *rule) {
    CHECK(rule->net.family == ADDR_IPV4 || rule->net.family == ADDR_IPV6);
    CHECK(rule->prefix_bits <= 8 * addr_length(&rule->net));
    for (unsigned i = rule->prefix_bits; i < 128; i++)
        CHECK((rule->net.bytes[i / 8] >> (7 - i % 8) & 1) == 0);
    struct config config;
    config_default(&config);
    rule->allow = true;
    CHECK(access_add(&config, rule, false) == ERR_OK);
    CHECK(access_allows(&config, &rule->net));
    rule->allow = false;
    CHECK(access_add(&config, rule, true) == ERR_OK);
    CHECK(config.access_count == 1 && !access_allows(&config, &rule->net));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    char text[128];
    struct config_access_rule rule;
    if (length >= sizeof text) return 0;
    memcpy(text, bytes, length);
    text[length] = '\0';
    if (access_net_parse(text, &rule) == ERR_OK) check_rule(&rule);
    return 0;
}
