/* The source job's sockets: for every request a fresh one, connected to the server asked, with a
 * random port chosen by the kernel (RFC 9109), so that a reply from elsewhere is never seen.
 *
 * An association has at most one socket. It is kept after the reply, so that duplicates and late
 * replies are counted, and closed by the next request. ICMP errors end nothing: anybody could have
 * made them; a request is answered or it is not. */
#pragma once

#include <poll.h>

#include "jobs/job.h"

struct upstream {
    int sockets[LIMIT_SOURCES];       /* -1: none */
    struct addr peers[LIMIT_SOURCES]; /* as connected */
    struct addr locals[LIMIT_SOURCES];
    uint8_t bytes[LIMIT_DATAGRAM_BYTES + 1]; /* one more: tells too long ones */
};

void upstream_init(struct upstream *upstream);
/* Sends a request. ERR_IO: it could not be sent (no route, no socket). ERR_RANGE: no such source
 * or no address. */
MUST_USE enum err upstream_send(struct upstream *upstream, uint16_t source, const struct addr *to,
                                const uint8_t *bytes, size_t length);
void upstream_close(struct upstream *upstream, uint16_t source);

/* Appends the open sockets, remembers whose they are in owners; returns how many. */
size_t upstream_fill(const struct upstream *upstream, struct pollfd *fds, uint16_t *owners);
/* The transmit stamp of that association's request, if one waits: fills kind, source and stamp. */
MUST_USE bool upstream_sent(struct upstream *upstream, uint16_t source, struct event *event);
/* One datagram of that association: fills all of EVENT_DATAGRAM but entropy. */
MUST_USE bool upstream_receive(struct upstream *upstream, uint16_t source, struct event *event);
