/* The source job's sockets. Invariant: one socket carries one request.
 *
 * No descriptor is made non-blocking: every call says MSG_DONTWAIT, which network simulators that
 * stand in for these calls understand as well. */
#include "os/upstream.h"

#include <errno.h>
#include <unistd.h>

#include "os/clocks.h"
#include "os/sockaddr.h"
#include "os/stamp.h"

void upstream_init(struct upstream *upstream) {
    for (size_t i = 0; i < LIMIT_SOURCES; i++) upstream->sockets[i] = -1;
}

void upstream_close(struct upstream *upstream, uint16_t source) {
    if (source >= LIMIT_SOURCES || upstream->sockets[source] < 0) return;
    close(upstream->sockets[source]);
    upstream->sockets[source] = -1;
}

static bool open_to(struct upstream *upstream, uint16_t source, const struct addr *to) {
    union sockaddr_any address;
    socklen_t length = sockaddr_from(to, &address);
    int fd = socket(sockaddr_family(to), SOCK_DGRAM, 0);
    if (fd < 0) return false;
    if (connect(fd, &address.any, length) != 0) {
        close(fd);
        return false;
    }
    stamp_enable(fd, true);
    upstream->sockets[source] = fd;
    upstream->peers[source] = *to;
    length = sizeof address;
    if (getsockname(fd, &address.any, &length) != 0 ||
        !sockaddr_to(&address, length, &upstream->locals[source]))
        upstream->locals[source] = (struct addr){.family = ADDR_NONE};
    return true;
}

enum err upstream_send(struct upstream *upstream, uint16_t source, const struct addr *to,
                       const uint8_t *bytes, size_t length) {
    if (source >= LIMIT_SOURCES || to->family == ADDR_NONE) return ERR_RANGE;
    upstream_close(upstream, source);
    if (!open_to(upstream, source, to)) return ERR_IO;
    if (send(upstream->sockets[source], bytes, length, MSG_DONTWAIT) == (ssize_t)length)
        return ERR_OK;
    int reason = errno;
    upstream_close(upstream, source);
    errno = reason;
    return ERR_IO;
}

size_t upstream_fill(const struct upstream *upstream, struct pollfd *fds, uint16_t *owners) {
    size_t count = 0;
    for (uint32_t i = 0; i < LIMIT_SOURCES; i++) {
        if (upstream->sockets[i] < 0) continue;
        /* A transmit stamp is announced as POLLERR, in simulators as POLLPRI. */
        fds[count] = (struct pollfd){.fd = upstream->sockets[i], .events = POLLIN | POLLPRI};
        owners[count++] = (uint16_t)i;
    }
    return count;
}

static void set_stamp(struct event *event, const struct stamp *stamp) {
    struct kernel_reading now;
    clocks_read(&now);
    event->now = now.counter;
    event->stamp = now.counter;
    event->stamp_error_s = now.error_s;
    event->kernel_stamp = stamp->found && clocks_from_stamp(&now, stamp->realtime, &event->stamp,
                                                            &event->stamp_error_s);
}

bool upstream_sent(struct upstream *upstream, uint16_t source, struct event *event) {
    int fd = upstream->sockets[source];
    struct stamp stamp = {.found = true};
    if (fd < 0) return false;
    if (!stamp_sent(fd, &stamp.realtime)) {
        /* Not a stamp but an ICMP error: reading it takes it away. */
        int error;
        socklen_t length = sizeof error;
        (void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
        return false;
    }
    *event = (struct event){.kind = EVENT_SENT, .source = source};
    set_stamp(event, &stamp);
    return event->kernel_stamp;
}

bool upstream_receive(struct upstream *upstream, uint16_t source, struct event *event) {
    int fd = upstream->sockets[source];
    if (fd < 0) return false;
    _Alignas(struct cmsghdr) uint8_t control[STAMP_CONTROL_BYTES];
    struct iovec iov = {upstream->bytes, sizeof upstream->bytes};
    struct msghdr message = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t length = recvmsg(fd, &message, MSG_DONTWAIT);
    if (length < 0) return false;
    struct stamp stamp;
    stamp_read(&message, &stamp);
    *event = (struct event){.kind = EVENT_DATAGRAM,
                            .source = source,
                            .bytes = upstream->bytes,
                            .length = (size_t)length,
                            .from = upstream->peers[source],
                            .local = upstream->locals[source]};
    set_stamp(event, &stamp);
    return true;
}
