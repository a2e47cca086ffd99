/* An IP address with a port, as a plain value that fits into messages between jobs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum addr_family { ADDR_NONE = 0, ADDR_IPV4 = 4, ADDR_IPV6 = 6 };

struct addr {
    uint8_t family;    /* enum addr_family */
    uint8_t bytes[16]; /* network order; 4 of them used for IPv4, the rest zero */
    uint16_t port;     /* host order */
    uint32_t scope;    /* IPv6 zone index, 0 if none */
};

enum { ADDR_TEXT_BYTES = 64 };

/* Numeric IPv4 or IPv6 text without a port; ERR_SYNTAX otherwise. */
MUST_USE enum err addr_parse(const char *text, uint16_t port, struct addr *out);
/* "192.0.2.1", "2001:db8::1", "-" for none; addr_text_port adds ":123" or "[...]:123". */
const char *addr_text(const struct addr *addr, char out[ADDR_TEXT_BYTES]);
const char *addr_text_port(const struct addr *addr, char out[ADDR_TEXT_BYTES]);
bool addr_same_host(const struct addr *a, const struct addr *b);
bool addr_same(const struct addr *a, const struct addr *b);
/* Of one host as far as limits go: the same IPv4 address, or the same IPv6 /64. */
bool addr_same_site(const struct addr *a, const struct addr *b);
static inline size_t addr_length(const struct addr *a) {
    return a->family == ADDR_IPV4 ? 4 : 16;
}
