/* The Roughtime job's hot path. Invariants: at most one reply for a request, to where it came from,
 * from the address it was sent to; over UDP never longer than the request; nothing is allocated. */
#include "os/roughtime_sockets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/check.h"
#include "os/clocks.h"
#include "os/sockaddr.h"
#include "os/stamp.h"

enum { BATCH = LIMIT_ROUGHTIME_BATCH, ENTROPY_PER_BATCH = 8 };

/* Where the reply to a slot of the batch goes. */
struct asker {
    struct roughtime_stream *stream; /* NULL: UDP */
    int fd;
    size_t request_length;
    union sockaddr_any peer;
    socklen_t peer_length;
    struct addr from;
    struct stamp stamp;
    _Alignas(struct cmsghdr) uint8_t control[STAMP_CONTROL_BYTES];
};

struct incoming {
    union sockaddr_any peer;
    struct iovec iov;
    _Alignas(struct cmsghdr) uint8_t control[STAMP_CONTROL_BYTES];
    uint8_t bytes[LIMIT_DATAGRAM_BYTES + 1]; /* one more: tells too long ones */
};

struct roughtime_sockets {
    struct roughtime_listeners listeners;
    const struct clock_page *page;
    struct roughtime *job;
    bool one_by_one;
    struct entropy entropy;
    struct roughtime_streams streams;
    struct incoming incoming[BATCH];
    struct asker askers[BATCH]; /* by slot */
    struct roughtime_server_reply replies[BATCH];
    struct iovec out[BATCH];
    struct mmsghdr requests[BATCH], answers[BATCH];
};

static void close_all(struct roughtime_listeners *listeners) {
    for (size_t i = 0; i < ROUGHTIME_SOCKETS_PORTS; i++) {
        listen_close(&listeners->udp[i]);
        listen_close(&listeners->tcp[i]);
    }
}

bool roughtime_sockets_listen(const struct config *config, struct roughtime_listeners *out,
                              char why[LISTEN_WHY_BYTES]) {
    const uint16_t ports[ROUGHTIME_SOCKETS_PORTS] = {config->roughtime_port,
                                                     config->roughtime_old_port};
    struct roughtime_listeners listeners = {.udp[0].count = 0};
    for (size_t i = 0; i < ROUGHTIME_SOCKETS_PORTS; i++) {
        if (ports[i] == 0) continue;
        if (listen_udp(config, ports[i], &listeners.udp[i], why) &&
            listen_tcp(config, ports[i], &listeners.tcp[i], why))
            continue;
        close_all(&listeners);
        return false;
    }
    *out = listeners;
    return true;
}

struct roughtime_sockets *roughtime_sockets_create(const struct roughtime_listeners *listeners,
                                                   const struct clock_page *page,
                                                   struct roughtime *job, bool one_by_one) {
    struct roughtime_sockets *sockets = calloc(1, sizeof *sockets);
    CHECK(sockets);
    sockets->listeners = *listeners;
    sockets->page = page;
    sockets->job = job;
    sockets->one_by_one = one_by_one;
    sockets->entropy.used = ENTROPY_BYTES;
    roughtime_streams_init(&sockets->streams, job);
    for (size_t i = 0; i < BATCH; i++) {
        struct incoming *in = &sockets->incoming[i];
        in->iov = (struct iovec){in->bytes, sizeof in->bytes};
    }
    return sockets;
}

static size_t fill(const struct listen_sockets *from, struct pollfd *fds) {
    for (size_t i = 0; i < from->count; i++)
        fds[i] = (struct pollfd){.fd = from->fd[i], .events = POLLIN};
    return from->count;
}

size_t roughtime_sockets_fill(const struct roughtime_sockets *sockets, struct pollfd *fds) {
    size_t n = 0;
    for (size_t i = 0; i < ROUGHTIME_SOCKETS_PORTS; i++) {
        n += fill(&sockets->listeners.udp[i], fds + n);
        if (!sockets->streams.intake.shut) n += fill(&sockets->listeners.tcp[i], fds + n);
    }
    return n + roughtime_streams_fill(&sockets->streams, fds + n);
}

static bool holds(const struct listen_sockets sets[ROUGHTIME_SOCKETS_PORTS], int fd) {
    for (size_t i = 0; i < ROUGHTIME_SOCKETS_PORTS; i++)
        for (size_t k = 0; k < sets[i].count; k++)
            if (sets[i].fd[k] == fd) return true;
    return false;
}

/* How many datagrams were taken, at most as many as the batch has room for. */
static size_t receive(struct roughtime_sockets *sockets, int fd) {
    size_t room = BATCH - roughtime_waiting(sockets->job);
    if (sockets->one_by_one) room = 1;
    for (size_t i = 0; i < room; i++) {
        struct incoming *in = &sockets->incoming[i];
        sockets->requests[i].msg_hdr = (struct msghdr){.msg_name = &in->peer,
                                                       .msg_namelen = sizeof in->peer,
                                                       .msg_iov = &in->iov,
                                                       .msg_iovlen = 1,
                                                       .msg_control = in->control,
                                                       .msg_controllen = sizeof in->control};
    }
    if (!sockets->one_by_one) {
        int count = recvmmsg(fd, sockets->requests, (unsigned)room, MSG_DONTWAIT, NULL);
        return count < 0 ? 0 : (size_t)count;
    }
    ssize_t length = recvmsg(fd, &sockets->requests[0].msg_hdr, MSG_DONTWAIT);
    if (length < 0) return 0;
    sockets->requests[0].msg_len = (unsigned)length;
    return 1;
}

static void take_datagram(struct roughtime_sockets *sockets, int fd, size_t i) {
    struct incoming *in = &sockets->incoming[i];
    struct msghdr *request = &sockets->requests[i].msg_hdr;
    struct addr from;
    size_t slot, length = sockets->requests[i].msg_len;
    if (!sockaddr_to(&in->peer, request->msg_namelen, &from)) return;
    if (roughtime_take(sockets->job, &from, ROUGHTIME_SERVER_UDP, in->bytes, length, &slot) !=
        ERR_OK)
        return;
    struct asker *asker = &sockets->askers[slot];
    asker->stream = NULL;
    asker->fd = fd;
    asker->request_length = length;
    asker->peer = in->peer;
    asker->peer_length = request->msg_namelen;
    asker->from = from;
    stamp_read(request, &asker->stamp);
}

/* Waits for more datagrams on that socket. False: the time is over, or nobody comes at once. */
static bool wait_for_more(int fd, struct mono deadline) {
    const int64_t gap_ns = LIMIT_ROUGHTIME_GAP_US * INT64_C(1000);
    struct pollfd more = {.fd = fd, .events = POLLIN};
    int64_t left_ns = mono_diff(deadline, clocks_mono());
    if (left_ns <= 0) return false;
    if (left_ns > gap_ns) left_ns = gap_ns;
    const struct timespec left = {.tv_nsec = (long)left_ns};
    return ppoll(&more, 1, &left, NULL) > 0;
}

static void take_datagrams(struct roughtime_sockets *sockets, int fd) {
    struct mono deadline = MONO_NEVER;
    do {
        size_t count = receive(sockets, fd);
        for (size_t i = 0; i < count; i++) take_datagram(sockets, fd, i);
        if (sockets->one_by_one || roughtime_is_full(sockets->job)) break;
        if (deadline.ns == MONO_NEVER.ns)
            deadline = mono_add(clocks_mono(), roughtime_patience_ns(sockets->job));
    } while (wait_for_more(fd, deadline));
    roughtime_sockets_flush(sockets);
}

static void take_stream(struct roughtime_sockets *sockets, struct roughtime_stream *stream,
                        struct mono now) {
    size_t slot;
    for (;;) {
        enum err err = roughtime_streams_take(&sockets->streams, stream, now, &slot);
        if (err == ERR_SHORT) return;
        if (err == ERR_QUEUE) roughtime_sockets_flush(sockets);
        if (err == ERR_OK) sockets->askers[slot].stream = stream;
    }
}

void roughtime_sockets_ready(struct roughtime_sockets *sockets, const struct pollfd *ready,
                             struct mono now) {
    if (holds(sockets->listeners.udp, ready->fd)) {
        take_datagrams(sockets, ready->fd);
    } else if (holds(sockets->listeners.tcp, ready->fd)) {
        roughtime_streams_accept(&sockets->streams, ready->fd, now);
    } else {
        struct roughtime_stream *stream = roughtime_streams_find(&sockets->streams, ready->fd);
        if (!stream) return;
        if (ready->revents & POLLOUT) roughtime_streams_write(&sockets->streams, stream, now);
        if (stream->fd < 0) return;
        if (ready->revents & (POLLIN | POLLERR | POLLHUP) &&
            !roughtime_streams_read(&sockets->streams, stream))
            return;
        take_stream(sockets, stream, now);
    }
}

static void refill(struct entropy *entropy) {
    if (entropy->used + ENTROPY_PER_BATCH <= ENTROPY_BYTES) return;
    for (size_t done = 0; done < ENTROPY_BYTES;) {
        ssize_t got = getrandom(entropy->bytes + done, ENTROPY_BYTES - done, 0);
        CHECK(got > 0 || errno == EINTR);
        if (got > 0) done += (size_t)got;
    }
    entropy->used = 0;
}

static bool sign(struct roughtime_sockets *sockets) {
    struct clock_state state;
    struct kernel_reading now;
    clocks_read(&now);
    refill(&sockets->entropy);
    const struct clock_state *clock = clocks_from_page(sockets->page, &now, &state);
    return roughtime_sign(sockets->job, clock, now.counter, &sockets->entropy) == ERR_OK;
}

/* Sends answers that leave by one socket. One that cannot be sent is dropped; others are not. */
static void send_run(struct roughtime_sockets *sockets, int fd, size_t first, size_t end) {
    while (first < end) {
        int sent;
        if (sockets->one_by_one)
            sent = sendmsg(fd, &sockets->answers[first].msg_hdr, MSG_DONTWAIT) < 0 ? -1 : 1;
        else
            sent = sendmmsg(fd, sockets->answers + first, (unsigned)(end - first), MSG_DONTWAIT);
        if (sent <= 0) sockets->job->report.drops[ERR_IO]++;
        first += sent > 0 ? (size_t)sent : 1;
    }
}

static void address(struct roughtime_sockets *sockets, size_t slot, struct msghdr *answer) {
    struct asker *asker = &sockets->askers[slot];
    struct roughtime_server_reply *reply = &sockets->replies[slot];
    sockets->out[slot] = (struct iovec){reply->packet, reply->length};
    *answer = (struct msghdr){.msg_name = &asker->peer,
                              .msg_namelen = asker->peer_length,
                              .msg_iov = &sockets->out[slot],
                              .msg_iovlen = 1};
    stamp_answer_from(&asker->stamp, &asker->from, asker->control, answer);
}

static void answer_all(struct roughtime_sockets *sockets, size_t count) {
    size_t ready = 0, first = 0;
    int fd = -1;
    for (size_t slot = 0; slot < count; slot++) {
        struct asker *asker = &sockets->askers[slot];
        struct roughtime_server_reply *reply = &sockets->replies[slot];
        roughtime_reply(sockets->job, slot, reply);
        if (asker->stream) {
            roughtime_streams_reply(asker->stream, reply);
            continue;
        }
        CHECK(reply->length <= asker->request_length);
        if (asker->fd != fd) {
            send_run(sockets, fd, first, ready);
            first = ready;
            fd = asker->fd;
        }
        address(sockets, slot, &sockets->answers[ready++].msg_hdr);
    }
    send_run(sockets, fd, first, ready);
}

/* Requests that lay behind those just answered: there was no room for their replies. They join the
 * next batch. */
static void take_rest(struct roughtime_sockets *sockets, struct mono now) {
    for (size_t i = 0; i < LIMIT_ROUGHTIME_CONNECTIONS; i++) {
        struct roughtime_stream *stream = &sockets->streams.of[i];
        for (size_t slot; stream->fd >= 0 && stream->in_used > 0;) {
            enum err err = roughtime_streams_take(&sockets->streams, stream, now, &slot);
            if (err == ERR_SHORT || err == ERR_QUEUE) break;
            if (err == ERR_OK) sockets->askers[slot].stream = stream;
        }
    }
}

void roughtime_sockets_flush(struct roughtime_sockets *sockets) {
    size_t count = roughtime_waiting(sockets->job);
    if (count == 0) return;
    if (sign(sockets)) {
        answer_all(sockets, count);
        roughtime_done(sockets->job);
    } else {
        for (size_t slot = 0; slot < count; slot++)
            if (sockets->askers[slot].stream)
                roughtime_streams_reply(sockets->askers[slot].stream, NULL);
    }
    struct mono now = clocks_mono();
    for (size_t i = 0; i < LIMIT_ROUGHTIME_CONNECTIONS; i++)
        roughtime_streams_write(&sockets->streams, &sockets->streams.of[i], now);
    take_rest(sockets, now);
}

void roughtime_sockets_expire(struct roughtime_sockets *sockets, struct mono now) {
    roughtime_streams_expire(&sockets->streams, now);
}
