/* The HTTP side of a witness, on libmicrohttpd with our own loop. Invariant: a slot is used by one
 * connection at a time, and no connection is without a slot or keeps one beyond its time. */
#include "main/witness_http.h"

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/clocks.h"
#include "os/sockaddr.h"

enum {
    CONNECTION_MEMORY_BYTES = 16 << 10, /* of libmicrohttpd: head of the request, buffers */
    BACKLOG = 64,
    DRAINED_BYTES = 4 * WITNESS_REQUEST_BYTES, /* of a body that is too long */
    TURN_MS = 1000
};

static int64_t now_ns(void) {
    return clocks_mono().ns;
}

static struct addr address_of(const struct sockaddr *from, socklen_t length) {
    union sockaddr_any any;
    struct addr addr = {.family = ADDR_NONE};
    memset(&any, 0, sizeof any);
    memcpy(&any, from, length < sizeof any ? length : sizeof any);
    (void)sockaddr_to(&any, length, &addr);
    return addr;
}

/* libmicrohttpd asks before it takes a connection. */
static enum MHD_Result admit(void *context, const struct sockaddr *from, socklen_t length) {
    struct witness_http *http = context;
    struct addr peer = address_of(from, length);
    unsigned same = 0, used = 0;
    for (size_t i = 0; i < LIMIT_WITNESS_CONNECTIONS; i++) {
        if (!http->slots[i].used) continue;
        used++;
        if (addr_same_site(&http->slots[i].peer, &peer)) same++;
    }
    if (same < LIMIT_WITNESS_SITE_CONNECTIONS && used < LIMIT_WITNESS_CONNECTIONS) return MHD_YES;
    http->counts.site_full++;
    return MHD_NO;
}

static void take_slot(struct witness_http *http, struct MHD_Connection *connection, void **out) {
    const union MHD_ConnectionInfo *fd =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    const union MHD_ConnectionInfo *from =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    for (size_t i = 0; i < LIMIT_WITNESS_CONNECTIONS; i++) {
        struct witness_http_slot *slot = &http->slots[i];
        if (slot->used) continue;
        socklen_t length = sizeof(struct sockaddr_in6);
        slot->used = true;
        slot->fd = fd ? fd->connect_fd : -1;
        slot->since_ns = now_ns();
        slot->length = 0;
        slot->too_long = false;
        if (from && from->client_addr->sa_family == AF_INET) length = sizeof(struct sockaddr_in);
        slot->peer =
            from ? address_of(from->client_addr, length) : (struct addr){.family = ADDR_NONE};
        *out = slot;
        http->counts.connections++;
        return;
    }
}

static void notify_connection(void *context, struct MHD_Connection *connection, void **out,
                              enum MHD_ConnectionNotificationCode code) {
    struct witness_http_slot *slot = *out;
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        take_slot(context, connection, out);
    else if (slot)
        slot->used = false;
}

static void notify_completed(void *context, struct MHD_Connection *connection, void **request,
                             enum MHD_RequestTerminationCode code) {
    (void)context;
    (void)connection;
    (void)code;
    struct witness_http_slot *slot = *request;
    if (!slot) return;
    slot->since_ns = now_ns();
    slot->length = 0;
    slot->too_long = false;
    *request = NULL;
}

static enum MHD_Result send_reply(struct MHD_Connection *connection,
                                  struct witness_http_reply *reply) {
    struct MHD_Response *response =
        MHD_create_response_from_buffer(reply->length, reply->text, MHD_RESPMEM_MUST_COPY);
    if (!response) return MHD_NO;
    enum MHD_Result result = MHD_add_response_header(response, "Content-Type", reply->type);
    if (reply->status == MHD_HTTP_METHOD_NOT_ALLOWED)
        (void)MHD_add_response_header(response, "Allow", "GET, HEAD, POST");
    if (result == MHD_YES) result = MHD_queue_response(connection, reply->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result refuse(struct witness_http *http, struct MHD_Connection *connection,
                              unsigned status, const char *text) {
    struct witness_http_reply *reply = &http->reply;
    reply->status = status;
    reply->type = "text/plain; charset=utf-8";
    reply->length = (size_t)snprintf(reply->text, sizeof reply->text, "%s\n", text);
    return send_reply(connection, reply);
}

static enum MHD_Result refuse_length(struct witness_http *http, struct MHD_Connection *connection) {
    http->counts.too_long++;
    return refuse(http, connection, MHD_HTTP_CONTENT_TOO_LARGE, "the request is too long");
}

static bool announces_too_much(struct MHD_Connection *connection) {
    const char *text = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");
    return text && strtoull(text, NULL, 10) > WITNESS_REQUEST_BYTES;
}

/* A piece of a body. What is too long is read for a while, so that the client hears why. */
static enum MHD_Result take_piece(struct witness_http *http, struct witness_http_slot *slot,
                                  const char *piece, size_t *length) {
    size_t left = sizeof slot->body - (slot->too_long ? 0 : slot->length);
    if (slot->too_long || *length > left) {
        slot->too_long = true;
        slot->length += *length;
        if (slot->length > DRAINED_BYTES) {
            http->counts.too_long++;
            return MHD_NO;
        }
    } else {
        memcpy(slot->body + slot->length, piece, *length);
        slot->length += *length;
    }
    *length = 0;
    return MHD_YES;
}

static enum MHD_Result answer(struct witness_http *http, struct MHD_Connection *connection,
                              const struct witness_http_slot *slot, bool post, const char *path) {
    if (slot->too_long) return refuse_length(http, connection);
    struct witness_http_request request = {post, path, slot->body, slot->length, &slot->peer};
    http->reply.length = 0;
    http->reply.type = "text/plain; charset=utf-8";
    http->setup.answer(http->setup.context, &request, &http->reply);
    return send_reply(connection, &http->reply);
}

/* Called with the head of a request, with each piece of its body, and at its end. */
static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *piece,
                              size_t *length, void **request) {
    struct witness_http *http = context;
    (void)version;
    bool post = strcmp(method, MHD_HTTP_METHOD_POST) == 0;
    bool get =
        strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct witness_http_slot *slot = info ? info->socket_context : NULL;
    if (!slot) return MHD_NO;
    if (!*request) {
        *request = slot;
        if (!post && !get) {
            http->counts.other_method++;
            return refuse(http, connection, MHD_HTTP_METHOD_NOT_ALLOWED, "POST or GET");
        }
        return announces_too_much(connection) ? refuse_length(http, connection) : MHD_YES;
    }
    if (*length > 0) return take_piece(http, slot, piece, length);
    return answer(http, connection, slot, post, path);
}

/* Ends connections whose time is over; libmicrohttpd sees them closed and tidies up. */
static void sweep(struct witness_http *http) {
    int64_t oldest = now_ns() - (int64_t)http->setup.patience_s * NS_PER_S;
    for (size_t i = 0; i < LIMIT_WITNESS_CONNECTIONS; i++) {
        struct witness_http_slot *slot = &http->slots[i];
        if (!slot->used || slot->fd < 0 || slot->since_ns > oldest) continue;
        shutdown(slot->fd, SHUT_RDWR);
        slot->fd = -1;
        http->counts.slow++;
    }
}

bool witness_http_start(struct witness_http *http, const struct witness_http_setup *setup,
                        const char **why) {
    const struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, setup->certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, setup->key},
        {MHD_OPTION_END, 0, NULL},
    };
    const struct MHD_OptionItem *extra = setup->certificate ? tls : &tls[2];
    unsigned flags = MHD_USE_EPOLL | (setup->certificate ? MHD_USE_TLS : 0);
    http->setup = *setup;
    http->daemon = MHD_start_daemon(
        flags, 0, admit, http, handle, http, MHD_OPTION_LISTEN_SOCKET, setup->listener,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)LIMIT_WITNESS_CONNECTIONS,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY_BYTES,
        MHD_OPTION_CONNECTION_TIMEOUT, setup->patience_s, MHD_OPTION_NOTIFY_CONNECTION,
        notify_connection, http, MHD_OPTION_NOTIFY_COMPLETED, notify_completed, http,
        MHD_OPTION_ARRAY, extra, MHD_OPTION_END);
    const union MHD_DaemonInfo *info =
        http->daemon ? MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
    *why = setup->certificate ? "the HTTP server does not start: do certificate and key fit?"
                              : "the HTTP server does not start";
    if (!info) return false;
    http->wait_fd = info->epoll_fd;
    return true;
}

void witness_http_turn(struct witness_http *http, const sigset_t *open) {
    struct pollfd wait = {.fd = http->wait_fd, .events = POLLIN};
    MHD_UNSIGNED_LONG_LONG ms;
    if (MHD_get_timeout(http->daemon, &ms) != MHD_YES || ms > TURN_MS) ms = TURN_MS;
    struct timespec patience = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};
    if (ppoll(&wait, 1, &patience, open) < 0 && errno != EINTR) return;
    (void)MHD_run(http->daemon);
    sweep(http);
}

void witness_http_stop(struct witness_http *http) {
    if (http->daemon) MHD_stop_daemon(http->daemon);
    http->daemon = NULL;
}

/* "127.0.0.1:80", "[::1]:80" */
static enum err parse_address(const char *text, struct addr *out) {
    char host[ADDR_TEXT_BYTES];
    const char *colon = strrchr(text, ':');
    if (!colon || colon[1] < '0' || colon[1] > '9') return ERR_SYNTAX;
    char *end;
    unsigned long port = strtoul(colon + 1, &end, 10);
    size_t length = (size_t)(colon - text);
    if (*end || port > UINT16_MAX) return ERR_RANGE;
    if (length >= 2 && text[0] == '[' && colon[-1] == ']') {
        text++;
        length -= 2;
    } else if (memchr(text, ':', length)) {
        return ERR_SYNTAX;
    }
    if (length >= sizeof host) return ERR_TOO_LONG;
    memcpy(host, text, length);
    host[length] = '\0';
    return addr_parse(host, (uint16_t)port, out);
}

/* 0, or errno. */
static int open_listener(const struct addr *addr, int *out, struct addr *bound) {
    union sockaddr_any any;
    socklen_t length = sockaddr_from(addr, &any);
    int on = 1, fd = socket(sockaddr_family(addr), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return errno;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(fd, &any.any, length) != 0 || listen(fd, BACKLOG) != 0 ||
        getsockname(fd, &any.any, &length) != 0) {
        int error = errno;
        close(fd);
        return error;
    }
    *bound = *addr;
    (void)sockaddr_to(&any, length, bound);
    *out = fd;
    return 0;
}

int witness_http_listen(const char *text, struct addr *bound, char *why, size_t why_room) {
    struct addr addr;
    int fd = -1;
    enum err err = parse_address(text, &addr);
    if (err != ERR_OK) {
        snprintf(why, why_room, "--listen %s: want ADDRESS:PORT or [ADDRESS]:PORT, numeric", text);
        return -1;
    }
    int error = open_listener(&addr, &fd, bound);
    if (error != 0)
        snprintf(why, why_room, "cannot listen on %s: %s", text, strerrordesc_np(error));
    return error == 0 ? fd : -1;
}
