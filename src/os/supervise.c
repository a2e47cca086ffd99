/* The parent's work after the start. Invariant: a job that is not running has a restart_at. */
#include "os/supervise.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "crypto/wipe.h"
#include "jobs/record.h"
#include "os/clocks.h"
#include "os/log.h"
#include "os/process.h"
#include "os/watch.h"

static const int64_t delay_first_ns = NS_PER_S / 10;
static const int64_t delay_max_ns = 30 * NS_PER_S;
static const int64_t healthy_ns = 60 * NS_PER_S; /* lived so long: the failures are forgotten */
static const int64_t tick_ns = 60 * NS_PER_S;
static const int64_t settle_ns = NS_PER_S; /* files that belong together are replaced in turn */
static const int64_t patience_ns = 2 * NS_PER_S; /* for a job to end */

void supervise_init(struct supervise *supervise) {
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGCHLD);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGINT);
    sigaddset(&mask, SIGHUP);
    CHECK(sigprocmask(SIG_BLOCK, &mask, NULL) == 0);
    supervise->signals = signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC);
    CHECK(supervise->signals >= 0);
    supervise->count = 0;
    supervise->all_ready = supervise->stop = false;
}

void supervise_add(struct supervise *supervise, enum job_id job, uint8_t instance) {
    CHECK(supervise->count < SUPERVISE_JOBS);
    supervise->jobs[supervise->count++] =
        (struct supervised){.job = job, .instance = instance, .ready_fd = -1};
}

/* A process began, is ready, or ended: that is evidence. */
static void record_as(struct supervise *supervise, const struct supervised *s,
                      enum record_fate fate, int code) {
    struct record record = {.kind = RECORD_PROCESS};
    struct message message;
    record.process.fate = (uint8_t)fate;
    record.process.code = (uint8_t)code;
    record.process.process = (struct message_process){
        .job = (uint8_t)s->job, .instance = s->instance, .pid = s->pid, .restarts = s->restarts};
    if (s->ready) memcpy(record.process.process.sandbox, s->sandbox, SANDBOX_TEXT_BYTES);
    record_build(&record, JOB_PARENT, &message);
    (void)mailbox_post(supervise->boxes, JOB_RECORDER, &message);
}

static void record(struct supervise *supervise, const struct supervised *s) {
    record_as(supervise, s, RECORD_FATE_RUNS, 0);
}

static void record_end(struct supervise *supervise, const struct supervised *s, int status) {
    if (WIFSIGNALED(status))
        record_as(supervise, s, RECORD_FATE_KILLED, WTERMSIG(status));
    else
        record_as(supervise, s, RECORD_FATE_EXITED, WEXITSTATUS(status));
}

/* Tells the status job of every process, itself included. */
static void report(struct supervise *supervise) {
    struct message message = {.kind = MESSAGE_PROCESS};
    message.process = (struct message_process){.job = JOB_PARENT, .pid = getpid()};
    snprintf(message.process.sandbox, SANDBOX_TEXT_BYTES, "%s", supervise->sandbox);
    mailbox_post(supervise->boxes, JOB_STATUS, &message);
    for (size_t i = 0; i < supervise->count; i++) {
        const struct supervised *s = &supervise->jobs[i];
        message.process = (struct message_process){.job = (uint8_t)s->job,
                                                   .instance = s->instance,
                                                   .pid = s->pid,
                                                   .restarts = s->restarts};
        memcpy(message.process.sandbox, s->sandbox, SANDBOX_TEXT_BYTES);
        mailbox_post(supervise->boxes, JOB_STATUS, &message);
    }
}

static void plan_restart(struct supervised *s, struct mono now) {
    if (mono_diff(now, s->started) > healthy_ns) s->failures = 0;
    int64_t delay = delay_first_ns << (s->failures < 9 ? s->failures : 9);
    if (delay > delay_max_ns) delay = delay_max_ns;
    if (s->expected) delay = 0;
    if (!s->expected) s->failures++;
    s->expected = false;
    s->restarts++;
    s->restart_at = mono_add(now, delay);
}

static void start(struct supervise *supervise, struct supervised *s) {
    int report_pair[2] = {-1, -1};
    s->started = clocks_mono();
    pid_t pid = -1;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, report_pair) == 0)
        pid = process_fork(message_job_name(s->job));
    if (pid == 0) {
        supervise->run(supervise->context, s->job, s->instance, report_pair[1]);
        _exit(1);
    }
    if (report_pair[1] >= 0) close(report_pair[1]);
    if (pid < 0) {
        log_line(LOG_LEVEL_ERROR, "the %s cannot be started: %s", message_job_name(s->job),
                 strerror(errno));
        if (report_pair[0] >= 0) close(report_pair[0]);
        plan_restart(s, s->started);
        return;
    }
    s->pid = pid;
    s->ready_fd = report_pair[0];
    s->ready = false;
    record(supervise, s);
}

static void start_due(struct supervise *supervise, struct mono now) {
    bool any = false;
    for (size_t i = 0; i < supervise->count; i++) {
        struct supervised *s = &supervise->jobs[i];
        if (s->pid != 0 || mono_before(now, s->restart_at)) continue;
        start(supervise, s);
        any = true;
    }
    if (any) report(supervise);
}

static void check_all_ready(struct supervise *supervise) {
    if (supervise->all_ready) return;
    for (size_t i = 0; i < supervise->count; i++)
        if (!supervise->jobs[i].ready) return;
    supervise->all_ready = true;
    supervise->ready(supervise->context);
}

/* A job's word that it is ready, or the end of its connection. */
static void take_report(struct supervise *supervise, struct supervised *s) {
    char text[SANDBOX_TEXT_BYTES];
    ssize_t length = recv(s->ready_fd, text, sizeof text - 1, MSG_DONTWAIT);
    close(s->ready_fd);
    s->ready_fd = -1;
    if (length <= 0) return;
    text[length] = '\0';
    memcpy(s->sandbox, text, (size_t)length + 1);
    s->ready = true;
    record(supervise, s);
    /* A new recorder does not know yet which process is which. */
    for (size_t i = 0; s->job == JOB_RECORDER && i < supervise->count; i++)
        if (supervise->jobs[i].pid != 0 && &supervise->jobs[i] != s)
            record(supervise, &supervise->jobs[i]);
    report(supervise);
    check_all_ready(supervise);
}

static struct supervised *find(struct supervise *supervise, pid_t pid) {
    for (size_t i = 0; i < supervise->count; i++)
        if (supervise->jobs[i].pid == pid) return &supervise->jobs[i];
    return NULL;
}

static void reap(struct supervise *supervise) {
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        struct supervised *s = find(supervise, pid);
        char fate[96];
        if (!s) continue;
        s->ready = false;
        record_end(supervise, s, status);
        s->pid = 0;
        if (s->ready_fd >= 0) close(s->ready_fd);
        s->ready_fd = -1;
        if (supervise->stop) continue;
        bool expected = s->expected;
        struct mono now = clocks_mono();
        plan_restart(s, now);
        if (!expected)
            log_line(LOG_LEVEL_ERROR, "the %s (pid %d) %s; starting it again in %.1f s",
                     message_job_name(s->job), (int)pid, process_fate(status, fate, sizeof fate),
                     mono_seconds(s->restart_at, now));
        report(supervise);
    }
}

void supervise_restart(struct supervise *supervise, enum job_id job) {
    for (size_t i = 0; i < supervise->count; i++) {
        struct supervised *s = &supervise->jobs[i];
        if (s->job != job || s->pid == 0) continue;
        s->expected = true;
        kill(s->pid, SIGTERM);
    }
}

/* What an operator asks for by a signal. */
static void record_request(struct supervise *supervise, const struct signalfd_siginfo *info) {
    struct record record = {.kind = RECORD_REQUEST,
                            .request = {.uid = info->ssi_uid, .pid = (int32_t)info->ssi_pid}};
    struct message message;
    if (info->ssi_signo == SIGCHLD) return;
    snprintf(record.request.text, sizeof record.request.text, "signal %s",
             sigabbrev_np((int)info->ssi_signo));
    record_build(&record, JOB_PARENT, &message);
    (void)mailbox_post(supervise->boxes, JOB_RECORDER, &message);
}

static void take_signals(struct supervise *supervise) {
    struct signalfd_siginfo info;
    while (read(supervise->signals, &info, sizeof info) == sizeof info) {
        record_request(supervise, &info);
        if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT) supervise->stop = true;
        if (info.ssi_signo == SIGHUP) supervise->tick(supervise->context);
    }
    reap(supervise);
}

/* False: that was all. */
static bool take_messages(struct supervise *supervise) {
    enum { AT_ONCE = 64 };
    struct message message;
    for (int i = 0; i < AT_ONCE; i++) {
        enum err err = mailbox_take(supervise->boxes, JOB_PARENT, &message);
        if (err == ERR_STALE) return false;
        if (err != ERR_OK) continue;
        supervise->message(supervise->context, &message);
        /* Every job forked from now on would inherit it on the stack. */
        if (message_is_secret(message.kind)) wipe(&message, sizeof message);
    }
    return true;
}

static int wait_ms(const struct supervise *supervise, struct mono until) {
    for (size_t i = 0; i < supervise->count; i++)
        if (supervise->jobs[i].pid == 0 && !supervise->stop)
            until = mono_min(until, supervise->jobs[i].restart_at);
    int64_t ms = mono_diff(until, clocks_mono()) / 1000000 + 1;
    return ms < 0 ? 0 : ms > 60000 ? 60000 : (int)ms;
}

static void files_changed(struct supervise *supervise) {
    watch_drain(supervise->watch);
    struct mono soon = mono_add(clocks_mono(), settle_ns);
    supervise->next_tick = mono_min(supervise->next_tick, soon);
}

/* Waits once, at most until then, and handles what came. */
static void watch(struct supervise *supervise, struct mono until) {
    enum { FIXED = 4 };
    struct pollfd fds[FIXED + SUPERVISE_JOBS] = {
        {.fd = supervise->signals, .events = POLLIN},
        {.fd = supervise->boxes->of[JOB_PARENT].read_end, .events = POLLIN},
        {.fd = supervise->background->lines, .events = POLLIN},
        {.fd = supervise->watch, .events = POLLIN}};
    for (size_t i = 0; i < supervise->count; i++)
        fds[FIXED + i] = (struct pollfd){.fd = supervise->jobs[i].ready_fd, .events = POLLIN};
    if (poll(fds, FIXED + supervise->count, wait_ms(supervise, until)) <= 0) return;
    for (size_t i = 0; i < supervise->count; i++)
        if (fds[FIXED + i].revents && supervise->jobs[i].ready_fd == fds[FIXED + i].fd)
            take_report(supervise, &supervise->jobs[i]);
    if (fds[1].revents) (void)take_messages(supervise);
    if (fds[2].revents) background_forward(supervise->background);
    if (fds[3].revents) files_changed(supervise);
    if (fds[0].revents) take_signals(supervise);
}

/* In what order jobs end: first those that hear the network; the keeper after them, so that its
 * last message arrives; and the recorder last of all. */
static int turn_of(enum job_id job) {
    return job == JOB_RECORDER ? 2 : job == JOB_KEEPER ? 1 : 0;
}

static bool ended(const struct supervise *supervise, int turn) {
    for (size_t i = 0; i < supervise->count; i++)
        if (supervise->jobs[i].pid != 0 && turn_of(supervise->jobs[i].job) == turn) return false;
    return true;
}

static void end_jobs(struct supervise *supervise, int turn) {
    static const int signals[] = {SIGTERM, SIGKILL};
    for (size_t k = 0; k < 2 && !ended(supervise, turn); k++) {
        for (size_t i = 0; i < supervise->count; i++) {
            const struct supervised *s = &supervise->jobs[i];
            if (s->pid != 0 && turn_of(s->job) == turn) kill(s->pid, signals[k]);
        }
        struct mono until = mono_add(clocks_mono(), patience_ns);
        while (!ended(supervise, turn) && mono_before(clocks_mono(), until))
            watch(supervise, until);
    }
}

void supervise_run(struct supervise *supervise) {
    supervise->next_tick = mono_add(clocks_mono(), tick_ns);
    while (!supervise->stop) {
        struct mono now = clocks_mono();
        start_due(supervise, now);
        if (!mono_before(now, supervise->next_tick)) {
            supervise->next_tick = mono_add(now, tick_ns);
            supervise->tick(supervise->context);
            report(supervise);
        }
        watch(supervise, supervise->next_tick);
    }
    for (int turn = 0; turn <= 2; turn++) end_jobs(supervise, turn);
    /* Last words, such as the cookies that the source leaves; nobody is there to add any. */
    while (take_messages(supervise)) {
    }
}
