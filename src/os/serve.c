/* The server job's hot path. Invariants: at most one reply for a request, to where the request came
 * from, from the address it was sent to; nothing waits, nothing is allocated. */
#include "os/serve.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "os/clocks.h"
#include "os/sockaddr.h"
#include "os/stamp.h"

enum {
    BATCH = 64,
    GROUP = 16,     /* replies written with one call */
    BUSY = 8,       /* after so many at once more are likely to wait: poll() is left out */
    BATCHES_MAX = 8 /* before the loop looks at its clock again */
};

struct slot {
    union sockaddr_any peer;
    struct iovec in, out;
    struct addr from;
    struct stamp stamp;
    _Alignas(struct cmsghdr) uint8_t control[STAMP_CONTROL_BYTES];
    uint8_t request[LIMIT_DATAGRAM_BYTES + 1]; /* one more: tells too long ones */
    uint8_t reply[LIMIT_REPLY_BYTES];
};

struct serve {
    struct listen_sockets sockets;
    const struct clock_page *page;
    struct server *server;
    bool one_by_one;
    struct server_request request; /* the one being answered */
    struct slot slots[BATCH];
    struct mmsghdr requests[BATCH], replies[GROUP];
};

struct serve *serve_create(const struct listen_sockets *sockets, const struct clock_page *page,
                           struct server *server, bool one_by_one) {
    struct serve *serve = calloc(1, sizeof *serve);
    CHECK(serve);
    serve->sockets = *sockets;
    serve->page = page;
    serve->server = server;
    serve->one_by_one = one_by_one;
    for (size_t i = 0; i < BATCH; i++) {
        struct slot *slot = &serve->slots[i];
        slot->in = (struct iovec){slot->request, sizeof slot->request};
        slot->out = (struct iovec){slot->reply, sizeof slot->reply};
    }
    return serve;
}

size_t serve_fill(const struct serve *serve, struct pollfd *fds) {
    for (size_t i = 0; i < serve->sockets.count; i++)
        fds[i] = (struct pollfd){.fd = serve->sockets.fd[i], .events = POLLIN};
    return serve->sockets.count;
}

/* How many requests were taken; 0: none. */
static size_t receive(struct serve *serve, int fd) {
    size_t room = serve->one_by_one ? 1 : BATCH;
    for (size_t i = 0; i < room; i++) {
        struct slot *slot = &serve->slots[i];
        serve->requests[i].msg_hdr = (struct msghdr){.msg_name = &slot->peer,
                                                     .msg_namelen = sizeof slot->peer,
                                                     .msg_iov = &slot->in,
                                                     .msg_iovlen = 1,
                                                     .msg_control = slot->control,
                                                     .msg_controllen = sizeof slot->control};
    }
    if (!serve->one_by_one) {
        int count = recvmmsg(fd, serve->requests, BATCH, MSG_DONTWAIT, NULL);
        return count < 0 ? 0 : (size_t)count;
    }
    ssize_t length = recvmsg(fd, &serve->requests[0].msg_hdr, MSG_DONTWAIT);
    if (length < 0) return 0;
    serve->requests[0].msg_len = (unsigned)length;
    return 1;
}

/* Judges request i; true if its reply was added as the next of the group. */
static bool answer(struct serve *serve, size_t i, const struct kernel_reading *now,
                   const struct clock_state *clock, size_t group) {
    struct slot *slot = &serve->slots[i];
    struct msghdr *request = &serve->requests[i].msg_hdr;
    if (!sockaddr_to(&slot->peer, request->msg_namelen, &slot->from)) return false;
    stamp_read(request, &slot->stamp);
    if (server_take(serve->server, &slot->from, slot->request, serve->requests[i].msg_len,
                    &serve->request) != ERR_OK)
        return false;
    struct ntp_server_times times = {.received = now->counter};
    double error_s;
    if (slot->stamp.found)
        (void)!clocks_from_stamp(now, slot->stamp.realtime, &times.received, &error_s);
    times.now = clocks_mono();
    if (server_reply(serve->server, &serve->request, clock, times, slot->reply,
                     &slot->out.iov_len) != ERR_OK)
        return false;
    struct msghdr *reply = &serve->replies[group].msg_hdr;
    *reply = (struct msghdr){.msg_name = &slot->peer,
                             .msg_namelen = request->msg_namelen,
                             .msg_iov = &slot->out,
                             .msg_iovlen = 1};
    stamp_answer_from(&slot->stamp, &slot->from, slot->control, reply);
    return true;
}

/* A reply that cannot be sent is dropped; the ones behind it are not. */
static void send_group(struct serve *serve, int fd, size_t count) {
    for (size_t done = 0; done < count;) {
        int sent;
        if (serve->one_by_one)
            sent = sendmsg(fd, &serve->replies[done].msg_hdr, MSG_DONTWAIT) < 0 ? -1 : 1;
        else
            sent = sendmmsg(fd, serve->replies + done, (unsigned)(count - done), MSG_DONTWAIT);
        if (sent <= 0) serve->server->serving.drops[ERR_IO]++;
        done += sent > 0 ? (size_t)sent : 1;
    }
}

static void answer_batch(struct serve *serve, int fd, size_t count) {
    struct kernel_reading now;
    struct clock_state state;
    clocks_read(&now);
    const struct clock_state *clock = clocks_from_page(serve->page, &now, &state);
    size_t group = 0;
    for (size_t i = 0; i < count; i++) {
        if (answer(serve, i, &now, clock, group)) group++;
        if (group < GROUP) continue;
        send_group(serve, fd, group);
        group = 0;
    }
    send_group(serve, fd, group);
}

void serve_ready(struct serve *serve, int fd) {
    size_t most = serve->one_by_one ? 1 : BATCHES_MAX;
    for (size_t i = 0; i < most; i++) {
        size_t count = receive(serve, fd);
        answer_batch(serve, fd, count);
        if (count < BUSY) return;
    }
}
