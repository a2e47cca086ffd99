/* Opening what others come to: the NTP port and the control socket. Done by the parent, which
 * alone has the rights; jobs inherit the descriptors, also when they are restarted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "config/config.h"

enum { LISTEN_SOCKETS = LIMIT_BIND_ADDRESSES, LISTEN_WHY_BYTES = 512 };

struct listen_sockets {
    int fd[LISTEN_SOCKETS];
    size_t count;
};

/* The NTP sockets of one server job: config->bind, or any IPv4 and any IPv6 address. With several
 * server jobs they share the port by SO_REUSEPORT. False: why names the address, the port, the
 * reason and what to do; nothing stays open. */
MUST_USE bool listen_ntp(const struct config *config, struct listen_sockets *out,
                         char why[LISTEN_WHY_BYTES]);
/* The same addresses at another port, for datagrams or for connections (which do not block). */
MUST_USE bool listen_udp(const struct config *config, uint16_t port, struct listen_sockets *out,
                         char why[LISTEN_WHY_BYTES]);
MUST_USE bool listen_tcp(const struct config *config, uint16_t port, struct listen_sockets *out,
                         char why[LISTEN_WHY_BYTES]);
/* The loopback addresses of both families, for connections. */
MUST_USE bool listen_loopback(uint16_t port, struct listen_sockets *out,
                              char why[LISTEN_WHY_BYTES]);
void listen_close(struct listen_sockets *sockets);

/* The control socket (AF_UNIX, SOCK_SEQPACKET) at path, mode 0660. A left-over of a dead daemon is
 * replaced, a living one's is not. -1: why says the reason. */
MUST_USE int listen_status(const char *path, char why[LISTEN_WHY_BYTES]);
/* Makes the socket at path the user's (name or empty), so that his group may ask. */
void listen_give(const char *path, const char *user);
