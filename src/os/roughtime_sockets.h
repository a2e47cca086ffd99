/* The Roughtime job's hot path: requests from UDP and TCP sockets into a batch, one signature, the
 * replies out.
 *
 * Datagrams are taken with one system call for many and answered with another. A batch that is not
 * full waits at most LIMIT_ROUGHTIME_WAIT_US for more, only while requests come in numbers
 * (jobs/roughtime) and one comes within LIMIT_ROUGHTIME_GAP_US of the other. The clock page is read
 * after the wait, at the moment of signing. */
#pragma once

#include <poll.h>
#include <stdbool.h>

#include "clock/clock_page.h"
#include "jobs/roughtime.h"
#include "os/listen.h"
#include "os/roughtime_streams.h"

enum {
    ROUGHTIME_SOCKETS_PORTS = 2, /* the port, and an older one */
    ROUGHTIME_SOCKETS_POLLS = 2 * ROUGHTIME_SOCKETS_PORTS * LISTEN_SOCKETS + ROUGHTIME_STREAMS_POLLS
};

struct roughtime_listeners {
    struct listen_sockets udp[ROUGHTIME_SOCKETS_PORTS], tcp[ROUGHTIME_SOCKETS_PORTS];
};

struct roughtime_sockets; /* buffers of one batch, and the connections */

/* False: why says which port and what to do; nothing stays open. */
MUST_USE bool roughtime_sockets_listen(const struct config *config, struct roughtime_listeners *out,
                                       char why[LISTEN_WHY_BYTES]);
/* one_by_one: one message for each readiness and no wait, as network simulators understand.
 * Allocates; call before the sandbox. */
struct roughtime_sockets *roughtime_sockets_create(const struct roughtime_listeners *listeners,
                                                   const struct clock_page *page,
                                                   struct roughtime *job, bool one_by_one);
size_t roughtime_sockets_fill(const struct roughtime_sockets *sockets, struct pollfd *fds);
/* Takes what came there. Requests are answered at the latest by the flush that follows. */
void roughtime_sockets_ready(struct roughtime_sockets *sockets, const struct pollfd *ready,
                             struct mono now);
/* Signs and answers what waits. */
void roughtime_sockets_flush(struct roughtime_sockets *sockets);
/* Cuts off connections whose time is over. */
void roughtime_sockets_expire(struct roughtime_sockets *sockets, struct mono now);
