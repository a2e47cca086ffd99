/* Preloaded into a peer that has no option to leave the clock alone (OpenNTPD): whatever it asks
 * of the clock succeeds and does nothing, so that it counts itself as synchronised and serves.
 * The tests also take CAP_SYS_TIME away; this only keeps the peer from noticing.
 *
 * HURRY=n makes the peer's own waiting n times shorter (CLOCK_MONOTONIC and poll only; the time
 * it measures and serves is untouched): it waits for minutes until it trusts its upstream. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

int adjtime(const struct timeval *delta, struct timeval *left) {
    (void)delta;
    if (left != NULL) memset(left, 0, sizeof *left);
    return 0;
}

int settimeofday(const struct timeval *time, const struct timezone *zone) {
    (void)time;
    (void)zone;
    return 0;
}

int clock_settime(clockid_t clock, const struct timespec *time) {
    (void)clock;
    (void)time;
    return 0;
}

/* Reading stays what it is. */
int clock_adjtime(clockid_t clock, struct timex *timex) {
    timex->modes = 0;
    return (int)syscall(SYS_clock_adjtime, clock, timex);
}

int adjtimex(struct timex *timex) {
    return clock_adjtime(CLOCK_REALTIME, timex);
}

int ntp_adjtime(struct timex *timex) {
    return clock_adjtime(CLOCK_REALTIME, timex);
}

static int hurry(void) {
    const char *text = getenv("HURRY");
    return text == NULL ? 1 : atoi(text);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    if (result != 0 || clock != CLOCK_MONOTONIC) return result;
    int64_t ns = (time->tv_sec * INT64_C(1000000000) + time->tv_nsec) * hurry();
    time->tv_sec = ns / 1000000000;
    time->tv_nsec = ns % 1000000000;
    return 0;
}

int poll(struct pollfd *fds, nfds_t count, int timeout_ms) {
    int wait_ms = timeout_ms <= 0 ? timeout_ms : timeout_ms / hurry() + 1;
    return (int)syscall(SYS_poll, fds, count, wait_ms);
}
