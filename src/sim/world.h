/* The simulated world: true time, hosts that run the shipped jobs, servers, the network between
 * them, and what the scenario does to them. It feeds events and carries out effects, as os/ does.
 *
 * Everything follows from (scenario, seed): no clock, file or environment is read. */
#pragma once

#include <stdint.h>

#include "config/config.h"
#include "config/parse.h"
#include "sim/host.h"
#include "sim/judge.h"
#include "sim/path.h"
#include "sim/queue.h"
#include "sim/remote.h"
#include "sim/scenario.h"
#include "sim/trace.h"

enum happening {
    HAPPEN_WAKE,     /* the node wants to be woken; token: host.wake_token */
    HAPPEN_TRANSMIT, /* a request leaves the card; index: parcel, as in the next four */
    HAPPEN_SENT,     /* its transmit stamp reaches the job */
    HAPPEN_REQUEST,  /* it arrives at the server */
    HAPPEN_ARRIVE,   /* a reply arrives at the card */
    HAPPEN_DELIVER,  /* it reaches the job */
    HAPPEN_RESOLVED, /* index: source whose name was looked up */
    HAPPEN_ACTION,   /* index: in scenario.actions */
    HAPPEN_SAMPLE,   /* the judge looks */
    HAPPEN_PROBE,    /* somebody asks the host for time */
    HAPPEN_RECORDED, /* index: number of the intent that the ledger answers */
    HAPPEN_COUNT
};

enum {
    WORLD_HOSTS_MAX = 1,
    WORLD_CONFIG_BYTES = 8192,
    WORLD_PARCELS = 1024, /* datagrams and stamps under way at the same time, all hosts */
};

/* A datagram (or its stamp) under way. */
struct parcel {
    bool used;
    uint16_t source; /* association, and thereby path and server */
    uint64_t socket; /* from or to this socket of the host */
    struct mono stamp;
    size_t length;
    uint8_t bytes[NTP_PACKET_HEADER_BYTES];
};

/* What an attacker on the path remembers: the first reply he saw. */
struct captured {
    bool has;
    uint8_t bytes[NTP_PACKET_HEADER_BYTES];
};

struct world_counts {
    uint64_t requests, replies; /* handed to the network; reached a job */
    uint64_t closed;            /* came to a socket that was closed before */
    uint64_t overflow;          /* dropped because WORLD_PARCELS were under way */
    uint64_t events, logs;
};

struct world {
    struct scenario complete;        /* with the defaults filled in ... */
    const struct scenario *scenario; /* ... and that is what everybody reads */
    uint64_t seed;
    struct config config;
    struct leap_table truth,
        known; /* leap seconds that are decreed; that the hosts have heard of */
    struct tai start, now, end;
    struct queue queue;
    struct trace trace;
    struct host hosts[WORLD_HOSTS_MAX];
    struct judge judge; /* of host 0 */
    struct remote remotes[LIMIT_SOURCES];
    struct path paths[LIMIT_SOURCES];
    struct captured captured[LIMIT_SOURCES];
    struct prng service; /* time that servers take to reply */
    struct prng probe;
    struct parcel parcels[WORLD_PARCELS];
    uint32_t parcel_hint;
    struct world_counts counts;
    /* For people, or NULL: what the jobs log, and a look at every sample. */
    void (*log)(const struct world *world, enum log_level level, const char *text);
    void (*watch)(const struct world *world);
    /* What is recorded, where there is a ledger. */
    void (*record)(void *context, const struct message_record *record);
    void *context;
    int ledger; /* as ACTION_LEDGER */
};

/* NULL, with *why naming the directive, where the scenario's configuration does not parse. */
struct world *world_create(const struct scenario *scenario, uint64_t seed,
                           struct config_error *why);
void world_destroy(struct world *world);
/* The host's configuration, as an operator would have written it; returns its length. */
size_t world_configuration(const struct world *world, char text[WORLD_CONFIG_BYTES]);
/* Simulated seconds since the start. */
double world_elapsed_s(const struct world *world);
/* Runs to the end of the scenario and lets the judge finish. */
void world_run(struct world *world);

/* For the files of this folder: */
/* Puts an item into the queue, delay_ns after now. */
void world_schedule(struct world *world, enum happening kind, int64_t delay_ns, uint32_t host,
                    uint32_t index);
/* Carries out what the host's jobs asked for, shows the page to the judge, and sets the alarm. */
void world_settle(struct world *world, uint32_t index);
