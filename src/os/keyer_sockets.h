/* The keyer's TCP connections: those of clients that come for keys, and those to servers that give
 * us some. Everything is non-blocking and bounded: in number, for each address, in time from the
 * first byte to the last, and (by crypto/tls) in bytes. A connection is never waited for.
 *
 * When all places are taken, a connection that has had a second and is not done gives way to a new
 * one: those who only hold connections open thus keep nobody out. */
#pragma once

#include <poll.h>
#include <stdbool.h>

#include "crypto/tls.h"
#include "jobs/keyer.h"
#include "os/listen.h"

enum {
    KEYER_SOCKETS_GUESTS = 8, /* questions of our own at one time */
    KEYER_SOCKETS_POLLS = LISTEN_SOCKETS + LIMIT_NTS_CONNECTIONS + KEYER_SOCKETS_GUESTS
};

struct keyer_sockets;

struct keyer_sockets_setup {
    struct keyer *keyer;
    struct listen_sockets listeners; /* none: nobody is served */
    struct tls_server server;        /* both are taken over */
    struct tls_client client;
};

/* Allocates; call before the sandbox. */
struct keyer_sockets *keyer_sockets_create(const struct keyer_sockets_setup *setup);
size_t keyer_sockets_fill(const struct keyer_sockets *sockets, struct pollfd *fds);
void keyer_sockets_ready(struct keyer_sockets *sockets, const struct pollfd *ready,
                         struct mono now);
/* Ends what took too long, and begins with the questions that wait. */
void keyer_sockets_expire(struct keyer_sockets *sockets, struct mono now);
/* An answer for the source job, if there is one; the caller wipes it. */
bool keyer_sockets_take(struct keyer_sockets *sockets, struct message *out);
