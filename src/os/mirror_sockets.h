/* The connections of the mirror (jobs/mirror): a bounded number, each with a buffer of fixed size
 * for the request's head and at most one open file, whose bytes the kernel sends. A deadline runs
 * for each request and each reply, and no trickle of bytes moves it. */
#pragma once

#include <poll.h>
#include <stdbool.h>

#include "base/limits.h"
#include "base/times.h"
#include "jobs/mirror.h"
#include "os/intake.h"
#include "os/ledger_store.h"
#include "os/listen.h"

enum { MIRROR_SOCKETS_POLLS = LIMIT_MIRROR_CONNECTIONS + LISTEN_SOCKETS };

struct mirror_connection {
    int fd; /* -1: free */
    struct mono deadline;
    enum mirror_state { MIRROR_HEARS, MIRROR_REPLIES, MIRROR_DRAINS } state;
    struct mirror_answer answer;
    int file; /* -1: none */
    uint64_t offset, left;
    size_t head_used, head_sent, request_used;
    char head[MIRROR_HEAD_BYTES];
    char request[LIMIT_MIRROR_HEAD_BYTES];
};

/* Peers cause all but the first two. */
struct mirror_counts {
    uint64_t connections, served, refused, cut;
};

struct mirror_sockets {
    const struct listen_sockets *listeners;
    struct ledger_files files; /* below public/, for reading */
    struct intake intake;
    struct mirror_counts counts, told;
    struct mono tell_at;
    struct mirror_connection of[LIMIT_MIRROR_CONNECTIONS];
};

/* folder: public/ of the ledger; both are lent. */
void mirror_sockets_init(struct mirror_sockets *sockets, const struct listen_sockets *listeners,
                         int folder);
size_t mirror_sockets_fill(const struct mirror_sockets *sockets, struct pollfd *fds);
void mirror_sockets_ready(struct mirror_sockets *sockets, const struct pollfd *ready,
                          struct mono now);
/* Ends what is too slow, and tells the log now and then what was turned away. */
void mirror_sockets_expire(struct mirror_sockets *sockets, struct mono now);
