/* See the header. */
#include "sim/host.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static const int8_t precision_log2s = -24;
static const int64_t receiver_slews_ns = NS_PER_S / 1000, receiver_notices_ns = 60 * NS_PER_S;

enum { GUARD_BYTES = 64, GUARD = 0xa5 };

/* Behind the memory stands a guard that nobody may touch. */
static void *allocate(size_t bytes) {
    uint8_t *memory = calloc(1, bytes + GUARD_BYTES);
    CHECK(memory != NULL);
    memset(memory + bytes, GUARD, GUARD_BYTES);
    return memory;
}

static bool guard_stands(const void *memory, size_t bytes) {
    const uint8_t *guard = (const uint8_t *)memory + bytes;
    for (int i = 0; i < GUARD_BYTES; i++)
        if (guard[i] != GUARD) return false;
    return true;
}

bool host_kept_to_memory(const struct host *host) {
    return guard_stands(host->keeper_memory, keeper_bytes(host->setup.config)) &&
           guard_stands(host->source_memory, source_bytes(host->setup.config));
}

static struct prng stream(const struct host_setup *setup, const char *name) {
    struct prng prng;
    prng_init(&prng, setup->seed, name, 0);
    return prng;
}

void host_init(struct host *host, const struct host_setup *setup) {
    host->setup = *setup;
    host->read_noise = stream(setup, "clock reading");
    host->stamp_noise = stream(setup, "stamp");
    host->latency_noise = stream(setup, "latency");
    host->entropy_bytes = stream(setup, "entropy");
    prng_bytes(&host->entropy_bytes, host->entropy.bytes, ENTROPY_BYTES);
    struct prng uptime = stream(setup, "uptime");
    struct mono counter = {ns_from_s(prng_uniform(&uptime, 10, 1e6))};
    oscillator_init(&host->oscillator, setup->oscillator, stream(setup, "oscillator"), setup->now,
                    counter);
    kernel_clock_init(&host->kernel, counter, setup->realtime);
    host->keeper_memory = allocate(keeper_bytes(setup->config));
    host->source_memory = allocate(source_bytes(setup->config));
    host->wake = MONO_NEVER;
    host->outbox.wake = MONO_NEVER;
    node_init(&host->node);
}

void host_wipe(struct host *host) {
    free(host->keeper_memory);
    free(host->source_memory);
}

struct mono host_counter(struct host *host, struct tai now) {
    return oscillator_read(&host->oscillator, now);
}

/* A receiver keeps CLOCK_REALTIME: small errors at once, and what somebody did to it after a while.
 */
static void discipline(struct host *host, struct mono counter, struct tai now) {
    struct utc truth = leap_utc_from_tai(host->setup.leaps, now);
    struct utc read = kernel_clock_read(&host->kernel, counter);
    int64_t error_ns = utc_diff(read, truth);
    bool large = error_ns > receiver_slews_ns || error_ns < -receiver_slews_ns;
    if (large && !host->astray) host->astray_since = now;
    host->astray = large;
    if (large && tai_diff(now, host->astray_since) < receiver_notices_ns) return;
    double noise_s =
        prng_uniform(&host->read_noise, -host->setup.reference_s, host->setup.reference_s);
    kernel_clock_step(&host->kernel, counter, ns_from_s(noise_s) - error_ns);
}

/* The two clocks are read one after the other: up to read_error_s apart. */
static struct kernel_reading read_clocks(struct host *host, struct mono counter) {
    double error_s = host->setup.stamping.read_error_s;
    double apart_s = prng_uniform(&host->read_noise, -error_s, error_s);
    struct utc realtime = kernel_clock_read(&host->kernel, counter);
    return (struct kernel_reading){.counter = counter,
                                   .realtime = utc_add(realtime, ns_from_s(apart_s)),
                                   .error_s = error_s,
                                   .suspended_ns = host->suspended_ns,
                                   .has_adjusted = host->setup.steers,
                                   .adjusted = host->kernel.frequency};
}

/* Only the bytes that were given out are replaced. */
static struct entropy *refill(struct host *host) {
    prng_bytes(&host->entropy_bytes, host->entropy.bytes, host->entropy.used);
    host->entropy.used = 0;
    return &host->entropy;
}

struct event host_event(struct host *host, enum event_kind kind, struct tai now) {
    struct event event = {.kind = kind, .now = host_counter(host, now), .entropy = refill(host)};
    if (kind != EVENT_START && kind != EVENT_WAKE) return event;
    if (host->setup.reference_s > 0) discipline(host, event.now, now);
    event.kernel = read_clocks(host, event.now);
    return event;
}

void host_step(struct host *host, enum job_id job, const struct event *event) {
    if (node_hosts(&host->node, job)) node_step(&host->node, job, event, &host->outbox);
}

void host_run(struct host *host, struct tai now) {
    node_run(&host->node, host_event(host, EVENT_WAKE, now), &host->outbox);
}

static void start_job(struct host *host, enum job_id job, struct tai now) {
    struct event event = host_event(host, EVENT_START, now);
    host_step(host, job, &event);
}

void host_restart_keeper(struct host *host, struct tai now) {
    const struct host_setup *setup = &host->setup;
    struct keeper_start start = {.config = setup->config,
                                 .leaps = setup->leaps,
                                 .page = &host->page,
                                 .steers = setup->steers,
                                 .has_drift = host->has_drift,
                                 .drift = host->drift,
                                 .recorded = setup->recorded};
    memset(host->keeper_memory, 0, keeper_bytes(setup->config));
    host->node.keeper = keeper_init(host->keeper_memory, &start);
    start_job(host, JOB_KEEPER, now);
}

void host_kill_keeper(struct host *host) {
    host->node.keeper = NULL;
    host->node.wake[JOB_KEEPER] = MONO_NEVER;
}

void host_start(struct host *host, struct tai now) {
    const struct config *config = host->setup.config;
    memset(&host->page, 0, sizeof host->page);
    memset(host->source_memory, 0, source_bytes(config));
    host->running = true;
    host->node.source = source_init(host->source_memory, config);
    server_init(&host->server, config, 0, precision_log2s, NULL);
    host->node.server = &host->server;
    host_restart_keeper(host, now);
    start_job(host, JOB_SOURCE, now);
    start_job(host, JOB_SERVER, now);
}

void host_stop(struct host *host) {
    host->running = false;
    node_init(&host->node);
    memset(&host->page, 0, sizeof host->page);
    memset(host->sockets, 0, sizeof host->sockets);
}

enum err host_answer(struct host *host, struct ntp_server_times times, const struct addr *from,
                     const uint8_t *bytes, size_t length, uint8_t answer[LIMIT_REPLY_BYTES],
                     size_t *answer_length) {
    struct clock_state state;
    bool has = clock_page_read(&host->page, &state) == ERR_OK &&
               !clock_state_slept(&state, host->suspended_ns);
    return server_answer(&host->server, has ? &state : NULL, times, from, bytes, length, answer,
                         answer_length);
}

int64_t host_latency_ns(struct host *host) {
    const struct host_stamping *stamping = &host->setup.stamping;
    double more_s = prng_exponential(&host->latency_noise, stamping->latency_mean_s);
    return ns_from_s(stamping->latency_min_s + more_s);
}

struct mono host_stamp(struct host *host, struct tai now) {
    double error_s = host->setup.stamping.stamp_error_s;
    double noise_s = prng_uniform(&host->stamp_noise, -error_s, error_s);
    return mono_add(host_counter(host, now), ns_from_s(noise_s));
}
