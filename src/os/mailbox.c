/* Mailboxes. Invariant: a message reaches a job only if its kind is meant for that job. */
#include "os/mailbox.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crypto/wipe.h"
#include "jobs/record.h"
#include "os/clocks.h"
#include "os/log.h"

/* As deep as 64 sources can fill in a burst, with room for a receiver that was just restarted. */
enum { QUEUE_BYTES = 1 << 20 };

static const struct route {
    enum job_id from, to;
} routes[MESSAGE_KIND_COUNT] = {
    [MESSAGE_EXCHANGE] = {JOB_SOURCE, JOB_KEEPER},
    [MESSAGE_FORGET] = {JOB_SOURCE, JOB_KEEPER},
    [MESSAGE_POLL] = {JOB_KEEPER, JOB_SOURCE},
    [MESSAGE_RESOLVE] = {JOB_SOURCE, JOB_RESOLVER},
    [MESSAGE_RESOLVED] = {JOB_RESOLVER, JOB_SOURCE},
    [MESSAGE_DRIFT] = {JOB_KEEPER, JOB_PARENT},
    [MESSAGE_TRACKING] = {JOB_KEEPER, JOB_STATUS},
    [MESSAGE_VERDICT] = {JOB_KEEPER, JOB_STATUS},
    [MESSAGE_ASSOCIATION] = {JOB_SOURCE, JOB_STATUS},
    [MESSAGE_SERVING] = {JOB_SERVER, JOB_STATUS},
    [MESSAGE_PROCESS] = {JOB_PARENT, JOB_STATUS},
    [MESSAGE_BOUND] = {JOB_WITNESS, JOB_KEEPER},
    [MESSAGE_EVIDENCE] = {JOB_WITNESS, JOB_PARENT},
    [MESSAGE_ROUGHTIME] = {JOB_ROUGHTIME, JOB_STATUS},
    [MESSAGE_NTS_WANT] = {JOB_SOURCE, JOB_KEYER},
    [MESSAGE_NTS_GRANT] = {JOB_KEYER, JOB_SOURCE},
    [MESSAGE_NTS_KEEP] = {JOB_SOURCE, JOB_PARENT},
    [MESSAGE_NTS_DUMP] = {JOB_KEYER, JOB_PARENT},
    [MESSAGE_KEYING] = {JOB_KEYER, JOB_STATUS},
    [MESSAGE_RECORD] = {JOB_COUNT, JOB_RECORDER}, /* from everybody */
    [MESSAGE_RECORDED] = {JOB_RECORDER, JOB_KEEPER},
    [MESSAGE_LEDGER] = {JOB_RECORDER, JOB_STATUS},
    /* ASK and END travel on the control socket, never between jobs. */
    [MESSAGE_ASK] = {JOB_COUNT, JOB_COUNT},
    [MESSAGE_END] = {JOB_COUNT, JOB_COUNT},
};

/* What is proven is told to two: to who keeps the time, and to who judges dates by it. */
static bool is_meant_for(enum message_kind kind, enum job_id to) {
    return routes[kind].to == to || (kind == MESSAGE_BOUND && to == JOB_KEYER);
}

bool mailbox_may(enum job_id from, enum job_id to) {
    if (to == JOB_RECORDER) return from != JOB_RECORDER;
    for (int kind = MESSAGE_EXCHANGE; kind < MESSAGE_KIND_COUNT; kind++)
        if (routes[kind].from == from && is_meant_for((enum message_kind)kind, to)) return true;
    return false;
}

static const struct mailbox none = {.read_end = -1, .write_end = -1};

static bool open_one(struct mailbox *box) {
    int ends[2], size = QUEUE_BYTES;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
        return false;
    if (setsockopt(ends[1], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) != 0)
        (void)setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    box->read_end = ends[0];
    box->write_end = ends[1];
    return shutdown(ends[0], SHUT_WR) == 0; /* one way only */
}

static bool open_to_recorder(struct mailbox *box) {
    int on = 1;
    return open_one(box) && setsockopt(box->read_end, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0;
}

bool mailbox_open_all(struct mailboxes *boxes) {
    *boxes = (struct mailboxes){.self = JOB_PARENT};
    for (int job = 0; job < JOB_COUNT; job++) boxes->of[job] = boxes->to_recorder[job] = none;
    for (int job = 0; job < JOB_COUNT; job++) {
        bool deaf = job == JOB_SERVER || job == JOB_ROUGHTIME || job == JOB_WITNESS ||
                    job == JOB_MIRROR || job == JOB_RECORDER;
        if (!deaf && !open_one(&boxes->of[job])) return false;
        if (job != JOB_RECORDER && !open_to_recorder(&boxes->to_recorder[job])) return false;
    }
    return true;
}

static void close_one(struct mailbox *box) {
    if (box->read_end >= 0) close(box->read_end);
    if (box->write_end >= 0) close(box->write_end);
    *box = none;
}

void mailbox_close(struct mailboxes *boxes, enum job_id job) {
    close_one(&boxes->of[job]);
    for (int from = 0; job == JOB_RECORDER && from < JOB_COUNT; from++)
        close_one(&boxes->to_recorder[from]);
}

size_t mailbox_fill(const struct mailboxes *boxes, enum job_id self, struct pollfd *fds) {
    const struct mailbox *first = self == JOB_RECORDER ? boxes->to_recorder : &boxes->of[self];
    size_t count = self == JOB_RECORDER ? JOB_COUNT : 1, filled = 0;
    for (size_t i = 0; i < count; i++)
        if (first[i].read_end >= 0)
            fds[filled++] = (struct pollfd){.fd = first[i].read_end, .events = POLLIN};
    return filled;
}

void mailbox_restrict(struct mailboxes *boxes, enum job_id self) {
    for (enum job_id job = 0; job < JOB_COUNT; job++) {
        if (job != self) boxes->of[job].read_end = -1;
        if (!mailbox_may(self, job)) boxes->of[job].write_end = -1;
        if (self != JOB_RECORDER) boxes->to_recorder[job].read_end = -1;
        if (job != self) boxes->to_recorder[job].write_end = -1;
    }
    boxes->self = self;
}

static void note_full(struct mailbox *box, enum job_id to, bool full) {
    if (full) box->dropped++;
    if (box->full == full) return;
    box->full = full;
    if (full)
        log_line(LOG_LEVEL_WARNING, "the queue to the %s is full; messages are dropped",
                 message_job_name(to));
    else
        log_line(LOG_LEVEL_INFO, "the queue to the %s has room again after %llu drops",
                 message_job_name(to), (unsigned long long)box->dropped);
}

static size_t build_record(struct mailboxes *boxes, const struct message *message,
                           uint8_t out[LIMIT_MESSAGE_BYTES]) {
    struct message record = *message;
    record.record.sequence = ++boxes->records;
    record.record.counter = clocks_mono();
    return message_build(&record, out);
}

enum err mailbox_post(struct mailboxes *boxes, enum job_id to, const struct message *message) {
    struct mailbox *box = to == JOB_RECORDER ? &boxes->to_recorder[boxes->self] : &boxes->of[to];
    if (box->write_end < 0 || !is_meant_for(message->kind, to)) return ERR_DENIED;
    uint8_t bytes[LIMIT_MESSAGE_BYTES];
    size_t length = message->kind == MESSAGE_RECORD ? build_record(boxes, message, bytes)
                                                    : message_build(message, bytes);
    ssize_t sent = send(box->write_end, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    int reason = errno;
    if (message_is_secret(message->kind)) wipe(bytes, length);
    if (sent >= 0) {
        note_full(box, to, false);
        return ERR_OK;
    }
    bool full = reason == EAGAIN || reason == ENOBUFS;
    if (full) note_full(box, to, true);
    return full ? ERR_QUEUE : ERR_IO;
}

static void copy_log(void *context, enum log_level level, const char *text) {
    struct mailboxes *boxes = context;
    struct record record = {.kind = RECORD_NOTICE, .notice.level = (uint8_t)level};
    struct message message;
    if (boxes->recording) return; /* a full queue says so in the log */
    boxes->recording = true;
    snprintf(record.notice.text, sizeof record.notice.text, "%s", text);
    record_build(&record, boxes->self, &message);
    (void)mailbox_post(boxes, JOB_RECORDER, &message);
    boxes->recording = false;
}

void mailbox_record_log(struct mailboxes *boxes) {
    boxes->records = 0; /* not those of the parent */
    bool any = boxes->to_recorder[boxes->self].write_end >= 0;
    log_copy(any ? copy_log : NULL, boxes);
}

/* The process that sent it: the kernel puts that beside each packet where it was asked to. */
static int32_t sender_of(struct msghdr *head) {
    struct ucred who = {0};
    for (struct cmsghdr *c = CMSG_FIRSTHDR(head); c; c = CMSG_NXTHDR(head, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS)
            memcpy(&who, CMSG_DATA(c), sizeof who);
    return who.pid;
}

static enum err take(struct mailboxes *boxes, struct mailbox *box, enum job_id self,
                     struct message *out) {
    uint8_t bytes[LIMIT_MESSAGE_BYTES + 1];
    union {
        char bytes[CMSG_SPACE(sizeof(struct ucred))];
        struct cmsghdr align;
    } control;
    struct iovec piece = {bytes, sizeof bytes};
    struct msghdr head = {.msg_iov = &piece,
                          .msg_iovlen = 1,
                          .msg_control = control.bytes,
                          .msg_controllen = sizeof control.bytes};
    ssize_t length = recvmsg(box->read_end, &head, MSG_DONTWAIT);
    if (length < 0) return ERR_STALE;
    boxes->sender = sender_of(&head);
    struct message message;
    enum err err = message_parse(bytes, (size_t)length, &message);
    wipe(bytes, (size_t)length); /* keys, perhaps */
    if (err == ERR_OK && !is_meant_for(message.kind, self)) err = ERR_DENIED;
    if (err == ERR_OK)
        *out = message;
    else
        box->refused++;
    if (err == ERR_OK && message_is_secret(message.kind)) wipe(&message, sizeof message);
    return err;
}

/* Round and round, the keeper every other time: what moves time waits for its turn. */
static enum err take_record(struct mailboxes *boxes, struct message *out) {
    for (unsigned tries = 0; tries < 2 * JOB_COUNT; tries++) {
        unsigned turn = boxes->turn++;
        enum job_id from = turn % 2 == 0 ? JOB_KEEPER : (enum job_id)(turn / 2 % JOB_COUNT);
        struct mailbox *box = &boxes->to_recorder[from];
        if (box->read_end < 0) continue;
        enum err err = take(boxes, box, JOB_RECORDER, out);
        if (err == ERR_OK) out->record.job = (uint8_t)from;
        if (err != ERR_STALE) return err;
    }
    return ERR_STALE;
}

enum err mailbox_take(struct mailboxes *boxes, enum job_id self, struct message *out) {
    return self == JOB_RECORDER ? take_record(boxes, out)
                                : take(boxes, &boxes->of[self], self, out);
}
