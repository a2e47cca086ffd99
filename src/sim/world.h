/* The simulated world: true time, a host that runs the shipped jobs, servers, the network between
 * them, and what the scenario does to them. It feeds events and carries out effects, as os/ does.
 *
 * Of several nodes (sim/nodes) each has a world of its own around it, with host, paths, judge and
 * queue; they share true time, and one asks the server job of another. The world of the first
 * stands for all: it owns the others, and at the end has their findings and their traces' hashes.
 *
 * Everything follows from (scenario, configuration, seed): no clock, file or environment is read.
 *
 * Of a ledger there are only its answers to intents (action ledger): nothing that the keeper does
 * depends on its bytes. Storage that tears and fills is sim/disk, on which tests/sim/sim_ledger
 * runs the shipped recorder with every operation failing in turn.
 *
 * NTS and keys are a property of the association here, no handshake is run: the jobs get the
 * configuration without it, and the world lets nobody forge or rewrite a reply. Delay, loss,
 * replay and a server that lies remain. */
#pragma once

#include <stdint.h>

#include "config/config.h"
#include "config/parse.h"
#include "sim/adversary.h"
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
    HAPPEN_UNDO,     /* likewise: its end */
    HAPPEN_REPEAT,   /* likewise: of what is done again and again */
    HAPPEN_SPOOF,    /* index: path; token: of the spoofing */
    HAPPEN_RESUME,   /* the host goes on after a pause */
    HAPPEN_SAMPLE,   /* the judge looks */
    HAPPEN_PROBE,    /* somebody asks the host for time */
    HAPPEN_RECORDED, /* index: number of the intent that the ledger answers */
    HAPPEN_ANSWER,   /* it reaches the server job of the node asked; index: parcel */
    HAPPEN_COUNT
};

enum {
    WORLD_PARCELS = 1024,              /* datagrams and stamps under way at the same time */
    WORLD_REMOTES = 2 * LIMIT_SOURCES, /* the client's servers, then as many of the attacker */
};

/* A datagram (or its stamp) under way. */
struct parcel {
    bool used;
    bool genuine, rewritten; /* the server's reply; changed by the attacker */
    uint16_t source;         /* association */
    uint16_t remote;         /* server, and thereby path */
    uint64_t socket;         /* from or to this socket of the host */
    struct mono stamp;
    size_t length;
    uint8_t bytes[NTP_PACKET_HEADER_BYTES];
};

struct world_counts {
    uint64_t requests, replies; /* handed to the network; reached a job */
    uint64_t closed;            /* came to a socket that was closed before */
    uint64_t overflow;          /* dropped because WORLD_PARCELS were under way */
    uint64_t forged, refused;   /* written by the attacker; of them not possible: authenticated */
    uint64_t events, logs;
    uint64_t reports[MESSAGE_KIND_COUNT]; /* to status */
};

/* What a source of the client has seen of the world: for the judge's promise. */
struct world_witness {
    uint16_t remote; /* asked last */
    bool heard;      /* since the host's start, ... */
    struct tai at;   /* ... last then */
    bool lied;       /* ever */
};

/* The host runs, or does not: see the actions of these names. */
enum world_pause { WORLD_RUNS, WORLD_PAUSED, WORLD_FROZEN, WORLD_SUSPENDED };

struct world {
    struct scenario scenario;
    uint64_t seed;
    uint32_t number;      /* of the node, from 1 */
    struct world *asks;   /* the node that this one asks; NULL: servers */
    struct world *next;   /* the next node of the run; NULL: this is the last */
    struct config config; /* as the jobs have it */
    struct selector_crowd crowd;
    struct leap_table truth,
        known; /* leap seconds that are decreed; that the hosts have heard of */
    struct tai start, now, end;
    struct queue queue;
    struct trace trace;
    struct host host;
    struct judge judge;
    struct world_witness witnesses[LIMIT_SOURCES];
    uint32_t liars; /* sources that ever lied */
    struct remote remotes[WORLD_REMOTES];
    struct path paths[WORLD_REMOTES];
    struct adversary adversaries[WORLD_REMOTES];
    struct prng service; /* time that servers take to reply */
    struct prng probe, spoof;
    struct parcel parcels[WORLD_PARCELS];
    uint16_t parcels_free[WORLD_PARCELS];
    uint32_t parcels_free_count;
    struct world_counts counts;
    bool poisoned; /* names lead to the attacker's servers */
    enum world_pause pause;
    struct tai resumes, host_started;
    bool patient; /* the keeper's alarm may come late: see set_alarm */
    /* For people, or NULL: what the jobs log, and a look at every sample. */
    void (*log)(const struct world *world, enum log_level level, const char *text);
    void (*watch)(const struct world *world);
    /* What is recorded, where there is a ledger. */
    void (*record)(void *context, const struct message_record *record);
    void *context;
    int ledger; /* enum action_ledger */
};

/* config NULL: the one of the scenario's setting. Else an operator's, for one node: its sources,
 * whose figures (paths, servers) are taken from the setting in their order. NULL, with *why naming
 * the line, where the configuration does not parse, or the scenario is about servers that there are
 * not. */
struct world *world_create(const struct scenario *scenario, const struct config *config,
                           uint64_t seed, struct config_error *why);
void world_destroy(struct world *world);
/* Simulated seconds since the start. */
double world_elapsed_s(const struct world *world);
/* Runs to the end of the scenario and lets the judge finish. */
void world_run(struct world *world);

/* For the files of this folder: */
/* Puts an item into the queue, delay_ns after now. */
void world_schedule(struct world *world, enum happening kind, int64_t delay_ns, uint32_t index);
/* Carries out what the host's jobs asked for, shows the page to the judge, and sets the alarm. */
void world_settle(struct world *world);
/* The daemon starts, now. */
void world_start_host(struct world *world);
/* The promise of the judge no longer holds, because of that. */
void world_break_promise(struct world *world, const char *why);
/* A stream of randomness of that name. */
struct prng world_stream(const struct world *world, const char *name, uint64_t index);
