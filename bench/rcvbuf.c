/* Preloaded into a server that keeps the kernel's default receive buffer (chronyd), so that both
 * servers of a comparison have the same: RCVBUF bytes on every UDP socket that is bound. The
 * default is a setting of the whole machine, which a benchmark has no business to change. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int bind(int socket, const struct sockaddr *address, socklen_t length) {
    const char *text = getenv("RCVBUF");
    int type = 0, bytes = text == NULL ? 0 : atoi(text);
    socklen_t type_bytes = sizeof type;
    if (bytes > 0 && getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &type_bytes) == 0 &&
        type == SOCK_DGRAM)
        (void)setsockopt(socket, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes);
    return (int)syscall(SYS_bind, socket, address, length);
}
