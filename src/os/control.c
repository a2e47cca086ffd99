/* The control socket. Invariant: nothing a client does makes the job wait or grow. */
#include "os/control.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static const int64_t patience_ns = 30 * NS_PER_S;

void control_init(struct control *control, int listener, const struct status *status) {
    control->listener = listener;
    control->intake = (struct intake){.shut = false};
    control->status = status;
    for (size_t i = 0; i < LIMIT_STATUS_CLIENTS; i++) control->clients[i].fd = -1;
}

size_t control_fill(const struct control *control, struct pollfd *fds) {
    size_t count = 0;
    for (size_t i = 0; i < LIMIT_STATUS_CLIENTS; i++) {
        const struct control_client *client = &control->clients[i];
        if (client->fd < 0) continue;
        fds[count++] =
            (struct pollfd){.fd = client->fd, .events = client->answering ? POLLOUT : POLLIN};
    }
    /* Last: those who have hung up make room for who comes after them. */
    if (control->listener >= 0 && !control->intake.shut)
        fds[count++] = (struct pollfd){.fd = control->listener, .events = POLLIN};
    return count;
}

static void hang_up(struct control_client *client) {
    close(client->fd);
    client->fd = -1;
}

static void welcome(struct control *control, struct mono now) {
    struct addr peer;
    int fd = intake_accept(&control->intake, "control socket", control->listener, now, &peer);
    if (fd < 0) return;
    for (size_t i = 0; i < LIMIT_STATUS_CLIENTS; i++) {
        struct control_client *client = &control->clients[i];
        if (client->fd >= 0) continue;
        *client = (struct control_client){.fd = fd, .deadline = mono_add(now, patience_ns)};
        return;
    }
    close(fd); /* too many at once */
}

/* Sends as much as the client's queue takes; the rest waits for POLLOUT. */
static void answer(struct control *control, struct control_client *client, struct mono now) {
    struct message message;
    while (client->answering) {
        uint8_t bytes[LIMIT_MESSAGE_BYTES];
        if (status_answer(control->status, client->index, &message) != ERR_OK)
            message.kind = MESSAGE_END;
        size_t length = message_build(&message, bytes);
        if (send(client->fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
            if (errno != EAGAIN) hang_up(client);
            return;
        }
        client->index++;
        client->deadline = mono_add(now, patience_ns);
        client->answering = message.kind != MESSAGE_END;
    }
}

static void hear(struct control *control, struct control_client *client, struct mono now) {
    uint8_t bytes[LIMIT_MESSAGE_BYTES + 1];
    struct message message;
    ssize_t length = recv(client->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (length < 0 && errno == EAGAIN) return;
    if (length <= 0 || message_parse(bytes, (size_t)length, &message) != ERR_OK ||
        message.kind != MESSAGE_ASK) {
        hang_up(client);
        return;
    }
    client->answering = true;
    client->index = 0;
    answer(control, client, now);
}

void control_ready(struct control *control, const struct pollfd *ready, struct mono now) {
    if (ready->fd == control->listener) {
        welcome(control, now);
        return;
    }
    for (size_t i = 0; i < LIMIT_STATUS_CLIENTS; i++) {
        struct control_client *client = &control->clients[i];
        if (client->fd != ready->fd) continue;
        if (client->answering)
            answer(control, client, now);
        else
            hear(control, client, now);
        return;
    }
}

void control_expire(struct control *control, struct mono now) {
    intake_expire(&control->intake, now);
    for (size_t i = 0; i < LIMIT_STATUS_CLIENTS; i++)
        if (control->clients[i].fd >= 0 && mono_before(control->clients[i].deadline, now))
            hang_up(&control->clients[i]);
}
