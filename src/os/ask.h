/* Questions of a command-line tool, asked and waited for: the daemon's status over its control
 * socket, a name's addresses, and the time of an NTP server.
 *
 * Every call blocks, but not beyond its time-out (name look-ups: the system resolver's own). Every
 * failure is explained in `why`, for people, without a final newline. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/limits.h"
#include "jobs/job.h"
#include "jobs/message.h"
#include "proto/ntp_client.h"

enum { ASK_WHY_BYTES = 512 };

/* Connects to the status socket and gives every message of the answer to `take`, but the END.
 * ERR_IO: nobody there. ERR_STALE: no complete answer in time. Others: not understood. */
MUST_USE enum err ask_status(const char *path, double timeout_s,
                             void (*take)(void *context, const struct message *message),
                             void *context, char why[ASK_WHY_BYTES]);

/* Addresses of a host name or numeric address. family: ADDR_NONE for either. *count >= 1. */
MUST_USE enum err ask_addresses(const char *host, uint8_t family, uint16_t port,
                                struct addr out[LIMIT_ADDRESSES], size_t *count,
                                char why[ASK_WHY_BYTES]);

/* What came of one request. */
struct ask_answer {
    enum err verdict; /* of ntp_client_reply: OK, KISS, UNSYNCHRONISED, STRATUM, ROOT_DISTANCE */
    struct ntp_client_reply reply;
    size_t length; /* of the datagram */
    struct addr local;
    struct mono sent, received;
    double sent_error_s, received_error_s;
    bool sent_by_kernel, received_by_kernel; /* who stamped */
    struct kernel_reading kernel;            /* right after the reply */
    uint32_t dropped;                        /* datagrams that did not answer the request */
    enum err last_drop;
};

/* One request from a fresh socket to that address, nowhere else, and its answer. Fills *out also
 * on ERR_STALE (no answer in time; dropped tells of others). ERR_IO: it could not be sent, or the
 * host said that nobody listens. */
MUST_USE enum err ask_ntp(const struct addr *server, uint8_t version, double timeout_s,
                          struct ask_answer *out, char why[ASK_WHY_BYTES]);
