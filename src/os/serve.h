/* The server job's hot path: requests in, replies out, on the sockets that the parent opened.
 *
 * Requests are taken in batches of up to 64 with one system call and answered in groups with
 * another. One snapshot of the clock page and one pair of clock readings serve a batch; the
 * transmit time is read for each reply just before it is written, and a group is small, so that
 * the last reply of a group leaves soon after its time was read. A transmit time that is a little
 * early makes the client's measured delay, and so its bound, a little larger; one that was
 * predicted could be late and make the bound untrue. */
#pragma once

#include <poll.h>
#include <stdbool.h>

#include "clock/clock_page.h"
#include "jobs/server.h"
#include "os/listen.h"

struct serve; /* buffers of one batch */

/* one_by_one: only recvmsg and sendmsg, one message for each readiness, as network simulators
 * understand. Allocates; call before the sandbox. */
struct serve *serve_create(const struct listen_sockets *sockets, const struct clock_page *page,
                           struct server *server, bool one_by_one);
size_t serve_fill(const struct serve *serve, struct pollfd *fds);
/* Answers what waits on that socket, up to a bounded number of batches. */
void serve_ready(struct serve *serve, int fd);
