/* Roughtime over TCP. Invariant: a stream's replies in its buffer and those due always fit it, so
 * that no reply is lost and nothing grows. */
#include "os/roughtime_streams.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config/access.h"
#include "wire/roughtime_message.h"

static const int64_t patience_ns = LIMIT_ROUGHTIME_FRAME_MS * INT64_C(1000000);

void roughtime_streams_init(struct roughtime_streams *streams, struct roughtime *job) {
    streams->job = job;
    streams->intake = (struct intake){.shut = false};
    for (size_t i = 0; i < LIMIT_ROUGHTIME_CONNECTIONS; i++) streams->of[i].fd = -1;
}

static void hang_up(struct roughtime_streams *streams, struct roughtime_stream *stream, bool cut) {
    close(stream->fd);
    stream->fd = -1;
    intake_open(&streams->intake);
    if (cut) streams->job->report.connections_cut++;
}

/* A free place, unless that host has its share already. */
static struct roughtime_stream *find_place(struct roughtime_streams *streams,
                                           const struct addr *peer) {
    struct roughtime_stream *place = NULL;
    size_t same = 0;
    for (size_t i = 0; i < LIMIT_ROUGHTIME_CONNECTIONS; i++) {
        struct roughtime_stream *stream = &streams->of[i];
        /* A closed stream with replies due keeps its place until its batch is answered. */
        if (stream->fd < 0 && stream->due == 0) place = stream;
        if (stream->fd >= 0 && addr_same_site(&stream->peer, peer)) same++;
    }
    return same < LIMIT_ROUGHTIME_HOST_CONNECTIONS ? place : NULL;
}

void roughtime_streams_accept(struct roughtime_streams *streams, int listener, struct mono now) {
    struct addr peer;
    int fd = intake_accept(&streams->intake, "Roughtime over TCP", listener, now, &peer);
    if (fd < 0) return;
    struct roughtime_stream *place = NULL;
    if (peer.family != ADDR_NONE && access_allows(streams->job->config, &peer))
        place = find_place(streams, &peer);
    if (!place) {
        close(fd);
        streams->job->report.connections_cut++;
        return;
    }
    streams->job->report.connections++;
    place->fd = fd;
    place->peer = peer;
    place->deadline = mono_add(now, patience_ns);
    place->in_used = place->out_used = 0;
}

static bool has_room(const struct roughtime_stream *stream) {
    return stream->out_used + (stream->due + 1) * LIMIT_ROUGHTIME_REPLY_BYTES <= sizeof stream->out;
}

size_t roughtime_streams_fill(const struct roughtime_streams *streams, struct pollfd *fds) {
    size_t count = 0;
    for (size_t i = 0; i < LIMIT_ROUGHTIME_CONNECTIONS; i++) {
        const struct roughtime_stream *stream = &streams->of[i];
        if (stream->fd < 0) continue;
        short events = stream->out_used > 0 ? POLLOUT : 0;
        if (has_room(stream) && stream->in_used < sizeof stream->in) events |= POLLIN;
        fds[count++] = (struct pollfd){.fd = stream->fd, .events = events};
    }
    return count;
}

struct roughtime_stream *roughtime_streams_find(struct roughtime_streams *streams, int fd) {
    for (size_t i = 0; i < LIMIT_ROUGHTIME_CONNECTIONS; i++)
        if (streams->of[i].fd == fd) return &streams->of[i];
    return NULL;
}

bool roughtime_streams_read(struct roughtime_streams *streams, struct roughtime_stream *stream) {
    size_t room = sizeof stream->in - stream->in_used;
    ssize_t got = recv(stream->fd, stream->in + stream->in_used, room, MSG_DONTWAIT);
    if (got > 0) stream->in_used += (size_t)got;
    if (got > 0 || (got < 0 && errno == EAGAIN)) return true;
    hang_up(streams, stream, false);
    return false;
}

/* Takes the first bytes off the request buffer. */
static void drop_first(struct roughtime_stream *stream, size_t length) {
    stream->in_used -= length;
    memmove(stream->in, stream->in + length, stream->in_used);
}

enum err roughtime_streams_take(struct roughtime_streams *streams, struct roughtime_stream *stream,
                                struct mono now, size_t *slot) {
    size_t length;
    if (stream->fd < 0 || !has_room(stream)) return ERR_SHORT;
    enum err err =
        roughtime_message_extract(stream->in, stream->in_used, sizeof stream->in, &length);
    if (err == ERR_SHORT) return err;
    if (err != ERR_OK) {
        streams->job->report.requests++;
        streams->job->report.drops[err]++;
        hang_up(streams, stream, true);
        return err;
    }
    if (roughtime_is_full(streams->job)) return ERR_QUEUE;
    err =
        roughtime_take(streams->job, &stream->peer, ROUGHTIME_SERVER_TCP, stream->in, length, slot);
    drop_first(stream, length);
    if (err != ERR_OK) return err == ERR_QUEUE || err == ERR_SHORT ? ERR_RANGE : err;
    stream->due++;
    stream->deadline = mono_add(now, patience_ns);
    return ERR_OK;
}

void roughtime_streams_reply(struct roughtime_stream *stream,
                             const struct roughtime_server_reply *reply) {
    stream->due--;
    if (!reply || stream->fd < 0) return;
    memcpy(stream->out + stream->out_used, reply->packet, reply->length);
    stream->out_used += reply->length;
}

void roughtime_streams_write(struct roughtime_streams *streams, struct roughtime_stream *stream,
                             struct mono now) {
    if (stream->fd < 0 || stream->out_used == 0) return;
    ssize_t sent = send(stream->fd, stream->out, stream->out_used, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) {
        if (errno != EAGAIN) hang_up(streams, stream, true);
        return;
    }
    stream->out_used -= (size_t)sent;
    memmove(stream->out, stream->out + sent, stream->out_used);
    if (stream->out_used == 0) stream->deadline = mono_add(now, patience_ns);
}

void roughtime_streams_expire(struct roughtime_streams *streams, struct mono now) {
    intake_expire(&streams->intake, now);
    for (size_t i = 0; i < LIMIT_ROUGHTIME_CONNECTIONS; i++) {
        struct roughtime_stream *stream = &streams->of[i];
        if (stream->fd >= 0 && mono_before(stream->deadline, now)) hang_up(streams, stream, true);
    }
}
