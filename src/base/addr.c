/* IP address values. inet_pton and inet_ntop are pure text functions; nothing here does I/O. */
#include "base/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum err addr_parse(const char *text, uint16_t port, struct addr *out) {
    struct addr addr = {.port = port};
    if (inet_pton(AF_INET, text, addr.bytes) == 1)
        addr.family = ADDR_IPV4;
    else if (inet_pton(AF_INET6, text, addr.bytes) == 1)
        addr.family = ADDR_IPV6;
    else
        return ERR_SYNTAX;
    *out = addr;
    return ERR_OK;
}

const char *addr_text(const struct addr *addr, char out[ADDR_TEXT_BYTES]) {
    int family = addr->family == ADDR_IPV4 ? AF_INET : AF_INET6;
    if (addr->family == ADDR_NONE || !inet_ntop(family, addr->bytes, out, ADDR_TEXT_BYTES))
        snprintf(out, ADDR_TEXT_BYTES, "-");
    return out;
}

const char *addr_text_port(const struct addr *addr, char out[ADDR_TEXT_BYTES]) {
    char host[ADDR_TEXT_BYTES];
    addr_text(addr, host);
    const char *format = addr->family == ADDR_IPV6 ? "[%.46s]:%u" : "%.46s:%u";
    snprintf(out, ADDR_TEXT_BYTES, format, host, (unsigned)addr->port);
    return out;
}

bool addr_same_host(const struct addr *a, const struct addr *b) {
    return a->family == b->family && a->scope == b->scope &&
           memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

bool addr_same(const struct addr *a, const struct addr *b) {
    return addr_same_host(a, b) && a->port == b->port;
}

bool addr_same_site(const struct addr *a, const struct addr *b) {
    enum { IPV6_SITE_BYTES = 8 };
    if (a->family != b->family) return false;
    return memcmp(a->bytes, b->bytes, a->family == ADDR_IPV6 ? IPV6_SITE_BYTES : 4) == 0;
}
