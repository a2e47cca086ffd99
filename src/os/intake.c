/* Taking connections. Invariant: shut only after accept() failed for want of something. */
#include "os/intake.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "os/log.h"
#include "os/sockaddr.h"

static const int64_t pause_ns = NS_PER_S;

static bool is_want(int error) {
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static void shut(struct intake *intake, const char *what, struct mono now, int error) {
    intake->shut = true;
    intake->until = mono_add(now, pause_ns);
    if (intake->told) return;
    intake->told = true;
    log_line(LOG_LEVEL_WARNING, "%s: no connection can be taken now: %s; waiting for one to end",
             what, strerrordesc_np(error));
}

int intake_accept(struct intake *intake, const char *what, int listener, struct mono now,
                  struct addr *peer) {
    union sockaddr_any any;
    socklen_t length = sizeof any;
    int fd = accept4(listener, &any.any, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        if (is_want(errno)) shut(intake, what, now, errno);
        return -1;
    }
    if (!sockaddr_to(&any, length, peer)) *peer = (struct addr){.family = ADDR_NONE};
    return fd;
}

void intake_open(struct intake *intake) {
    intake->shut = false;
}

void intake_expire(struct intake *intake, struct mono now) {
    if (!mono_before(now, intake->until)) intake->shut = false;
}
