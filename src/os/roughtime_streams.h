/* Roughtime over TCP: a bounded number of connections, each with a request buffer and a reply
 * buffer of fixed size. Whoever sends slowly, sends nothing, does not read, or talks nonsense is
 * cut off: a deadline runs that only a complete, accepted request and a taken reply renew. */
#pragma once

#include <poll.h>
#include <stdbool.h>

#include "base/limits.h"
#include "jobs/roughtime.h"
#include "os/intake.h"

enum { ROUGHTIME_STREAMS_POLLS = LIMIT_ROUGHTIME_CONNECTIONS };

struct roughtime_stream {
    int fd; /* -1: free */
    struct addr peer;
    struct mono deadline;
    size_t in_used, out_used;
    size_t due; /* replies that wait for the signature of the batch */
    uint8_t in[LIMIT_DATAGRAM_BYTES];
    uint8_t out[4 * LIMIT_ROUGHTIME_REPLY_BYTES];
};

struct roughtime_streams {
    struct roughtime *job;
    struct intake intake; /* shut: the listening sockets are not to be waited for */
    struct roughtime_stream of[LIMIT_ROUGHTIME_CONNECTIONS];
};

void roughtime_streams_init(struct roughtime_streams *streams, struct roughtime *job);
/* Takes one connection from that listening socket, if there is room for it. */
void roughtime_streams_accept(struct roughtime_streams *streams, int listener, struct mono now);
size_t roughtime_streams_fill(const struct roughtime_streams *streams, struct pollfd *fds);
/* The stream of that descriptor; NULL if it is none. */
struct roughtime_stream *roughtime_streams_find(struct roughtime_streams *streams, int fd);
/* Reads what came. False: the stream was closed. */
bool roughtime_streams_read(struct roughtime_streams *streams, struct roughtime_stream *stream);
/* Gives the next complete request to the job. ERR_OK: it waits in *slot, a reply is due. ERR_SHORT:
 * no complete request, or no room for its reply. ERR_QUEUE: the batch is full, try again after it.
 * Other errors: that request is dropped and counted, or the stream is closed (fd -1). */
MUST_USE enum err roughtime_streams_take(struct roughtime_streams *streams,
                                         struct roughtime_stream *stream, struct mono now,
                                         size_t *slot);
/* A due reply, or (reply NULL) the end of waiting for one. */
void roughtime_streams_reply(struct roughtime_stream *stream,
                             const struct roughtime_server_reply *reply);
/* Sends what the peer takes. */
void roughtime_streams_write(struct roughtime_streams *streams, struct roughtime_stream *stream,
                             struct mono now);
void roughtime_streams_expire(struct roughtime_streams *streams, struct mono now);
