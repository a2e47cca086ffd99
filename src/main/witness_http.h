/* The HTTP side of a witness: what comes from strangers, bounded before anything looks at it.
 *
 * One thread, one loop. Limits: connections in all and from one site, bytes of a body, and the time
 * from a connection's beginning (or its last reply) to the next whole request, so that a client
 * that sends a byte now and then holds its place no longer than a silent one. */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/limits.h"
#include "ledger/witness.h"

struct witness_http_request {
    bool post; /* else GET (or HEAD) */
    const char *path;
    const char *body;
    size_t length;
    const struct addr *peer;
};

struct witness_http_reply {
    unsigned status;
    const char *type; /* of the content */
    char text[LIMIT_WITNESS_RECORD_BYTES];
    size_t length;
};

struct witness_http_setup {
    int listener; /* taken over */
    unsigned patience_s;
    char *certificate, *key; /* PEM text, only read; NULL: plain HTTP */
    void (*answer)(void *context, const struct witness_http_request *request,
                   struct witness_http_reply *reply);
    void *context;
};

/* What was turned away before it became a request. */
struct witness_http_counts {
    uint64_t connections, site_full, slow, too_long, other_method;
};

struct witness_http_slot {
    bool used, too_long;
    int fd;
    int64_t since_ns;
    struct addr peer;
    size_t length;
    char body[WITNESS_REQUEST_BYTES];
};

struct MHD_Daemon;

struct witness_http {
    struct witness_http_setup setup;
    struct MHD_Daemon *daemon;
    int wait_fd;
    struct witness_http_counts counts;
    struct witness_http_reply reply;
    struct witness_http_slot slots[LIMIT_WITNESS_CONNECTIONS];
};

/* False: *why says what is wrong; the listener is still the caller's then. */
bool witness_http_start(struct witness_http *http, const struct witness_http_setup *setup,
                        const char **why);
/* Waits up to a second for something to do, and does it; `open` is the signal mask meanwhile. */
void witness_http_turn(struct witness_http *http, const sigset_t *open);
void witness_http_stop(struct witness_http *http);

/* Opens "ADDRESS:PORT" or "[ADDRESS]:PORT" for connections; -1: why says the reason. *bound is what
 * was opened, with the port that the kernel chose for port 0. */
int witness_http_listen(const char *text, struct addr *bound, char *why, size_t why_room);
