/* Mailboxes: how jobs in different processes hand each other messages.
 *
 * Each receiving job has one inbox, a pair of sequenced-packet sockets; one packet is one encoded
 * message. Holding the write end is the right to talk to that job: mailbox_may says who gets it.
 * The parent keeps all ends, so a restarted job finds the same ones. Nobody ever waits: a full
 * queue drops the message, counts it and logs the change of state once. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "jobs/message.h"

struct mailbox {
    int read_end, write_end; /* -1: not in this process */
    uint64_t dropped;        /* by us, because the queue was full */
    uint64_t refused;        /* taken, but not meant for this job or malformed */
    bool full;
};

struct mailboxes {
    struct mailbox of[JOB_COUNT]; /* by receiver; some receive none, and the recorder these: */
    struct mailbox to_recorder[JOB_COUNT]; /* by sender: who says something is part of the
                                              evidence, and nobody fills another's queue */
    enum job_id self; /* of this process; the parent's until mailbox_restrict */
    unsigned turn;    /* of the senders to the recorder */
    bool recording;   /* a line of the log is just being recorded */
    uint32_t records; /* posted by this process */
    int32_t sender;   /* process that posted the record taken last, as the kernel says */
};

/* False: errno says why. */
MUST_USE bool mailbox_open_all(struct mailboxes *boxes);
/* Closes the inbox of a job that does not run; what is posted to it is refused in silence. */
void mailbox_close(struct mailboxes *boxes, enum job_id job);
/* Whether `from` may post to `to`. */
bool mailbox_may(enum job_id from, enum job_id to);
/* Appends what self waits for (room for JOB_COUNT); returns how many. */
struct pollfd;
size_t mailbox_fill(const struct mailboxes *boxes, enum job_id self, struct pollfd *fds);
/* Forgets the ends (without closing them) that a process of this job must not have. */
void mailbox_restrict(struct mailboxes *boxes, enum job_id self);

/* Lines of this process's log go to the recorder as well from now on, if it has an inbox here. */
void mailbox_record_log(struct mailboxes *boxes);

/* Never waits; gives records their number and time. ERR_QUEUE: dropped; ERR_DENIED: no write end
 * here. */
enum err mailbox_post(struct mailboxes *boxes, enum job_id to, const struct message *message);
/* Takes one message from self's inbox; of the recorder's every other one is the keeper's, if it has
 * any, and `job` of a record is whose end it came through. ERR_STALE: none there. Other errors: one
 * packet was there, was dropped and counted. */
MUST_USE enum err mailbox_take(struct mailboxes *boxes, enum job_id self, struct message *out);
