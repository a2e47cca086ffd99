/* Making a process for a job. */
#include "os/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/log.h"

static void reset_signals(void) {
    sigset_t none;
    sigemptyset(&none);
    signal(SIGTERM, SIG_DFL);
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

pid_t process_fork(const char *name) {
    pid_t parent = getpid(), pid = fork();
    if (pid != 0) return pid;
    char title[16];
    snprintf(title, sizeof title, "etalond:%s", name);
    (void)prctl(PR_SET_NAME, title, 0, 0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != parent) _exit(1); /* it died before the line above */
    reset_signals();
    log_name(name);
    return 0;
}

static int by_value(const void *a, const void *b) {
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

void process_keep_only(int *keep, size_t count) {
    unsigned next = STDERR_FILENO + 1;
    qsort(keep, count, sizeof *keep, by_value);
    for (size_t i = 0; i < count; i++) {
        if (keep[i] < (int)next) continue;
        if (keep[i] > (int)next) (void)close_range(next, (unsigned)keep[i] - 1, 0);
        next = (unsigned)keep[i] + 1;
    }
    (void)close_range(next, ~0u, 0);
}

size_t process_descriptors(size_t wanted) {
    struct rlimit now;
    if (getrlimit(RLIMIT_NOFILE, &now) != 0) return wanted;
    if (now.rlim_cur >= wanted) return wanted;
    now.rlim_cur = now.rlim_max < wanted ? now.rlim_max : wanted;
    (void)setrlimit(RLIMIT_NOFILE, &now);
    return now.rlim_cur;
}

static volatile sig_atomic_t told_to_stop;

static void on_stop(int number) {
    (void)number;
    told_to_stop = 1;
}

const volatile sig_atomic_t *process_stop_on(const int *signals, size_t count) {
    const struct sigaction action = {.sa_handler = on_stop};
    for (size_t i = 0; i < count; i++) sigaction(signals[i], &action, NULL);
    return &told_to_stop;
}

void process_report(int ready_fd, const char *text) {
    (void)send(ready_fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
    close(ready_fd);
}

const char *process_fate(int status, char *out, size_t room) {
    int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (number == SIGSYS)
        snprintf(out, room, "was killed: it made a system call that its sandbox does not allow");
    else if (number != 0)
        snprintf(out, room, "was killed by signal %d (%s)", number, sigdescr_np(number));
    else
        snprintf(out, room, "ended with exit code %d", WEXITSTATUS(status));
    return out;
}
