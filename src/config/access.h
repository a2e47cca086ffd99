/* allow and deny: who may ask for time. The most specific rule that holds the address decides;
 * of equally specific ones the last written; without any rule nobody may (chrony's default). */
#pragma once

#include <stdbool.h>

#include "base/addr.h"
#include "config/config.h"

/* IPv4-mapped IPv6 addresses are judged as IPv4. */
bool access_allows(const struct config *config, const struct addr *addr);
