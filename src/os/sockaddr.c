/* struct addr to and from the kernel's socket addresses. */
#include "os/sockaddr.h"

#include <string.h>

int sockaddr_family(const struct addr *addr) {
    if (addr->family == ADDR_IPV4) return AF_INET;
    return addr->family == ADDR_IPV6 ? AF_INET6 : AF_UNSPEC;
}

socklen_t sockaddr_from(const struct addr *addr, union sockaddr_any *out) {
    memset(out, 0, sizeof *out);
    if (addr->family == ADDR_IPV4) {
        out->in.sin_family = AF_INET;
        out->in.sin_port = htons(addr->port);
        memcpy(&out->in.sin_addr, addr->bytes, 4);
        return sizeof out->in;
    }
    out->in6.sin6_family = AF_INET6;
    out->in6.sin6_port = htons(addr->port);
    out->in6.sin6_scope_id = addr->scope;
    memcpy(&out->in6.sin6_addr, addr->bytes, 16);
    return sizeof out->in6;
}

bool sockaddr_to(const union sockaddr_any *from, socklen_t length, struct addr *out) {
    struct addr addr = {.family = ADDR_NONE};
    if (from->any.sa_family == AF_INET && length >= sizeof from->in) {
        addr.family = ADDR_IPV4;
        addr.port = ntohs(from->in.sin_port);
        memcpy(addr.bytes, &from->in.sin_addr, 4);
    } else if (from->any.sa_family == AF_INET6 && length >= sizeof from->in6) {
        addr.family = ADDR_IPV6;
        addr.port = ntohs(from->in6.sin6_port);
        addr.scope = from->in6.sin6_scope_id;
        memcpy(addr.bytes, &from->in6.sin6_addr, 16);
    } else {
        return false;
    }
    *out = addr;
    return true;
}
