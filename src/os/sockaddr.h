/* struct addr to and from the kernel's socket addresses. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "base/addr.h"

union sockaddr_any {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    struct sockaddr_storage storage;
};

/* AF_INET, AF_INET6; AF_UNSPEC for none. */
int sockaddr_family(const struct addr *addr);
/* Returns the length; addr must be IPv4 or IPv6. */
socklen_t sockaddr_from(const struct addr *addr, union sockaddr_any *out);
/* False for other families or a length that does not fit. */
bool sockaddr_to(const union sockaddr_any *from, socklen_t length, struct addr *out);
