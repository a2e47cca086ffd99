/* The parent's work after the start: it watches over its jobs, restarts those that died, takes the
 * few messages meant for it, and ends everything in order. It never sees a byte from the network.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "jobs/message.h"
#include "os/background.h"
#include "os/mailbox.h"
#include "os/sandbox.h"

enum { SUPERVISE_JOBS = JOB_COUNT + LIMIT_SERVER_JOBS };

struct supervised {
    enum job_id job;
    uint8_t instance;
    pid_t pid;    /* 0: not running */
    int ready_fd; /* its report comes here; -1: it has come, or nothing runs */
    bool ready;
    bool expected; /* its end was asked for */
    struct mono started, restart_at;
    uint32_t restarts, failures; /* in all; in a row */
    char sandbox[SANDBOX_TEXT_BYTES];
};

struct supervise {
    struct mailboxes *boxes;
    struct background *background;
    /* In the child: becomes the job, says so (process_report), never returns.
     */
    void (*run)(void *context, enum job_id job, uint8_t instance, int ready_fd);
    /* In the parent. */
    void (*message)(void *context, const struct message *message);
    void (*ready)(void *context); /* once, when every job has reported */
    void (*tick)(void *context);  /* every minute, on SIGHUP, and when watch tells of files */
    void *context;
    int watch;           /* of os/watch; -1: none */
    const char *sandbox; /* the parent's own, as achieved */
    struct supervised jobs[SUPERVISE_JOBS];
    size_t count;
    int signals; /* signalfd */
    struct mono next_tick;
    bool all_ready, stop;
};

/* boxes, background, callbacks and context are set by the caller. */
void supervise_init(struct supervise *supervise);
void supervise_add(struct supervise *supervise, enum job_id job, uint8_t instance);
/* Ends every instance of that job; it is started again at once. */
void supervise_restart(struct supervise *supervise, enum job_id job);
/* Starts the jobs and watches until SIGTERM or SIGINT; then ends them: first those that hear the
 * network, the keeper last, so that its last message arrives. */
void supervise_run(struct supervise *supervise);
