/* One Roughtime exchange. Invariant: one request to one address, and no wait beyond the time-out.
 * The socket is connected, so that only that address and port are heard. */
#include "os/ask_roughtime.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "os/clocks.h"
#include "os/sockaddr.h"
#include "wire/roughtime_message.h"

struct talk {
    const struct ask_roughtime_call *call;
    struct mono deadline;
    int fd;
    enum err last_drop; /* ERR_OK: none */
    size_t used;
    uint8_t bytes[LIMIT_ROUGHTIME_RESPONSE_BYTES + ROUGHTIME_MESSAGE_FRAME_BYTES];
};

static bool wait_for(struct talk *talk, short events) {
    struct pollfd pollfd = {.fd = talk->fd, .events = events};
    for (;;) {
        int64_t left_ns = mono_diff(talk->deadline, clocks_mono());
        if (left_ns <= 0) return false;
        int ready = poll(&pollfd, 1, (int)((left_ns + 999999) / 1000000));
        if (ready > 0) return true;
        if (ready < 0 && errno != EINTR) return false;
    }
}

static enum err open_socket(struct talk *talk) {
    union sockaddr_any address;
    socklen_t length = sockaddr_from(&talk->call->server, &address);
    int type = talk->call->tcp ? SOCK_STREAM : SOCK_DGRAM, error = 0;
    socklen_t error_length = sizeof error;
    talk->fd = socket(sockaddr_family(&talk->call->server), type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (talk->fd < 0) return ERR_IO;
    if (connect(talk->fd, &address.any, length) == 0) return ERR_OK;
    if (errno != EINPROGRESS) return ERR_IO;
    if (!wait_for(talk, POLLOUT)) return ERR_STALE;
    if (getsockopt(talk->fd, SOL_SOCKET, SO_ERROR, &error, &error_length) != 0) return ERR_IO;
    errno = error;
    return error == 0 ? ERR_OK : ERR_IO;
}

static enum err send_request(struct talk *talk) {
    const struct ask_roughtime_call *call = talk->call;
    for (size_t done = 0; done < call->length;) {
        ssize_t sent = send(talk->fd, call->request + done, call->length - done, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN) return ERR_IO;
        if (sent < 0 && !wait_for(talk, POLLOUT)) return ERR_STALE;
        if (sent > 0) done += (size_t)sent;
    }
    return ERR_OK;
}

/* Gives the whole packets that have arrived to judge. ERR_SHORT: none was accepted so far. */
static enum err judge(struct talk *talk, struct mono received) {
    const struct ask_roughtime_call *call = talk->call;
    size_t length = talk->used;
    while (talk->used > 0) {
        if (call->tcp) {
            enum err err =
                roughtime_message_extract(talk->bytes, talk->used, sizeof talk->bytes, &length);
            if (err != ERR_OK) return err;
        }
        talk->last_drop = call->judge(call->context, talk->bytes, length, received);
        if (talk->last_drop == ERR_OK) return ERR_OK;
        talk->used -= length;
        memmove(talk->bytes, talk->bytes + length, talk->used);
    }
    return ERR_SHORT;
}

static enum err receive(struct talk *talk) {
    while (wait_for(talk, POLLIN)) {
        ssize_t got = recv(talk->fd, talk->bytes + talk->used, sizeof talk->bytes - talk->used, 0);
        if (got < 0 && errno == EAGAIN) continue;
        if (got < 0) return ERR_IO;
        if (got == 0 && talk->call->tcp) return ERR_UNSOLICITED; /* the peer closed */
        talk->used += (size_t)got;
        enum err err = judge(talk, clocks_mono());
        if (err != ERR_SHORT) return err;
    }
    return ERR_STALE;
}

static enum err explain(const struct talk *talk, enum err err, char why[ASK_WHY_BYTES]) {
    char text[ADDR_TEXT_BYTES];
    const char *name = addr_text_port(&talk->call->server, text);
    if (err == ERR_IO)
        snprintf(why, ASK_WHY_BYTES, "%s: %s", name, strerror(errno));
    else if (talk->last_drop != ERR_OK)
        snprintf(why, ASK_WHY_BYTES, "%s: its response is refused: %s", name,
                 err_text(talk->last_drop));
    else if (err == ERR_UNSOLICITED)
        snprintf(why, ASK_WHY_BYTES, "%s closed the connection without an answer", name);
    else if (err == ERR_STALE)
        snprintf(why, ASK_WHY_BYTES, "%s did not answer in time", name);
    else
        snprintf(why, ASK_WHY_BYTES, "%s: no Roughtime: %s", name, err_text(err));
    return err == ERR_UNSOLICITED ? ERR_STALE : err;
}

enum err ask_roughtime(const struct ask_roughtime_call *call, char why[ASK_WHY_BYTES]) {
    struct talk talk = {.call = call, .last_drop = ERR_OK};
    talk.deadline = mono_add(clocks_mono(), ns_from_s(call->timeout_s));
    enum err err = open_socket(&talk);
    if (err == ERR_OK) err = send_request(&talk);
    if (err == ERR_OK) err = receive(&talk);
    if (err != ERR_OK) err = explain(&talk, err, why);
    if (talk.fd >= 0) close(talk.fd);
    return err;
}
