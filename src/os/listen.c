/* Opening what others come to. Invariant: nothing but a socket is ever removed from a path. */
#include "os/listen.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "os/log.h"
#include "os/sockaddr.h"
#include "os/stamp.h"

/* The default of 208 KiB holds under 300 requests: a stall of milliseconds would lose some. */
enum { RECEIVE_BYTES = 4 << 20, STATUS_BACKLOG = 64, STREAM_BACKLOG = 128 };

static void set_receive_room(int fd) {
    int size = RECEIVE_BYTES, got = 0;
    socklen_t length = sizeof got;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    /* The kernel reports twice what was asked for. */
    if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &got, &length) == 0 && got < size)
        log_line(LOG_LEVEL_DEBUG, "receive buffer: %d of %d bytes (net.core.rmem_max)", got, size);
}

static bool is_any(const struct addr *at) {
    static const uint8_t zero[sizeof at->bytes];
    return memcmp(at->bytes, zero, sizeof zero) == 0;
}

/* What is opened on a port: datagrams or connections, alone or with other jobs. */
struct service {
    int type; /* SOCK_DGRAM, SOCK_STREAM */
    uint16_t port;
    bool shared;
};

static bool set_options(int fd, const struct service *service, const struct addr *at) {
    int on = 1, family = sockaddr_family(at);
    if (family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0)
        return false;
    if (service->type == SOCK_STREAM)
        return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0;
    if (service->shared && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0)
        return false;
    if (!stamp_enable(fd, false))
        log_line(LOG_LEVEL_WARNING, "the kernel does not stamp received packets");
    set_receive_room(fd);
    /* A socket of one address answers from that address anyway. */
    return !is_any(at) || stamp_enable_local(fd, family);
}

static const char *advice(int error, uint16_t port) {
    if (error == EADDRINUSE)
        return "; another service uses the port: stop it, or choose another port";
    if (error == EACCES && port < 1024)
        return "; ports below 1024 need root or CAP_NET_BIND_SERVICE: start as root, or choose "
               "another port";
    if (error == EADDRNOTAVAIL) return "; no interface has this address: see `bindaddress`";
    return "";
}

/* 0, or the errno of the call that failed. */
static int open_one(const struct service *service, const struct addr *at, int *out) {
    union sockaddr_any address;
    socklen_t length = sockaddr_from(at, &address);
    bool stream = service->type == SOCK_STREAM;
    int fd = socket(sockaddr_family(at), service->type | (stream ? SOCK_NONBLOCK : 0), 0);
    if (fd < 0) return errno;
    if (!set_options(fd, service, at) || bind(fd, &address.any, length) != 0 ||
        (stream && listen(fd, STREAM_BACKLOG) != 0)) {
        int error = errno;
        close(fd);
        return error;
    }
    *out = fd;
    return 0;
}

void listen_close(struct listen_sockets *sockets) {
    for (size_t i = 0; i < sockets->count; i++) close(sockets->fd[i]);
    sockets->count = 0;
}

/* A machine without IPv6 (or without IPv4) is no reason not to serve the other. */
static bool family_missing(int error) {
    return error == EAFNOSUPPORT || error == EINVAL || error == EPROTONOSUPPORT;
}

/* either: an address of each family, of which the machine may lack one. */
static bool open_these(const struct addr *addresses, size_t count, bool either,
                       const struct service *service, struct listen_sockets *out,
                       char why[LISTEN_WHY_BYTES]) {
    struct listen_sockets sockets = {.count = 0};
    for (size_t i = 0; i < count; i++) {
        struct addr at = addresses[i];
        char text[ADDR_TEXT_BYTES];
        at.port = service->port;
        int error = open_one(service, &at, &sockets.fd[sockets.count]);
        if (error == 0) {
            sockets.count++;
            continue;
        }
        bool missing = family_missing(error) || (error == EADDRNOTAVAIL && !is_any(&at));
        if (either && missing && (i == 0 || sockets.count > 0)) continue;
        snprintf(why, LISTEN_WHY_BYTES, "cannot serve on %s %s: %s%s",
                 service->type == SOCK_STREAM ? "TCP" : "UDP", addr_text_port(&at, text),
                 strerror(error), advice(error, at.port));
        listen_close(&sockets);
        return false;
    }
    *out = sockets;
    return true;
}

static bool open_all(const struct config *config, const struct service *service,
                     struct listen_sockets *out, char why[LISTEN_WHY_BYTES]) {
    const struct addr any[] = {{.family = ADDR_IPV4}, {.family = ADDR_IPV6}};
    if (config->bind_count == 0) return open_these(any, 2, true, service, out, why);
    return open_these(config->bind, config->bind_count, false, service, out, why);
}

bool listen_loopback(uint16_t port, struct listen_sockets *out, char why[LISTEN_WHY_BYTES]) {
    const struct addr loopback[] = {{.family = ADDR_IPV4, .bytes = {127, 0, 0, 1}},
                                    {.family = ADDR_IPV6, .bytes = {[15] = 1}}};
    const struct service service = {SOCK_STREAM, port, false};
    return open_these(loopback, 2, true, &service, out, why);
}

bool listen_ntp(const struct config *config, struct listen_sockets *out,
                char why[LISTEN_WHY_BYTES]) {
    struct service ntp = {SOCK_DGRAM, config->port, config->server_jobs > 1};
    return open_all(config, &ntp, out, why);
}

bool listen_udp(const struct config *config, uint16_t port, struct listen_sockets *out,
                char why[LISTEN_WHY_BYTES]) {
    struct service udp = {SOCK_DGRAM, port, false};
    return open_all(config, &udp, out, why);
}

bool listen_tcp(const struct config *config, uint16_t port, struct listen_sockets *out,
                char why[LISTEN_WHY_BYTES]) {
    struct service tcp = {SOCK_STREAM, port, false};
    return open_all(config, &tcp, out, why);
}

/* Whether somebody answers on a socket that is there already. */
static bool is_alive(const struct sockaddr_un *address) {
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return false;
    bool alive =
        connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 || errno == EAGAIN;
    close(fd);
    return alive;
}

/* True if path is free now. */
static bool clear_path(const char *path, const struct sockaddr_un *address,
                       char why[LISTEN_WHY_BYTES]) {
    struct stat about;
    if (lstat(path, &about) != 0) return true;
    if (!S_ISSOCK(about.st_mode)) {
        snprintf(why, LISTEN_WHY_BYTES, "%s is there and is not a socket", path);
        return false;
    }
    if (is_alive(address)) {
        snprintf(why, LISTEN_WHY_BYTES, "another etalond answers on %s", path);
        return false;
    }
    if (unlink(path) == 0) return true;
    snprintf(why, LISTEN_WHY_BYTES, "cannot replace %s: %s", path, strerror(errno));
    return false;
}

/* /run is empty after a boot: the last directory of the path is made if it is missing. */
static void make_directory(const char *path) {
    char directory[LIMIT_PATH_BYTES];
    snprintf(directory, sizeof directory, "%s", path);
    char *slash = strrchr(directory, '/');
    if (!slash || slash == directory) return;
    *slash = '\0';
    (void)mkdir(directory, 0755);
}

int listen_status(const char *path, char why[LISTEN_WHY_BYTES]) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        snprintf(why, LISTEN_WHY_BYTES, "%s is longer than the %zu bytes of a socket's name", path,
                 sizeof address.sun_path - 1);
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    make_directory(path);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && !clear_path(path, &address, why)) {
        close(fd);
        return -1;
    }
    mode_t mask = umask(0117);
    bool bound = fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
                 listen(fd, STATUS_BACKLOG) == 0;
    int error = errno;
    umask(mask);
    if (bound) return fd;
    snprintf(why, LISTEN_WHY_BYTES, "cannot listen on %s: %s", path, strerror(error));
    if (fd >= 0) close(fd);
    return -1;
}

void listen_give(const char *path, const char *user) {
    const struct passwd *entry = user[0] != '\0' ? getpwnam(user) : NULL;
    if (!entry || geteuid() != 0) return;
    if (lchown(path, entry->pw_uid, entry->pw_gid) != 0)
        log_line(LOG_LEVEL_WARNING, "%s cannot be given to %s: %s", path, user, strerror(errno));
}
