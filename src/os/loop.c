/* The one loop. Invariant: after every event the outbox has been carried out and emptied. */
#include "os/loop.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/check.h"
#include "crypto/wipe.h"
#include "os/clocks.h"
#include "os/log.h"
#include "os/resolver.h"

enum {
    /* A signal that comes just before poll() is noticed this much later at the latest. */
    WAIT_MAX_MS = 1000,
    POLLS = JOB_COUNT + LIMIT_SOURCES + LISTEN_SOCKETS + CONTROL_POLLS + ROUGHTIME_SOCKETS_POLLS +
            KEYER_SOCKETS_POLLS + MIRROR_SOCKETS_POLLS
};

/* What to wait for, in this order: inbox, association sockets, server sockets, control,
 * Roughtime, key establishment, mirror. */
struct waiting {
    struct pollfd fds[POLLS];
    uint16_t owners[LIMIT_SOURCES];
    size_t inbox_end, upstream_end, serve_end, control_end, roughtime_end, keyer_end, mirror_end;
};

static void refill(struct entropy *entropy) {
    size_t done = 0;
    while (done < entropy->used) {
        ssize_t got = getrandom(entropy->bytes + done, entropy->used - done, 0);
        CHECK(got > 0 || errno == EINTR);
        if (got > 0) done += (size_t)got;
    }
    entropy->used = 0;
}

void loop_init(struct loop *loop) {
    memset(loop, 0, sizeof *loop);
    node_init(&loop->node);
    loop->self = JOB_COUNT;
    loop->entropy.used = ENTROPY_BYTES;
    refill(&loop->entropy);
}

static void send_request(struct loop *loop, const struct effect *effect) {
    enum err err = ERR_IO;
    uint16_t source = effect->send.source;
    if (loop->upstream)
        err = upstream_send(loop->upstream, source, &effect->send.to, effect->send.bytes,
                            effect->send.length);
    if (err == ERR_OK || loop->unsent_count == LIMIT_SOURCES) return;
    char text[ADDR_TEXT_BYTES];
    log_line(LOG_LEVEL_DEBUG, "request to %s not sent: %s", addr_text_port(&effect->send.to, text),
             strerror(errno));
    loop->unsent[loop->unsent_count++] = source;
}

static void post(struct loop *loop, enum job_id to, const struct message *message) {
    if (loop->boxes)
        mailbox_post(loop->boxes, to, message);
    else if (to == JOB_PARENT && loop->parent)
        loop->parent(loop->parent_context, message);
    else if (to == JOB_RESOLVER && loop->lookup_count < LIMIT_SOURCES)
        loop->lookups[loop->lookup_count++] = message->resolve;
}

static void carry_out(struct loop *loop, const struct effect *effect) {
    switch (effect->kind) {
    case EFFECT_POST:
        post(loop, effect->post.to, &effect->post.message);
        break;
    case EFFECT_SEND:
        send_request(loop, effect);
        break;
    case EFFECT_CLOSE:
        if (loop->upstream) upstream_close(loop->upstream, effect->close);
        break;
    case EFFECT_STEER:
        if (loop->steering)
            steering_apply(loop->steering, effect->steer.frequency, effect->steer.step_s);
        break;
    case EFFECT_LOG:
        log_line(effect->log.level, "%s", effect->log.text);
        break;
    }
}

static void empty_outbox(struct loop *loop) {
    for (size_t i = 0; i < loop->outbox.count; i++) {
        struct effect *effect = &loop->outbox.effects[i];
        carry_out(loop, effect);
        if (effect->kind == EFFECT_POST && message_is_secret(effect->post.message.kind))
            wipe(&effect->post.message, sizeof effect->post.message);
    }
    loop->outbox.count = 0;
}

static void tell(struct loop *loop, enum job_id job, struct event *event) {
    if (!node_hosts(&loop->node, job)) return;
    refill(&loop->entropy);
    event->entropy = &loop->entropy;
    node_step(&loop->node, job, event, &loop->outbox);
    empty_outbox(loop);
}

static void copy_log(void *context, enum log_level level, const char *text) {
    struct loop *loop = context;
    if (loop->notice_count == LOOP_NOTICES) return;
    struct record_notice *notice = &loop->notices[loop->notice_count++];
    notice->level = (uint8_t)level;
    snprintf(notice->text, sizeof notice->text, "%s", text);
}

void loop_record_log(struct loop *loop) {
    log_copy(copy_log, loop);
}

/* What the recorder itself logs meanwhile is recorded the next time. */
static void tell_notices(struct loop *loop) {
    struct record record = {.kind = RECORD_NOTICE};
    struct message message;
    size_t count = loop->notice_count;
    for (size_t i = 0; i < count; i++) {
        record.notice = loop->notices[i];
        record_build(&record, JOB_PARENT, &message);
        struct event event = {.kind = EVENT_MESSAGE, .now = clocks_mono(), .message = &message};
        tell(loop, JOB_RECORDER, &event);
    }
    loop->notice_count -= count;
    memmove(loop->notices, loop->notices + count, loop->notice_count * sizeof loop->notices[0]);
}

/* Who asked on the control socket. */
static void tell_asked(struct loop *loop, struct mono now) {
    struct record record = {.kind = RECORD_REQUEST};
    struct message message;
    if (!control_asked(loop->control, now, &record.request)) return;
    record_build(&record, JOB_STATUS, &message);
    struct event event = {.kind = EVENT_MESSAGE, .now = now, .message = &message};
    if (loop->boxes)
        post(loop, JOB_RECORDER, &message);
    else
        tell(loop, JOB_RECORDER, &event);
}

static void tell_unsent(struct loop *loop) {
    /* Telling may cause further requests and further failures: those are told next time. */
    uint16_t unsent[LIMIT_SOURCES];
    size_t count = loop->unsent_count;
    memcpy(unsent, loop->unsent, count * sizeof unsent[0]);
    loop->unsent_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct event event = {.kind = EVENT_UNSENT, .now = clocks_mono(), .source = unsent[i]};
        tell(loop, JOB_SOURCE, &event);
    }
}

static void look_up_one(struct loop *loop) {
    if (loop->lookup_count == 0) return;
    struct message answer;
    resolver_look_up(&loop->lookups[0], &answer);
    loop->lookup_count--;
    memmove(loop->lookups, loop->lookups + 1, loop->lookup_count * sizeof loop->lookups[0]);
    struct event event = {.kind = EVENT_MESSAGE, .now = clocks_mono(), .message = &answer};
    tell(loop, JOB_SOURCE, &event);
}

static enum err take_message(struct loop *loop) {
    struct message message;
    enum err err = mailbox_take(loop->boxes, loop->self, &message);
    if (err != ERR_OK) return err;
    struct event event = {.kind = EVENT_MESSAGE,
                          .now = clocks_mono(),
                          .message = &message,
                          .sender = loop->boxes->sender};
    tell(loop, loop->self, &event);
    if (message_is_secret(message.kind)) wipe(&message, sizeof message);
    return ERR_OK;
}

/* The recorder takes what waits, so that one sync makes all of it durable. */
static void take_messages(struct loop *loop) {
    enum { AT_ONCE = 64 };
    int most = loop->self == JOB_RECORDER ? AT_ONCE : 1;
    for (int i = 0; i < most && take_message(loop) != ERR_STALE; i++) continue;
}

static void take_upstream(struct loop *loop, uint16_t source, short ready) {
    struct event event;
    /* The stamp of the request first: the reply is judged by it. */
    if (ready & (POLLERR | POLLPRI) && upstream_sent(loop->upstream, source, &event))
        tell(loop, JOB_SOURCE, &event);
    if (ready & POLLIN && upstream_receive(loop->upstream, source, &event))
        tell(loop, JOB_SOURCE, &event);
}

/* Keys that were established go to the source job. */
static void hand_over_keys(struct loop *loop) {
    struct message message;
    if (!loop->keyer || !keyer_sockets_take(loop->keyer, &message)) return;
    struct event event = {.kind = EVENT_MESSAGE, .now = clocks_mono(), .message = &message};
    if (node_hosts(&loop->node, JOB_SOURCE))
        tell(loop, JOB_SOURCE, &event);
    else
        post(loop, JOB_SOURCE, &message);
    wipe(&message, sizeof message);
}

static void take_connection(struct loop *loop, const struct pollfd *ready) {
    keyer_sockets_ready(loop->keyer, ready, clocks_mono());
    hand_over_keys(loop);
}

static void expire_connections(struct loop *loop, struct mono now) {
    keyer_sockets_expire(loop->keyer, now);
    hand_over_keys(loop);
}

static size_t gather(const struct loop *loop, struct waiting *w) {
    size_t n = 0;
    if (loop->boxes && loop->self < JOB_COUNT) n += mailbox_fill(loop->boxes, loop->self, w->fds);
    w->inbox_end = n;
    if (loop->upstream) n += upstream_fill(loop->upstream, w->fds + n, w->owners);
    w->upstream_end = n;
    if (loop->serve) n += serve_fill(loop->serve, w->fds + n);
    w->serve_end = n;
    if (loop->control) n += control_fill(loop->control, w->fds + n);
    w->control_end = n;
    if (loop->roughtime) n += roughtime_sockets_fill(loop->roughtime, w->fds + n);
    w->roughtime_end = n;
    if (loop->keyer) n += keyer_sockets_fill(loop->keyer, w->fds + n);
    w->keyer_end = n;
    if (loop->mirror) n += mirror_sockets_fill(loop->mirror, w->fds + n);
    w->mirror_end = n;
    return n;
}

static void dispatch(struct loop *loop, const struct waiting *w) {
    for (size_t i = 0; i < w->mirror_end; i++) {
        short ready = w->fds[i].revents;
        if (ready == 0) continue;
        if (i < w->inbox_end)
            take_messages(loop);
        else if (i < w->upstream_end)
            take_upstream(loop, w->owners[i - w->inbox_end], ready);
        else if (i < w->serve_end)
            serve_ready(loop->serve, w->fds[i].fd);
        else if (i < w->control_end)
            control_ready(loop->control, &w->fds[i], clocks_mono());
        else if (i < w->roughtime_end)
            roughtime_sockets_ready(loop->roughtime, &w->fds[i], clocks_mono());
        else if (i < w->keyer_end)
            take_connection(loop, &w->fds[i]);
        else
            mirror_sockets_ready(loop->mirror, &w->fds[i], clocks_mono());
    }
    if (loop->roughtime) roughtime_sockets_flush(loop->roughtime);
}

static int wait_ms(const struct loop *loop) {
    if (loop->unsent_count > 0 || loop->lookup_count > 0) return 0;
    struct mono wake = node_wake(&loop->node);
    int64_t ns = wake.ns == MONO_NEVER.ns ? INT64_MAX : mono_diff(wake, clocks_mono());
    if (ns <= 0) return 0;
    int64_t ms = ns / 1000000 + (ns % 1000000 != 0);
    return ms < WAIT_MAX_MS ? (int)ms : WAIT_MAX_MS;
}

static void run_due(struct loop *loop) {
    struct event event = {.kind = EVENT_WAKE, .now = clocks_mono()};
    if (loop->control) control_expire(loop->control, event.now);
    if (loop->control) tell_asked(loop, event.now);
    if (loop->roughtime) roughtime_sockets_expire(loop->roughtime, event.now);
    if (loop->keyer) expire_connections(loop, event.now);
    if (loop->mirror) mirror_sockets_expire(loop->mirror, event.now);
    if (mono_before(event.now, node_wake(&loop->node))) return;
    clocks_read(&event.kernel);
    if (loop->steering) steering_read(loop->steering, &event.kernel);
    event.now = event.kernel.counter;
    refill(&loop->entropy);
    event.entropy = &loop->entropy;
    node_run(&loop->node, event, &loop->outbox);
    empty_outbox(loop);
}

static void start(struct loop *loop) {
    for (enum job_id job = 0; job < JOB_COUNT; job++) {
        struct event event = {.kind = EVENT_START};
        clocks_read(&event.kernel);
        event.now = event.kernel.counter;
        tell(loop, job, &event);
    }
}

/* What memory and disk disagree about, opening the ledger again decides. */
static bool is_broken(const struct loop *loop) {
    return loop->self == JOB_RECORDER && loop->node.recorder && loop->node.recorder->broken;
}

void loop_run(struct loop *loop) {
    start(loop);
    while ((!loop->stop || !*loop->stop) && !is_broken(loop)) {
        struct waiting waiting;
        run_due(loop);
        tell_unsent(loop);
        tell_notices(loop);
        look_up_one(loop);
        size_t count = gather(loop, &waiting);
        int ready = poll(waiting.fds, count, wait_ms(loop));
        CHECK(ready >= 0 || errno == EINTR);
        if (ready > 0) dispatch(loop, &waiting);
    }
    struct event event = {.kind = EVENT_STOP, .now = clocks_mono()};
    tell(loop, JOB_SOURCE, &event);
}

void loop_end(struct loop *loop) {
    enum { LAST_MESSAGES = 4096 };
    for (int i = 0; loop->boxes && i < LAST_MESSAGES && take_message(loop) != ERR_STALE; i++)
        continue;
    tell_notices(loop);
    if (loop->node.recorder) recorder_end(loop->node.recorder, &loop->outbox);
    empty_outbox(loop);
}
