/* A simulated machine that runs the daemon: oscillator, kernel clock, clock page, sockets, drift
 * file, and the jobs themselves (struct node), which are the shipped ones.
 *
 * The host makes events as the os/ floor would; what the jobs ask for stays in `outbox` until the
 * world has carried it out. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "clock/clock_page.h"
#include "config/config.h"
#include "jobs/node.h"
#include "sim/kernel_clock.h"
#include "sim/oscillator.h"
#include "sim/prng.h"

/* How a machine looks at its clocks and at its datagrams. */
struct host_stamping {
    bool kernel;           /* datagrams are stamped by the kernel */
    double stamp_error_s;  /* largest error of a stamp */
    double read_error_s;   /* half the time that reading two clocks takes */
    double latency_min_s;  /* between the network card and the job, each way: at least, ... */
    double latency_mean_s; /* ... and on top of that (exponential) */
};

struct host_setup {
    uint64_t seed;
    const struct config *config; /* outlives the host */
    const struct leap_table *leaps;
    const struct oscillator_model *oscillator;
    struct host_stamping stamping;
    bool steers, recorded;
    struct tai now;
    struct utc realtime; /* what CLOCK_REALTIME reads at now */
    double reference_s;  /* as the setting has it */
};

struct host {
    struct host_setup setup;
    struct oscillator oscillator;
    struct kernel_clock kernel;
    bool astray; /* the receiver has not yet noticed that somebody moved the clock, since ... */
    struct tai astray_since;
    struct clock_page page;
    struct node node;
    struct server server;
    void *keeper_memory, *source_memory;
    bool running;
    int64_t suspended_ns; /* since boot, as the kernel tells */
    bool has_drift;
    struct message_drift drift;      /* the drift file */
    uint64_t sockets[LIMIT_SOURCES]; /* number of the association's open socket; 0: none */
    uint64_t sockets_opened;
    struct prng read_noise, stamp_noise, latency_noise, entropy_bytes;
    struct entropy entropy;
    struct mono wake;    /* the wake that the world has scheduled ... */
    uint64_t wake_token; /* ... under this token */
    struct outbox outbox;
};

/* Allocates what the configuration asks for; the jobs are not started yet. */
void host_init(struct host *host, const struct host_setup *setup);
void host_wipe(struct host *host);
/* Whether the jobs kept to the memory that they asked for. */
bool host_kept_to_memory(const struct host *host);
/* Starts the daemon with an empty clock page, and what the drift file says. */
void host_start(struct host *host, struct tai now);
/* The daemon is gone: its sockets and its clock page with it. */
void host_stop(struct host *host);
void host_kill_keeper(struct host *host);
/* A new keeper continues from the clock page. */
void host_restart_keeper(struct host *host, struct tai now);

/* The counter at true time now. */
struct mono host_counter(struct host *host, struct tai now);
/* An event of that kind, with the clocks read and fresh entropy. */
struct event host_event(struct host *host, enum event_kind kind, struct tai now);
/* Gives the event to that job, if it lives. */
void host_step(struct host *host, enum job_id job, const struct event *event);
/* Wakes the jobs whose time has come. */
void host_run(struct host *host, struct tai now);
/* What the server job answers to that request, from the clock page. */
MUST_USE enum err host_answer(struct host *host, struct ntp_server_times times,
                              const struct addr *from, const uint8_t *bytes, size_t length,
                              uint8_t answer[LIMIT_REPLY_BYTES], size_t *answer_length);
/* Time for a datagram or a stamp to pass between card and job, ns. */
int64_t host_latency_ns(struct host *host);
/* The counter as stamped at true time now. */
struct mono host_stamp(struct host *host, struct tai now);
