/* Preloaded before clknetsim for ntpsec's ntpd, which needs two things that the simulator has not:
 * pselect(), and SO_TIMESTAMPNS control messages. Simulated time stands still between waits, so
 * that a clock reading after recvmsg() is the moment of reception. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

int pselect(int count, fd_set *reading, fd_set *writing, fd_set *failing,
            const struct timespec *timeout, const sigset_t *mask) {
    (void)mask; /* no signal matters while a simulation runs */
    if (timeout == NULL) return select(count, reading, writing, failing, NULL);
    struct timeval coarse = {timeout->tv_sec, timeout->tv_nsec / 1000};
    return select(count, reading, writing, failing, &coarse);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags) {
    static ssize_t (*inner)(int, struct msghdr *, int);
    if (inner == NULL) *(void **)&inner = dlsym(RTLD_NEXT, "recvmsg");
    struct cmsghdr *control = message->msg_control;
    struct timespec now;
    size_t room = message->msg_controllen;
    ssize_t got = inner(fd, message, flags);
    if (got <= 0 || control == NULL || room < CMSG_SPACE(sizeof now)) return got;
    clock_gettime(CLOCK_REALTIME, &now);
    *control = (struct cmsghdr){CMSG_LEN(sizeof now), SOL_SOCKET, SO_TIMESTAMPNS};
    memcpy(CMSG_DATA(control), &now, sizeof now);
    message->msg_control = control;
    message->msg_controllen = CMSG_SPACE(sizeof now);
    return got;
}
