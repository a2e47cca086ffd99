/* Being told to stop. Invariant: a signal that comes before the wait ends the wait. */
#include "main/witness_stop.h"

#include <poll.h>
#include <signal.h>
#include <time.h>

#include "base/times.h"

static volatile sig_atomic_t told;
static sigset_t while_waiting;

static void on_stop(int number) {
    (void)number;
    told = 1;
}

void witness_stop_prepare(void) {
    struct sigaction stop = {.sa_handler = on_stop}, ignore = {.sa_handler = SIG_IGN};
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGINT);
    sigprocmask(SIG_BLOCK, &blocked, &while_waiting);
    sigdelset(&while_waiting, SIGTERM);
    sigdelset(&while_waiting, SIGINT);
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
}

bool witness_stop_told(void) {
    const struct timespec now = {0};
    /* Lets a signal in that is waiting. */
    (void)ppoll(NULL, 0, &now, &while_waiting);
    return told != 0;
}

void witness_stop_wait(double seconds) {
    int64_t ns = ns_from_s(seconds);
    const struct timespec time = {(time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S)};
    (void)ppoll(NULL, 0, &time, &while_waiting);
}

const sigset_t *witness_stop_mask(void) {
    return &while_waiting;
}
