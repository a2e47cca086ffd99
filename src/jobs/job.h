/* The shape of every job: a function of (state, event) that writes effects into an outbox.
 *
 * No job reads a clock, opens a socket or draws randomness: `event` carries the time, the bytes
 * and the entropy, and the world (os/ or sim/) carries out the effects in order. The same code
 * thus runs in its own process, beside the others in one process, and in the simulator. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/entropy.h"
#include "base/limits.h"
#include "base/times.h"
#include "jobs/message.h"
#include "wire/ntp_packet.h"

/* The kernel's clocks read together, and what the kernel says of its own frequency. */
struct kernel_reading {
    struct mono counter;  /* CLOCK_MONOTONIC_RAW, middle of the reading */
    struct utc realtime;  /* CLOCK_REALTIME */
    double error_s;       /* half the time the reading took */
    int64_t suspended_ns; /* CLOCK_BOOTTIME - CLOCK_MONOTONIC: how long the machine has slept */
    bool has_adjusted;    /* a keeper that steers reads this too: */
    double adjusted;      /* s/s: the frequency that the kernel says its clock is given */
};

enum event_kind {
    EVENT_START,    /* once, first; carries kernel */
    EVENT_WAKE,     /* the time asked for with outbox.wake has come; carries kernel */
    EVENT_MESSAGE,  /* from another job */
    EVENT_DATAGRAM, /* a reply arrived on the association's socket */
    EVENT_SENT,     /* the kernel stamped the request of that association */
    EVENT_UNSENT,   /* the request could not be sent (unreachable, no route) */
    EVENT_STOP,     /* the last one of all: the process ends in order */
};

struct event {
    enum event_kind kind;
    struct mono now;
    struct kernel_reading kernel; /* START and WAKE */
    struct entropy *entropy;      /* never NULL */
    const struct message *message;
    int32_t sender;       /* MESSAGE: process that posted it, as the kernel says; 0: unknown */
    uint16_t source;      /* DATAGRAM, SENT, UNSENT: association index */
    const uint8_t *bytes; /* DATAGRAM */
    size_t length;
    struct addr from, local; /* DATAGRAM: peer; own address of that socket */
    struct mono stamp;       /* DATAGRAM: received; SENT: transmitted */
    double stamp_error_s;
    bool kernel_stamp; /* made by the kernel or the card, not by us */
};

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

enum effect_kind {
    EFFECT_POST,  /* message to another job */
    EFFECT_SEND,  /* NTP request from a fresh socket with a random port; closes the former one */
    EFFECT_CLOSE, /* close the association's socket */
    EFFECT_STEER, /* keeper only: kernel clock */
    EFFECT_LOG,
};

struct effect {
    enum effect_kind kind;
    union {
        struct {
            enum job_id to;
            struct message message;
        } post;
        struct {
            uint16_t source;
            struct addr to;
            uint16_t length;
            uint8_t bytes[LIMIT_NTS_REQUEST_BYTES];
        } send;
        uint16_t close;
        struct {
            double frequency; /* s/s to be set as kernel frequency */
            double step_s;    /* to be added to CLOCK_REALTIME at once; 0: none */
        } steer;
        struct {
            enum log_level level;
            char text[LIMIT_LOG_LINE_BYTES];
        } log;
    };
};

/* The world empties it (count = 0, wake kept) after every event. */
struct outbox {
    struct mono wake; /* when the job wants EVENT_WAKE next; every event may move it */
    size_t count;
    struct effect effects[LIMIT_OUTBOX_EFFECTS];
};

/* Room for one more effect; CHECKs that it fits: a job's effects per event are bounded. */
struct effect *job_effect(struct outbox *outbox, enum effect_kind kind);
void job_post(struct outbox *outbox, enum job_id to, const struct message *message);
__attribute__((format(printf, 3, 4))) void job_log(struct outbox *outbox, enum log_level level,
                                                   const char *format, ...);
