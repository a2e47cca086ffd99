/* See the header. Invariant: true time only moves forward, from one item of the queue to the
 * next; whatever is drawn comes from a stream of its own (sim/prng). */
#include "sim/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "sim/action.h"
#include "sim/carrier.h"
#include "sim/courier.h"

enum { QUEUE_ROOM = 256 };

static const int64_t year_s = 366 * 86400;
static const double path_scale_min = 0.5, path_scale_max = 1.5;

void world_schedule(struct world *world, enum happening kind, int64_t delay_ns, uint32_t host,
                    uint32_t index) {
    struct queue_item item = {
        .at = tai_add(world->now, delay_ns), .kind = kind, .host = host, .index = index};
    queue_push(&world->queue, item);
}

double world_elapsed_s(const struct world *world) {
    return s_from_ns(tai_diff(world->now, world->start));
}

static void fill_leaps(struct world *world) {
    const struct scenario *scenario = world->scenario;
    struct leap_table *truth = &world->truth;
    int64_t start_s = scenario->start_utc_s;
    leap_default(truth);
    world->known = *truth;
    if (scenario->leap_utc_s != 0) {
        int32_t after_s = truth->entries[0].tai_utc_s + scenario->leap_sign;
        truth->entries[truth->count++] = (struct leap_entry){scenario->leap_utc_s, after_s};
    }
    truth->expires_utc_s = start_s + year_s;
    if (!scenario->leap_unlisted) world->known = *truth;
    world->start = leap_tai_from_utc(truth, (struct utc){start_s * NS_PER_S});
    world->now = world->start;
    world->end = tai_add(world->start, ns_from_s(scenario->duration_s));
}

static enum err no_file(void *context, const char *path, char *text, size_t room, size_t *length,
                        const char **why) {
    (void)context, (void)path, (void)text, (void)room, (void)length;
    *why = "a scenario has no files";
    return ERR_IO;
}

static enum err no_list(void *context, const char *directory, size_t index,
                        char out[LIMIT_PATH_BYTES], const char **why) {
    (void)context, (void)directory, (void)index, (void)out;
    *why = "a scenario has no files";
    return ERR_IO;
}

size_t world_configuration(const struct world *world, char text[WORLD_CONFIG_BYTES]) {
    const struct scenario *scenario = world->scenario;
    char name[ADDR_TEXT_BYTES];
    size_t length = 0;
    for (uint32_t i = 0; i < scenario->sources; i++) {
        if (scenario->named)
            snprintf(name, sizeof name, "ntp%u.example", i + 1);
        else
            addr_text(&world->remotes[i].addr, name);
        length += (size_t)snprintf(text + length, (size_t)WORLD_CONFIG_BYTES - length,
                                   "server %s %s\n", name, scenario->server_options);
        CHECK(length < (size_t)WORLD_CONFIG_BYTES);
    }
    length += (size_t)snprintf(text + length, (size_t)WORLD_CONFIG_BYTES - length, "allow\n%s%s",
                               scenario->record_s > 0 ? "ledger /ledger\nledgerkey /key\n" : "",
                               scenario->config);
    CHECK(length < WORLD_CONFIG_BYTES);
    return length;
}

static enum err configure(struct world *world, struct config_error *why) {
    const struct config_loader loader = {.read = no_file, .list = no_list};
    char text[WORLD_CONFIG_BYTES];
    size_t length = world_configuration(world, text);
    return parse_text(world->scenario->name, text, length, &loader, &world->config, why);
}

static struct prng stream(const struct world *world, const char *name, uint64_t index) {
    struct prng prng;
    prng_init(&prng, world->seed, name, index);
    return prng;
}

static void lay_network(struct world *world) {
    const struct scenario *scenario = world->scenario;
    CHECK(scenario->sources <= LIMIT_SOURCES);
    world->service = stream(world, "service", 0);
    world->probe = stream(world, "probe", 0);
    for (uint32_t i = 0; i < scenario->sources; i++) {
        struct path_model model = *scenario->path;
        struct prng length = stream(world, "path length", i);
        double scale = prng_uniform(&length, path_scale_min, path_scale_max);
        model.forward_s *= scale;
        model.backward_s *= scale;
        path_init(&world->paths[i], &model, stream(world, "path", i));
        remote_init(&world->remotes[i], scenario->remote, world->seed, (uint16_t)i);
    }
}

static void place_host(struct world *world, uint32_t index) {
    const struct scenario *scenario = world->scenario;
    struct utc utc = leap_utc_from_tai(&world->truth, world->now);
    struct host_setup setup = {.index = index,
                               .seed = world->seed,
                               .config = &world->config,
                               .leaps = &world->known,
                               .oscillator = scenario->oscillator,
                               .steers = scenario->steers,
                               .recorded = scenario->record_s > 0,
                               .now = world->now,
                               .realtime = utc_add(utc, ns_from_s(scenario->realtime_error_s))};
    setup.stamping = (struct host_stamping){.kernel = !scenario->user_stamps,
                                            .stamp_error_s = 1e-6,
                                            .read_error_s = 100e-9,
                                            .latency_min_s = 5e-6,
                                            .latency_mean_s = 20e-6};
    host_init(&world->hosts[index], &setup);
}

struct world *world_create(const struct scenario *scenario, uint64_t seed,
                           struct config_error *why) {
    struct world *world = calloc(1, sizeof *world);
    CHECK(world != NULL);
    world->ledger = 1;
    world->complete = scenario_complete(scenario);
    world->scenario = &world->complete;
    world->seed = seed;
    fill_leaps(world);
    lay_network(world);
    if (configure(world, why) != ERR_OK) {
        free(world);
        return NULL;
    }
    trace_init(&world->trace);
    queue_init(&world->queue, QUEUE_ROOM);
    for (uint32_t i = 0; i < WORLD_HOSTS_MAX; i++) place_host(world, i);
    judge_init(&world->judge, world->scenario, &world->config, &world->truth, world->start);
    return world;
}

void world_destroy(struct world *world) {
    for (uint32_t i = 0; i < WORLD_HOSTS_MAX; i++) host_wipe(&world->hosts[i]);
    queue_wipe(&world->queue);
    free(world);
}

static void trace_state(struct trace *trace, const struct clock_state *state) {
    trace_i64(trace, state->line.m0.ns);
    trace_i64(trace, state->line.tai0.ns);
    trace_f64(trace, state->line.rate);
    trace_f64(trace, state->line.radius_s);
    trace_f64(trace, state->line.radius_rate);
    trace_i64(trace, state->void_after.ns);
    trace_u64(trace, (uint64_t)state->synchronised << 8 | state->stratum);
    trace_u64(trace, state->reference_id);
    trace_i64(trace, state->reference_time.ns);
    trace_f64(trace, state->root_delay_s);
    trace_i64(trace, state->next_leap.ns);
    trace_i64(trace, state->tai_utc_s);
    trace_i64(trace, state->tai_utc_after_s);
    trace_u64(trace, state->generation);
}

/* The alarm goes off a little late, as timers do: so time passes between any two wakes. */
static void set_alarm(struct world *world, uint32_t index) {
    struct host *host = &world->hosts[index];
    struct mono wake = node_wake(&host->node);
    if (wake.ns == host->wake.ns) return;
    host->wake = wake;
    host->wake_token++;
    if (wake.ns == MONO_NEVER.ns) return;
    struct tai at = world->now;
    if (mono_before(host_counter(host, at), wake)) at = oscillator_when(&host->oscillator, wake);
    struct queue_item item = {.at = tai_add(at, host_latency_ns(host)),
                              .kind = HAPPEN_WAKE,
                              .host = index,
                              .token = host->wake_token};
    queue_push(&world->queue, item);
}

void world_settle(struct world *world, uint32_t index) {
    struct host *host = &world->hosts[index];
    for (size_t i = 0; i < host->outbox.count; i++)
        carrier_carry(world, index, &host->outbox.effects[i]);
    host->outbox.count = 0;
    struct mono counter = host_counter(host, world->now);
    if (index == 0 && judge_page(&world->judge, &host->page, counter, world->now))
        trace_state(&world->trace, &world->judge.state);
    set_alarm(world, index);
}

static void on_wake(struct world *world, const struct queue_item *item) {
    struct host *host = &world->hosts[item->host];
    if (item->token != host->wake_token) return;
    bool due = !mono_before(host_counter(host, world->now), host->wake);
    host->wake = MONO_NEVER;
    if (due) host_run(host, world->now);
}

static void on_resolved(struct world *world, const struct queue_item *item) {
    struct host *host = &world->hosts[item->host];
    struct message message = {.kind = MESSAGE_RESOLVED};
    CHECK(item->index < world->scenario->sources);
    message.resolved.source = (uint16_t)item->index;
    message.resolved.count = 1;
    message.resolved.addresses[0] = world->remotes[item->index].addr;
    message.resolved.addresses[0].port = 0;
    struct event event = host_event(host, EVENT_MESSAGE, world->now);
    event.message = &message;
    host_step(host, JOB_SOURCE, &event);
}

static void on_recorded(struct world *world, const struct queue_item *item) {
    struct host *host = &world->hosts[item->host];
    struct message message = {.kind = MESSAGE_RECORDED};
    message.recorded.intent = item->index;
    message.recorded.err = world->ledger == 1 ? ERR_OK : ERR_FULL;
    struct event event = host_event(host, EVENT_MESSAGE, world->now);
    event.message = &message;
    host_step(host, JOB_KEEPER, &event);
}

/* The promise holds as long as fewer than half of the sources lie, alive or not: an honest one
 * that fell silent still said something true. Once broken it is not resumed, because what was
 * learnt from liars stays in the bound. */
static void observe_servers(struct world *world) {
    uint32_t liars = 0;
    for (uint32_t i = 0; i < world->scenario->sources; i++) {
        remote_observe(&world->remotes[i], world->now);
        liars += world->remotes[i].has_lied;
    }
    if (2 * liars >= world->scenario->sources) world->judge.majority_true = false;
}

static void on_action(struct world *world, const struct queue_item *item) {
    action_apply(world, &world->scenario->actions[item->index]);
    observe_servers(world);
}

static void on_sample(struct world *world, const struct queue_item *item) {
    struct host *host = &world->hosts[item->host];
    struct mono counter = host_counter(host, world->now);
    observe_servers(world);
    judge_sample(&world->judge, counter, kernel_clock_read(&host->kernel, counter), world->now);
    if (world->watch != NULL) world->watch(world);
    world_schedule(world, HAPPEN_SAMPLE, ns_from_s(world->scenario->sample_s), 0, 0);
}

static void ask_for_time(struct world *world, struct host *host) {
    static const struct addr asker = {.family = ADDR_IPV4, .bytes = {203, 0, 113, 7}, .port = 123};
    struct mono counter = host_counter(host, world->now);
    struct ntp_packet request = {
        .version = 4, .mode = NTP_MODE_CLIENT, .transmit = prng_u64(&world->probe)};
    uint8_t bytes[NTP_PACKET_HEADER_BYTES], answer[LIMIT_REPLY_BYTES];
    size_t length = 0;
    struct ntp_packet reply = {0};
    struct clock_state state;
    ntp_packet_build(&request, bytes);
    bool has = clock_page_read(&host->page, &state) == ERR_OK;
    enum err err = server_answer(&host->server, has ? &state : NULL,
                                 (struct ntp_server_times){counter, counter}, &asker, bytes,
                                 sizeof bytes, answer, &length);
    if (err == ERR_OK) err = ntp_packet_parse(answer, length, &reply);
    if (err == ERR_OK) trace_bytes(&world->trace, answer, length);
    judge_reply(&world->judge, err, &reply, counter, world->now);
}

static void on_probe(struct world *world, const struct queue_item *item) {
    struct host *host = &world->hosts[item->host];
    if (host->running) ask_for_time(world, host);
    world_schedule(world, HAPPEN_PROBE, ns_from_s(world->scenario->probe_s), 0, 0);
}

static void dispatch(struct world *world, const struct queue_item *item) {
    static void (*const handlers[HAPPEN_COUNT])(struct world *, const struct queue_item *) = {
        [HAPPEN_WAKE] = on_wake,          [HAPPEN_TRANSMIT] = courier_transmit,
        [HAPPEN_SENT] = courier_sent,     [HAPPEN_REQUEST] = courier_request,
        [HAPPEN_ARRIVE] = courier_arrive, [HAPPEN_DELIVER] = courier_deliver,
        [HAPPEN_RESOLVED] = on_resolved,  [HAPPEN_ACTION] = on_action,
        [HAPPEN_SAMPLE] = on_sample,      [HAPPEN_PROBE] = on_probe,
        [HAPPEN_RECORDED] = on_recorded,
    };
    world->counts.events++;
    trace_u64(&world->trace, item->kind);
    trace_i64(&world->trace, item->at.ns);
    handlers[item->kind](world, item);
    world_settle(world, item->host);
}

void world_run(struct world *world) {
    const struct scenario *scenario = world->scenario;
    struct queue_item item;
    for (uint32_t i = 0; i < scenario->action_count; i++)
        world_schedule(world, HAPPEN_ACTION, ns_from_s(scenario->actions[i].at_s), 0, i);
    world_schedule(world, HAPPEN_SAMPLE, ns_from_s(scenario->sample_s), 0, 0);
    world_schedule(world, HAPPEN_PROBE, ns_from_s(scenario->probe_s), 0, 0);
    for (uint32_t i = 0; i < WORLD_HOSTS_MAX; i++) {
        host_start(&world->hosts[i], world->now);
        world_settle(world, i);
    }
    while (queue_pop(&world->queue, &item) && tai_diff(item.at, world->end) <= 0) {
        world->now = item.at;
        dispatch(world, &item);
    }
    world->now = world->end;
    judge_finish(&world->judge, world->now);
}
