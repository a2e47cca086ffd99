/* allow and deny: who may ask for time. The most specific rule that holds the address decides;
 * of equally specific ones the last written; without any rule nobody may (chrony's default). */
#pragma once

#include <stdbool.h>

#include "base/addr.h"
#include "config/config.h"

/* "192.0.2.0/24", "2001:db8::/32", an address, or chrony's short forms "192.168" and "0/0". Bits
 * beyond the prefix are cleared, IPv4-mapped networks become IPv4. ERR_SYNTAX; ERR_RANGE where
 * the prefix is longer than the address. */
MUST_USE enum err access_net_parse(const char *text, struct config_access_rule *out);
/* Adds a rule. everything: chrony's "all", which drops the rules inside the network that were
 * written before. Rules stay sorted as access_allows needs them. ERR_FULL. */
MUST_USE enum err access_add(struct config *config, const struct config_access_rule *rule,
                             bool everything);
/* IPv4-mapped IPv6 addresses are judged as IPv4. Cost: one masked compare for each rule that is
 * more specific than the deciding one; LIMIT_ACCESS_RULES of them at the worst. */
bool access_allows(const struct config *config, const struct addr *addr);
