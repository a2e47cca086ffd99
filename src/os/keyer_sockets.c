/* Invariant: every descriptor here belongs to one place, host or guest, and is closed with it;
 * every accepted connection is counted once, by keyer_host_close or as refused. */
#include "os/keyer_sockets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "config/access.h"
#include "crypto/wipe.h"
#include "jobs/keyer_guest.h"
#include "jobs/keyer_host.h"
#include "os/intake.h"
#include "os/log.h"
#include "os/sockaddr.h"

enum { ACCEPT_AT_ONCE = 16, READ_BYTES = 16384, WRITE_BYTES = 4096 };

static const int64_t host_time_ns = LIMIT_NTS_HANDSHAKE_S * NS_PER_S;
static const int64_t guest_time_ns = 2 * LIMIT_NTS_HANDSHAKE_S * NS_PER_S;
static const int64_t grace_ns = NS_PER_S; /* before a connection may have to give way */

struct stream {
    int fd; /* -1: the place is free */
    struct addr peer;
    struct mono opened;
    size_t sent, used;
    uint8_t out[WRITE_BYTES];
};

struct host_place {
    struct stream stream;
    struct keyer_host host;
};

struct guest_place {
    struct stream stream;
    bool connected;
    struct keyer_guest guest;
};

struct keyer_sockets {
    struct keyer_sockets_setup setup;
    struct intake intake;
    size_t host_max;
    struct host_place *hosts;
    struct guest_place guests[KEYER_SOCKETS_GUESTS];
    bool answered; /* answer waits to be taken */
    struct message answer;
};

struct keyer_sockets *keyer_sockets_create(const struct keyer_sockets_setup *setup) {
    struct keyer_sockets *sockets = calloc(1, sizeof *sockets);
    CHECK(sockets);
    sockets->setup = *setup;
    sockets->host_max = setup->listeners.count > 0 ? setup->keyer->config->nts.connections_max : 0;
    sockets->hosts = calloc(sockets->host_max + 1, sizeof *sockets->hosts);
    CHECK(sockets->hosts);
    for (size_t i = 0; i < sockets->host_max; i++) sockets->hosts[i].stream.fd = -1;
    for (size_t i = 0; i < KEYER_SOCKETS_GUESTS; i++) sockets->guests[i].stream.fd = -1;
    return sockets;
}

/* --- one stream --- */

static void open_stream(struct stream *stream, int fd, const struct addr *peer, struct mono now) {
    stream->fd = fd;
    stream->peer = *peer;
    stream->opened = now;
    stream->sent = stream->used = 0;
}

static void close_stream(struct stream *stream) {
    close(stream->fd);
    stream->fd = -1;
    wipe(stream->out, sizeof stream->out);
}

/* False: the connection is broken. */
static bool flush(struct stream *stream, struct tls_connection *tls) {
    for (;;) {
        if (stream->sent == stream->used) {
            stream->sent = 0;
            stream->used = tls_drain(tls, stream->out, sizeof stream->out);
        }
        if (stream->used == 0) return true;
        ssize_t sent = send(stream->fd, stream->out + stream->sent, stream->used - stream->sent,
                            MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0) return errno == EAGAIN || errno == EINTR;
        stream->sent += (size_t)sent;
    }
}

static bool has_output(const struct stream *stream, const struct tls_connection *tls) {
    return stream->sent < stream->used || tls_pending(tls) > 0;
}

/* Bytes read; 0: the peer has ended; -1: nothing now; -2: broken. */
static ssize_t read_some(const struct stream *stream, uint8_t bytes[READ_BYTES]) {
    ssize_t got = recv(stream->fd, bytes, READ_BYTES, MSG_DONTWAIT);
    if (got >= 0) return got;
    return errno == EAGAIN || errno == EINTR ? -1 : -2;
}

/* --- clients that come --- */

static void end_host(struct keyer_sockets *sockets, struct host_place *place, enum err why) {
    keyer_host_close(&place->host, sockets->setup.keyer, why);
    close_stream(&place->stream);
    intake_open(&sockets->intake);
    sockets->setup.keyer->report.open--;
}

/* A free place, or that of the oldest one that has had its second; NULL: come again later. */
static struct host_place *find_place(struct keyer_sockets *sockets, const struct addr *peer,
                                     struct mono now) {
    struct host_place *vacant = NULL, *oldest = NULL;
    size_t from_there = 0;
    for (size_t i = 0; i < sockets->host_max; i++) {
        struct host_place *place = &sockets->hosts[i];
        if (place->stream.fd < 0) {
            vacant = place;
            continue;
        }
        if (addr_same_site(&place->stream.peer, peer)) from_there++;
        if (!oldest || mono_before(place->stream.opened, oldest->stream.opened)) oldest = place;
    }
    if (from_there >= LIMIT_NTS_ADDRESS_CONNECTIONS) return NULL;
    if (vacant) return vacant;
    if (!oldest || mono_diff(now, oldest->stream.opened) < grace_ns) return NULL;
    end_host(sockets, oldest, ERR_STALE);
    return oldest;
}

static void welcome(struct keyer_sockets *sockets, int fd, const struct addr *peer,
                    struct mono now) {
    struct keyer *keyer = sockets->setup.keyer;
    bool allowed =
        peer->family != ADDR_NONE && (!keyer->config->serves || access_allows(keyer->config, peer));
    struct host_place *place = allowed ? find_place(sockets, peer, now) : NULL;
    if (!place || keyer_host_open(&place->host, &sockets->setup.server) != ERR_OK) {
        keyer->report.refused++;
        close(fd);
        return;
    }
    open_stream(&place->stream, fd, peer, now);
    keyer->report.accepted++;
    keyer->report.open++;
}

static void accept_some(struct keyer_sockets *sockets, int listener, struct mono now) {
    for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
        struct addr peer;
        int fd = intake_accept(&sockets->intake, "NTS key establishment", listener, now, &peer);
        if (fd < 0) return;
        welcome(sockets, fd, &peer, now);
    }
}

static void host_ready(struct keyer_sockets *sockets, struct host_place *place, short ready) {
    uint8_t bytes[READ_BYTES];
    struct tls_connection *tls = &place->host.tls;
    ssize_t got = -1;
    if (ready & (POLLIN | POLLERR | POLLHUP)) got = read_some(&place->stream, bytes);
    if (got > 0) keyer_host_feed(&place->host, sockets->setup.keyer, bytes, (size_t)got);
    if (got == 0) tls_feed_end(tls);
    wipe(bytes, got > 0 ? (size_t)got : 0);
    bool whole = got != -2 && flush(&place->stream, tls);
    if (!whole)
        end_host(sockets, place, ERR_IO);
    else if (keyer_host_over(&place->host) && !has_output(&place->stream, tls))
        end_host(sockets, place, ERR_OK);
}

/* --- servers that we ask --- */

static void end_guest(struct keyer_sockets *sockets, struct guest_place *place,
                      const char *reason) {
    const struct message_nts_want *want = &place->guest.want;
    char addr[ADDR_TEXT_BYTES];
    if (sockets->answer.nts_grant.err == ERR_OK)
        sockets->setup.keyer->report.granted++;
    else
        log_line(LOG_LEVEL_WARNING, "%s (TCP %s) gives no keys: %s", want->name,
                 addr_text_port(&want->addr, addr), reason);
    sockets->answered = true;
    keyer_guest_free(&place->guest);
    if (place->stream.fd >= 0) close_stream(&place->stream);
    intake_open(&sockets->intake);
}

static void give_up(struct keyer_sockets *sockets, struct guest_place *place, enum err why,
                    int error) {
    char reason[TLS_REASON_BYTES];
    keyer_guest_give_up(&place->guest, why, &sockets->answer, reason);
    end_guest(sockets, place, error ? strerrordesc_np(error) : reason);
}

static int connect_to(const struct addr *to, int *error) {
    union sockaddr_any any;
    socklen_t length = sockaddr_from(to, &any);
    int fd = socket(sockaddr_family(to), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && (connect(fd, &any.any, length) == 0 || errno == EINPROGRESS)) return fd;
    *error = errno;
    if (fd >= 0) close(fd);
    return -1;
}

static void begin(struct keyer_sockets *sockets, struct guest_place *place,
                  const struct message_nts_want *want, struct mono now) {
    int error = 0;
    struct tls_client *client = &sockets->setup.client;
    enum err err = keyer_guest_open(&place->guest, sockets->setup.keyer, client, want, now);
    if (err != ERR_OK) {
        keyer_guest_refusal(want, err, &sockets->answer);
        end_guest(sockets, place, client->context ? err_text(err) : "no certificate is trusted");
        return;
    }
    int fd = connect_to(&want->addr, &error);
    if (fd < 0) {
        give_up(sockets, place, ERR_IO, error);
        return;
    }
    open_stream(&place->stream, fd, &want->addr, now);
    place->connected = false;
}

/* False: the connection could not be made, and the guest is gone. */
static bool connected(struct keyer_sockets *sockets, struct guest_place *place) {
    int error = 0;
    socklen_t length = sizeof error;
    if (place->connected) return true;
    if (getsockopt(place->stream.fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) error = errno;
    place->connected = error == 0;
    if (error != 0) give_up(sockets, place, ERR_IO, error);
    return error == 0;
}

static void guest_ready(struct keyer_sockets *sockets, struct guest_place *place, short ready) {
    uint8_t bytes[READ_BYTES];
    char reason[TLS_REASON_BYTES];
    struct tls_connection *tls = &place->guest.tls;
    if (!connected(sockets, place)) return;
    ssize_t got = -1;
    if (ready & (POLLIN | POLLERR | POLLHUP)) got = read_some(&place->stream, bytes);
    if (got == 0) tls_feed_end(tls);
    bool done = got >= 0 && keyer_guest_feed(&place->guest, bytes, got > 0 ? (size_t)got : 0,
                                             &sockets->answer, reason);
    wipe(bytes, got > 0 ? (size_t)got : 0);
    bool whole = got != -2 && flush(&place->stream, tls);
    if (done)
        end_guest(sockets, place, reason);
    else if (!whole)
        give_up(sockets, place, ERR_IO, ECONNRESET);
}

/* --- all of them --- */

static struct pollfd wish(const struct stream *stream, bool output) {
    return (struct pollfd){.fd = stream->fd, .events = (short)(POLLIN | (output ? POLLOUT : 0))};
}

size_t keyer_sockets_fill(const struct keyer_sockets *sockets, struct pollfd *fds) {
    const struct listen_sockets *listeners = &sockets->setup.listeners;
    size_t n = 0;
    for (size_t i = 0; i < listeners->count && !sockets->intake.shut; i++)
        fds[n++] = (struct pollfd){.fd = listeners->fd[i], .events = POLLIN};
    for (size_t i = 0; i < sockets->host_max; i++) {
        const struct host_place *place = &sockets->hosts[i];
        if (place->stream.fd < 0) continue;
        fds[n++] = wish(&place->stream, has_output(&place->stream, &place->host.tls));
    }
    for (size_t i = 0; i < KEYER_SOCKETS_GUESTS; i++) {
        const struct guest_place *place = &sockets->guests[i];
        if (place->stream.fd < 0) continue;
        fds[n++] = wish(&place->stream,
                        !place->connected || has_output(&place->stream, &place->guest.tls));
    }
    return n;
}

void keyer_sockets_ready(struct keyer_sockets *sockets, const struct pollfd *ready,
                         struct mono now) {
    for (size_t i = 0; i < sockets->setup.listeners.count; i++)
        if (sockets->setup.listeners.fd[i] == ready->fd) {
            accept_some(sockets, ready->fd, now);
            return;
        }
    for (size_t i = 0; i < sockets->host_max; i++)
        if (sockets->hosts[i].stream.fd == ready->fd) {
            host_ready(sockets, &sockets->hosts[i], ready->revents);
            return;
        }
    for (size_t i = 0; i < KEYER_SOCKETS_GUESTS && !sockets->answered; i++)
        if (sockets->guests[i].stream.fd == ready->fd) {
            guest_ready(sockets, &sockets->guests[i], ready->revents);
            return;
        }
}

static bool late(const struct stream *stream, struct mono now, int64_t most_ns) {
    return stream->fd >= 0 && mono_diff(now, stream->opened) >= most_ns;
}

void keyer_sockets_expire(struct keyer_sockets *sockets, struct mono now) {
    intake_expire(&sockets->intake, now);
    for (size_t i = 0; i < sockets->host_max; i++)
        if (late(&sockets->hosts[i].stream, now, host_time_ns))
            end_host(sockets, &sockets->hosts[i], ERR_STALE);
    for (size_t i = 0; i < KEYER_SOCKETS_GUESTS && !sockets->answered; i++)
        if (late(&sockets->guests[i].stream, now, guest_time_ns))
            give_up(sockets, &sockets->guests[i], ERR_STALE, 0);
    for (size_t i = 0; i < KEYER_SOCKETS_GUESTS && !sockets->answered; i++) {
        struct message_nts_want want;
        if (sockets->guests[i].stream.fd >= 0) continue;
        if (!keyer_take_want(sockets->setup.keyer, &want)) return;
        begin(sockets, &sockets->guests[i], &want, now);
    }
}

bool keyer_sockets_take(struct keyer_sockets *sockets, struct message *out) {
    if (!sockets->answered) return false;
    sockets->answered = false;
    *out = sockets->answer;
    wipe(&sockets->answer, sizeof sockets->answer);
    return true;
}
