/* Questions of a command-line tool. Invariant: nothing is sent but one packet to the socket or
 * address named by the caller, and no wait is longer than the caller's time-out.
 *
 * The NTP part stands on os/upstream, so a query measures exactly as the daemon does. */
#include "os/ask.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/un.h>
#include <unistd.h>

#include "os/clocks.h"
#include "os/sockaddr.h"
#include "os/upstream.h"

__attribute__((format(printf, 3, 4))) static enum err explain(char why[ASK_WHY_BYTES], enum err err,
                                                              const char *format, ...) {
    va_list values;
    va_start(values, format);
    vsnprintf(why, ASK_WHY_BYTES, format, values);
    va_end(values);
    return err;
}

/* Waits for events until the deadline. False: the time is over. */
static bool wait_until(int fd, short events, struct mono deadline, short *seen) {
    struct pollfd pollfd = {.fd = fd, .events = events};
    for (;;) {
        int64_t left_ns = mono_diff(deadline, clocks_mono());
        if (left_ns <= 0) return false;
        int ready = poll(&pollfd, 1, (int)((left_ns + 999999) / 1000000));
        if (ready > 0) {
            *seen = pollfd.revents;
            return true;
        }
        if (ready < 0 && errno != EINTR) return false;
    }
}

static enum err status_connect(const char *path, int *fd, char why[ASK_WHY_BYTES]) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length >= sizeof address.sun_path)
        return explain(why, ERR_IO, "%s: a socket's path has at most %zu bytes", path,
                       sizeof address.sun_path - 1);
    memcpy(address.sun_path, path, length + 1);
    *fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd < 0) return explain(why, ERR_IO, "no socket: %s", strerror(errno));
    if (connect(*fd, (const struct sockaddr *)&address, sizeof address) == 0) return ERR_OK;
    int reason = errno;
    close(*fd);
    return explain(why, ERR_IO, "no daemon answers at %s: %s", path, strerror(reason));
}

/* One packet of the answer. ERR_OK with kind END: complete. */
static enum err status_message(int fd, struct mono deadline, struct message *out,
                               char why[ASK_WHY_BYTES]) {
    uint8_t bytes[LIMIT_MESSAGE_BYTES + 1];
    short seen;
    if (!wait_until(fd, POLLIN, deadline, &seen))
        return explain(why, ERR_STALE, "the daemon did not complete its answer in time");
    ssize_t length = recv(fd, bytes, sizeof bytes, 0);
    if (length <= 0)
        return explain(why, ERR_IO, "the daemon ended the connection%s%s", length ? ": " : "",
                       length ? strerror(errno) : "");
    enum err err = message_parse(bytes, (size_t)length, out);
    if (err == ERR_OK) return ERR_OK;
    return explain(why, err, "a message of the daemon was not understood: %s", err_text(err));
}

enum err ask_status(const char *path, double timeout_s,
                    void (*take)(void *context, const struct message *message), void *context,
                    char why[ASK_WHY_BYTES]) {
    struct mono deadline = mono_add(clocks_mono(), ns_from_s(timeout_s));
    const struct message question = {.kind = MESSAGE_ASK};
    uint8_t bytes[LIMIT_MESSAGE_BYTES];
    size_t length = message_build(&question, bytes);
    int fd = -1;
    enum err err = status_connect(path, &fd, why);
    if (err != ERR_OK) return err;
    if (send(fd, bytes, length, MSG_NOSIGNAL) != (ssize_t)length)
        err = explain(why, ERR_IO, "the daemon at %s cannot be asked: %s", path, strerror(errno));
    while (err == ERR_OK) {
        struct message message = {.kind = MESSAGE_END};
        err = status_message(fd, deadline, &message, why);
        if (err == ERR_OK && message.kind == MESSAGE_END) break;
        if (err == ERR_OK) take(context, &message);
    }
    close(fd);
    return err;
}

enum err ask_addresses(const char *host, uint8_t family, uint16_t port,
                       struct addr out[LIMIT_ADDRESSES], size_t *count, char why[ASK_WHY_BYTES]) {
    const struct addr wanted = {.family = family};
    const struct addrinfo hints = {.ai_family = sockaddr_family(&wanted),
                                   .ai_socktype = SOCK_DGRAM};
    struct addrinfo *found = NULL;
    int failure = getaddrinfo(host, NULL, &hints, &found);
    if (failure)
        return explain(why, ERR_IO, "no address of %s: %s", host,
                       failure == EAI_SYSTEM ? strerror(errno) : gai_strerror(failure));
    size_t filled = 0;
    for (const struct addrinfo *i = found; i && filled < LIMIT_ADDRESSES; i = i->ai_next) {
        union sockaddr_any any = {.storage = {0}};
        if (i->ai_addrlen > sizeof any) continue;
        memcpy(&any, i->ai_addr, i->ai_addrlen);
        if (!sockaddr_to(&any, i->ai_addrlen, &out[filled])) continue;
        out[filled++].port = port;
    }
    freeaddrinfo(found);
    if (filled == 0) return explain(why, ERR_IO, "no IPv4 or IPv6 address of %s", host);
    *count = filled;
    return ERR_OK;
}

/* One outstanding request with the state that judges its answer. */
struct request {
    struct ntp_client client;
    struct upstream upstream;
    struct ask_answer *answer;
};

static enum err request_send(struct request *request, const struct addr *server,
                             char why[ASK_WHY_BYTES]) {
    uint8_t bytes[NTP_PACKET_HEADER_BYTES];
    uint64_t nonce;
    if (getrandom(&nonce, sizeof nonce, 0) != (ssize_t)sizeof nonce)
        return explain(why, ERR_IO, "no randomness: %s", strerror(errno));
    ntp_client_request(&request->client, nonce, clocks_mono(), bytes);
    if (upstream_send(&request->upstream, 0, server, bytes, sizeof bytes) == ERR_OK) return ERR_OK;
    char text[ADDR_TEXT_BYTES];
    return explain(why, ERR_IO, "nothing can be sent to %s: %s", addr_text_port(server, text),
                   strerror(errno));
}

static void take_sent(struct request *request) {
    struct event event;
    if (!upstream_sent(&request->upstream, 0, &event)) return;
    ntp_client_stamped(&request->client, event.stamp, event.stamp_error_s, clocks_mono());
    /* Implausible stamps are not taken. */
    request->answer->sent_by_kernel = request->client.sent.ns == event.stamp.ns;
}

/* A verdict on a reply that carried the request's nonce; other datagrams are no answers. */
static bool is_answer(enum err err) {
    return err == ERR_OK || err == ERR_KISS || err == ERR_UNSYNCHRONISED || err == ERR_STRATUM ||
           err == ERR_ROOT_DISTANCE || err == ERR_CAUSALITY;
}

static bool take_datagram(struct request *request, const struct event *event) {
    struct ask_answer *answer = request->answer;
    struct kernel_reading kernel;
    clocks_read(&kernel);
    enum err err = ntp_client_reply(&request->client, event->bytes, event->length, event->stamp,
                                    event->stamp_error_s, kernel.realtime, &answer->reply);
    if (!is_answer(err)) {
        answer->dropped++;
        answer->last_drop = err;
        return false;
    }
    answer->verdict = err;
    answer->length = event->length;
    answer->local = event->local;
    answer->sent = request->client.sent;
    answer->sent_error_s = request->client.sent_error_s;
    answer->received = event->stamp;
    answer->received_error_s = event->stamp_error_s;
    answer->received_by_kernel = event->kernel_stamp;
    answer->kernel = kernel;
    return true;
}

/* Whether an error number came from the network: nobody listens, or no way there. */
static bool is_refusal(int number) {
    return number == ECONNREFUSED || number == EHOSTUNREACH || number == ENETUNREACH ||
           number == EACCES;
}

static enum err request_wait(struct request *request, const struct addr *server,
                             struct mono deadline, char why[ASK_WHY_BYTES]) {
    char text[ADDR_TEXT_BYTES];
    short seen;
    while (wait_until(request->upstream.sockets[0], POLLIN | POLLPRI, deadline, &seen)) {
        struct event event;
        errno = 0;
        bool received = upstream_receive(&request->upstream, 0, &event);
        int reason = received ? 0 : errno;
        if (is_refusal(reason))
            return explain(why, ERR_IO, "%s: %s", addr_text_port(server, text), strerror(reason));
        /* The stamp of the request first: the reply is judged by it. */
        if (seen & (POLLERR | POLLPRI)) take_sent(request);
        if (received && take_datagram(request, &event)) return ERR_OK;
    }
    return explain(why, ERR_STALE, "%s did not answer in time", addr_text_port(server, text));
}

enum err ask_ntp(const struct addr *server, uint8_t version, double timeout_s,
                 struct ask_answer *out, char why[ASK_WHY_BYTES]) {
    struct request request = {.answer = out};
    memset(out, 0, sizeof *out);
    upstream_init(&request.upstream);
    ntp_client_init(&request.client, version);
    struct mono deadline = mono_add(clocks_mono(), ns_from_s(timeout_s));
    enum err err = request_send(&request, server, why);
    if (err == ERR_OK) err = request_wait(&request, server, deadline, why);
    upstream_close(&request.upstream, 0);
    return err;
}
