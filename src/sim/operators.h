/* Which sources stand and fall together: whoever runs, or has broken into, one server of an
 * operator is taken to hold all of them.
 *
 * One operator are: the members of a pool; names under one registered domain; numeric addresses in
 * one /24 (IPv4) or /48 (IPv6); names without a dot, which are all of this site. The registered
 * domain is guessed from the name alone, without a list of public suffixes: the last two labels,
 * or three where the last two are a country and a label that countries divide theirs by ("ac.uk",
 * "com.au"). */
#pragma once

#include <stdint.h>

#include "config/config.h"

struct operators {
    uint32_t count;
    uint8_t of[LIMIT_SOURCES]; /* of each source, 0.. */
};

/* The part of the name that is registered: "pool.ntp.org" -> "ntp.org". Points into name. */
const char *operators_domain(const char *name);
void operators_find(const struct config *config, struct operators *out);
/* Bit i: source i is of that operator. */
uint64_t operators_members(const struct operators *operators, uint32_t sources, uint32_t operator);
/* The operator with the most sources; of equals the first. */
uint32_t operators_largest(const struct operators *operators, uint32_t sources);
