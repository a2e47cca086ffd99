/* The one loop: waits in poll() for descriptors and for the time a job asked for, turns what came
 * into events, and carries out the effects of the jobs of a node. The same loop runs in every
 * process of the daemon, with one job each, and in `--single` with all of them.
 *
 * It waits in poll() only, takes one message for each readiness and never touches a descriptor
 * that was not reported ready: this is what network simulators understand. */
#pragma once

#include <signal.h>
#include <stdbool.h>

#include "jobs/node.h"
#include "jobs/record.h"
#include "os/control.h"
#include "os/keyer_sockets.h"
#include "os/mailbox.h"
#include "os/mirror_sockets.h"
#include "os/roughtime_sockets.h"
#include "os/serve.h"
#include "os/steering.h"
#include "os/upstream.h"

enum { LOOP_NOTICES = 64 };

struct loop {
    struct node node;
    enum job_id self;          /* whose inbox is read; JOB_COUNT: none (all jobs are here) */
    struct mailboxes *boxes;   /* NULL: none */
    struct upstream *upstream; /* NULL: EFFECT_SEND is refused */
    struct serve *serve;       /* NULL: no server sockets */
    struct control *control;   /* NULL: no control socket */
    struct roughtime_sockets *roughtime; /* NULL: no Roughtime sockets */
    struct keyer_sockets *keyer;         /* NULL: no connections for keys */
    struct mirror_sockets *mirror;       /* NULL: nobody reads the ledger here */
    struct steering *steering;           /* NULL: EFFECT_STEER does nothing */
    void (*parent)(void *context, const struct message *message); /* posts to JOB_PARENT, where no
                                                                     mailbox leads to it */
    void *parent_context;
    const volatile sig_atomic_t *stop; /* NULL: never */

    struct entropy entropy;
    struct outbox outbox;
    uint16_t unsent[LIMIT_SOURCES]; /* requests that could not be sent, to be told */
    size_t unsent_count;
    struct message_resolve lookups[LIMIT_SOURCES]; /* waiting, where no resolver job is */
    size_t lookup_count;
    struct record_notice notices[LOOP_NOTICES]; /* of the log, for a recorder that is hosted here */
    size_t notice_count;
};

/* Lines of this process's log go to the recorder that is hosted here, from now on. */
void loop_record_log(struct loop *loop);
/* Sets everything to nothing and fills the entropy. */
void loop_init(struct loop *loop);
/* Starts the hosted jobs and runs until *stop, which the source job is told. */
void loop_run(struct loop *loop);
/* After it: what was posted to this process before the end is taken, and a recorder finishes. */
void loop_end(struct loop *loop);
