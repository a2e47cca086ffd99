/* Connections of the mirror. Invariant: a connection reads a request, or sends a reply, or waits
 * for the peer to have read it; what comes behind a request waits in its buffer, or in the kernel,
 * until the reply is gone. */
#include "os/mirror_sockets.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/log.h"

static const int64_t patience_ns = LIMIT_MIRROR_PATIENCE_S * NS_PER_S;
static const int64_t drain_ns = NS_PER_S;
static const int64_t tell_ns = 600 * NS_PER_S;

void mirror_sockets_init(struct mirror_sockets *sockets, const struct listen_sockets *listeners,
                         int folder) {
    memset(sockets, 0, sizeof *sockets);
    sockets->listeners = listeners;
    ledger_store_open_reader(folder, &sockets->files);
    for (size_t i = 0; i < LIMIT_MIRROR_CONNECTIONS; i++)
        sockets->of[i].fd = sockets->of[i].file = -1;
}

static struct mirror_connection *find(struct mirror_sockets *sockets, int fd) {
    for (size_t i = 0; i < LIMIT_MIRROR_CONNECTIONS; i++)
        if (sockets->of[i].fd == fd) return &sockets->of[i];
    return NULL;
}

size_t mirror_sockets_fill(const struct mirror_sockets *sockets, struct pollfd *fds) {
    size_t count = 0;
    for (size_t i = 0; i < LIMIT_MIRROR_CONNECTIONS; i++) {
        const struct mirror_connection *x = &sockets->of[i];
        if (x->fd < 0) continue;
        fds[count++] =
            (struct pollfd){.fd = x->fd, .events = x->state == MIRROR_REPLIES ? POLLOUT : POLLIN};
    }
    /* Without a free place they wait in the kernel's queue. */
    if (sockets->intake.shut || count == LIMIT_MIRROR_CONNECTIONS) return count;
    for (size_t i = 0; i < sockets->listeners->count; i++)
        fds[count++] = (struct pollfd){.fd = sockets->listeners->fd[i], .events = POLLIN};
    return count;
}

static void close_file(struct mirror_connection *x) {
    if (x->file >= 0) close(x->file);
    x->file = -1;
}

static void hang_up(struct mirror_sockets *sockets, struct mirror_connection *x, bool cut) {
    close_file(x);
    close(x->fd);
    x->fd = -1;
    intake_open(&sockets->intake);
    if (cut) sockets->counts.cut++;
}

static void await_request(struct mirror_connection *x, struct mono now) {
    x->state = MIRROR_HEARS;
    x->deadline = mono_add(now, patience_ns);
}

static void welcome(struct mirror_sockets *sockets, int listener, struct mono now) {
    struct addr peer;
    struct mirror_connection *x = find(sockets, -1);
    if (!x) return; /* it was free when we began to wait */
    int fd = intake_accept(&sockets->intake, "the ledger over HTTP", listener, now, &peer);
    if (fd < 0) return;
    sockets->counts.connections++;
    x->fd = fd;
    x->request_used = 0;
    await_request(x, now);
}

static void open_file(struct mirror_sockets *sockets, struct mirror_connection *x) {
    enum err err = ledger_store_open_file(&sockets->files, x->answer.path, &x->file, &x->left);
    if (err != ERR_OK) mirror_withdraw(&x->answer, err);
}

static void begin_reply(struct mirror_sockets *sockets, struct mirror_connection *x,
                        struct mono now) {
    x->left = x->offset = 0;
    if (x->answer.status == 200) open_file(sockets, x);
    x->head_used = mirror_head(&x->answer, x->left, x->head);
    x->head_sent = 0;
    if (x->answer.head_only) x->left = 0;
    if (x->answer.status == 200)
        sockets->counts.served++;
    else
        sockets->counts.refused++;
    int64_t seconds = (int64_t)(x->left / LIMIT_MIRROR_RATE_BYTES);
    x->deadline = mono_add(now, patience_ns + seconds * NS_PER_S);
    x->state = MIRROR_REPLIES;
}

/* What was read, if it is a request already. */
static void take_request(struct mirror_sockets *sockets, struct mirror_connection *x,
                         struct mono now) {
    bool full = x->request_used == sizeof x->request;
    if (!mirror_judge(x->request, x->request_used, full, &x->answer)) return;
    x->request_used -= x->answer.taken;
    memmove(x->request, x->request + x->answer.taken, x->request_used);
    begin_reply(sockets, x, now);
}

static void hear(struct mirror_sockets *sockets, struct mirror_connection *x, struct mono now) {
    size_t room = sizeof x->request - x->request_used;
    ssize_t got = recv(x->fd, x->request + x->request_used, room, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        hang_up(sockets, x, got < 0 || x->request_used > 0);
        return;
    }
    x->request_used += (size_t)got;
    take_request(sockets, x, now);
}

/* False: no more can be sent now, or ever. */
static bool send_head(struct mirror_sockets *sockets, struct mirror_connection *x) {
    int more = x->left > 0 ? MSG_MORE : 0;
    ssize_t sent = send(x->fd, x->head + x->head_sent, x->head_used - x->head_sent,
                        MSG_DONTWAIT | MSG_NOSIGNAL | more);
    if (sent < 0 && errno != EAGAIN) hang_up(sockets, x, true);
    if (sent > 0) x->head_sent += (size_t)sent;
    return sent > 0;
}

/* A share at a time, for the sake of the others. A file that has become shorter cannot be sent as
 * it was announced. */
static bool send_file(struct mirror_sockets *sockets, struct mirror_connection *x) {
    enum { SHARE_BYTES = 256 << 10 };
    off_t offset = (off_t)x->offset;
    size_t share = x->left < SHARE_BYTES ? (size_t)x->left : SHARE_BYTES;
    ssize_t sent = sendfile(x->fd, x->file, &offset, share);
    if (sent == 0 || (sent < 0 && errno != EAGAIN)) hang_up(sockets, x, true);
    if (sent <= 0) return false;
    x->offset += (uint64_t)sent;
    x->left -= (uint64_t)sent;
    return x->left == 0;
}

/* To close now might take back the reply, if the peer has sent more than was read. */
static void drain(struct mirror_connection *x, struct mono now) {
    (void)shutdown(x->fd, SHUT_WR);
    x->state = MIRROR_DRAINS;
    x->deadline = mono_add(now, drain_ns);
}

static void swallow(struct mirror_sockets *sockets, struct mirror_connection *x) {
    ssize_t got = recv(x->fd, x->request, sizeof x->request, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN)) hang_up(sockets, x, false);
}

static void reply(struct mirror_sockets *sockets, struct mirror_connection *x, struct mono now) {
    if (x->head_sent < x->head_used && !send_head(sockets, x)) return;
    if (x->head_sent < x->head_used) return;
    if (x->left > 0 && !send_file(sockets, x)) return;
    close_file(x);
    if (!x->answer.keeps) {
        drain(x, now);
        return;
    }
    await_request(x, now);
    take_request(sockets, x, now); /* it may be there already */
}

void mirror_sockets_ready(struct mirror_sockets *sockets, const struct pollfd *ready,
                          struct mono now) {
    for (size_t i = 0; i < sockets->listeners->count; i++)
        if (sockets->listeners->fd[i] == ready->fd) {
            welcome(sockets, ready->fd, now);
            return;
        }
    struct mirror_connection *x = find(sockets, ready->fd);
    if (!x) return;
    if (x->state == MIRROR_HEARS)
        hear(sockets, x, now);
    else if (x->state == MIRROR_REPLIES)
        reply(sockets, x, now);
    else
        swallow(sockets, x);
}

/* There is nobody to count for but the log. */
static void tell(struct mirror_sockets *sockets, struct mono now) {
    const struct mirror_counts *counts = &sockets->counts;
    if (mono_before(now, sockets->tell_at)) return;
    if (counts->refused == sockets->told.refused && counts->cut == sockets->told.cut) return;
    log_line(LOG_LEVEL_INFO,
             "the ledger over HTTP: %" PRIu64 " connections, %" PRIu64 " replies, %" PRIu64
             " requests refused, %" PRIu64 " connections cut",
             counts->connections, counts->served, counts->refused, counts->cut);
    sockets->told = *counts;
    sockets->tell_at = mono_add(now, tell_ns);
}

void mirror_sockets_expire(struct mirror_sockets *sockets, struct mono now) {
    intake_expire(&sockets->intake, now);
    for (size_t i = 0; i < LIMIT_MIRROR_CONNECTIONS; i++) {
        struct mirror_connection *x = &sockets->of[i];
        if (x->fd >= 0 && mono_before(x->deadline, now))
            hang_up(sockets, x,
                    x->state == MIRROR_REPLIES ||
                        (x->state == MIRROR_HEARS && x->request_used > 0));
    }
    tell(sockets, now);
}
