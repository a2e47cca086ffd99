/* The control socket. Invariant: nothing a client does makes the job wait or grow. */
#include "os/control.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static const int64_t patience_ns = 30 * NS_PER_S;

void control_init(struct control *control, int listener, const struct status *status,
                  bool recorded) {
    control->listener = listener;
    control->recorded = recorded;
    control->asked = (struct control_asked){.waits = false};
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

/* Its first question; the kernel says whose it is. */
static void note(struct control *control, struct control_client *client) {
    struct ucred who;
    socklen_t length = sizeof who;
    struct control_asked *asked = &control->asked;
    if (!control->recorded || client->known) return;
    client->known = true;
    if (getsockopt(client->fd, SOL_SOCKET, SO_PEERCRED, &who, &length) != 0) return;
    asked->others = asked->waits ? asked->others + 1 : 0;
    asked->newest = (struct record_request){.uid = who.uid, .pid = who.pid};
    asked->waits = true;
}

bool control_asked(struct control *control, struct mono now, struct record_request *out) {
    struct control_asked *asked = &control->asked;
    if (!asked->waits || mono_before(now, asked->next)) return false;
    asked->waits = false;
    asked->next = mono_add(now, NS_PER_S);
    *out = asked->newest;
    if (asked->others == 0)
        snprintf(out->text, sizeof out->text, "status");
    else
        snprintf(out->text, sizeof out->text, "status, after %u others of the same second",
                 asked->others);
    return true;
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
    note(control, client);
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
