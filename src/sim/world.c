/* See the header. Invariant: true time only moves forward, from one item of the queue to the
 * next; whatever is drawn comes from a stream of its own (sim/prng). */
#include "sim/world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "sim/carrier.h"
#include "sim/courier.h"
#include "sim/enact.h"
#include "sim/nodes.h"

enum { QUEUE_ROOM = 256 };

static const int64_t year_s = 366 * 86400;
static const double known_s = 86400, start_s = 60; /* as jobs/jury has them */
static const int64_t patience_ns = 8 * NS_PER_S;
static const double still_share = 5e-4; /* of the bound: a bend that is left */

void world_schedule(struct world *world, enum happening kind, int64_t delay_ns, uint32_t index) {
    struct queue_item item = {.at = tai_add(world->now, delay_ns), .kind = kind, .index = index};
    queue_push(&world->queue, item);
}

double world_elapsed_s(const struct world *world) {
    return s_from_ns(tai_diff(world->now, world->start));
}

struct prng world_stream(const struct world *world, const char *name, uint64_t index) {
    struct prng prng;
    prng_init(&prng, world->seed, name, index);
    return prng;
}

void world_break_promise(struct world *world, const char *why) {
    judge_break_promise(&world->judge, world->now, why);
}

static void fill_leaps(struct world *world) {
    const struct setting *setting = &world->scenario.setting;
    struct leap_table *truth = &world->truth;
    leap_default(truth);
    world->known = *truth;
    if (setting->leap_utc_s != 0) {
        int32_t after_s = truth->entries[0].tai_utc_s + setting->leap_sign;
        truth->entries[truth->count++] = (struct leap_entry){setting->leap_utc_s, after_s};
    }
    truth->expires_utc_s = setting->start_utc_s + year_s;
    if (!setting->leap_unlisted) world->known = *truth;
    world->start = leap_tai_from_utc(truth, (struct utc){setting->start_utc_s * NS_PER_S});
    world->now = world->start;
    world->end = tai_add(world->start, ns_from_s(world->scenario.duration_s));
}

static enum err configure(struct world *world, const struct config *config,
                          struct config_error *why) {
    if (config != NULL) {
        world->config = *config;
        return ERR_OK;
    }
    char text[SETTING_TEXT_BYTES];
    size_t length = setting_configuration(&world->scenario.setting, text);
    return parse_text(world->scenario.name, text, length, NULL, &world->config, why);
}

/* Who votes, and what is authenticated; the jobs get the latter without it. Everybody may ask. */
static void count_sources(struct world *world) {
    struct config *config = &world->config;
    struct selector_crowd *crowd = &world->crowd;
    uint64_t trusted = 0;
    *crowd = (struct selector_crowd){.count = config->source_count};
    for (uint32_t i = 0; i < config->source_count; i++) {
        struct config_source *source = &config->sources[i];
        crowd->voters |= (uint64_t)!source->noselect << i;
        crowd->authenticated |= (uint64_t)source->nts << i;
        trusted |= (uint64_t)(source->trust && !source->noselect) << i;
        source->nts = false;
    }
    if (trusted != 0) crowd->voters = trusted;
    config->access[0] = (struct config_access_rule){.allow = true}; /* the judge asks, too */
    config->access_count = 1;
    config->serves = true;
}

static enum err check_servers(const struct world *world, struct config_error *why) {
    const struct scenario *scenario = &world->scenario;
    for (uint32_t i = 0; i < scenario->action_count; i++) {
        uint32_t needs = selector_needs(&scenario->actions[i].who);
        if (needs <= world->config.source_count) continue;
        *why = (struct config_error){.place = {.line = scenario->actions[i].line, .column = 1}};
        snprintf(why->place.file, sizeof why->place.file, "%s", scenario->name);
        snprintf(why->text, sizeof why->text, "server %u: the client has only %u", needs,
                 world->config.source_count);
        return ERR_RANGE;
    }
    return ERR_OK;
}

static void lay_network(struct world *world) {
    const struct setting *setting = &world->scenario.setting;
    world->service = world_stream(world, "service", 0);
    world->probe = world_stream(world, "probe", 0);
    world->spoof = world_stream(world, "spoof", 0);
    for (uint32_t i = 0; i < WORLD_REMOTES; i++) {
        struct remote *remote = &world->remotes[i];
        uint32_t figures = i % LIMIT_SOURCES;
        path_init(&world->paths[i], &setting->paths[figures], world_stream(world, "path", i),
                  world_stream(world, "path length", i), world->start);
        remote_init(remote, &setting->remotes[figures], world->seed, (uint16_t)i);
        remote->hostile = i >= LIMIT_SOURCES;
        if (i >= world->config.source_count) continue;
        const struct config_source *source = &world->config.sources[i];
        if (source->addr.family != ADDR_NONE)
            remote->addr = source->addr;
        else if (setting->asks > 0)
            remote->addr = setting_node_addr(setting->asks);
        remote->addr.port = source->port;
        world->witnesses[i].remote = (uint16_t)i;
    }
    for (uint32_t i = 0; i < WORLD_PARCELS; i++)
        world->parcels_free[i] = (uint16_t)(WORLD_PARCELS - 1 - i);
    world->parcels_free_count = WORLD_PARCELS;
}

/* Whether nobody can see how often the keeper looks at the kernel's clock. */
static bool may_be_patient(const struct world *world) {
    const struct scenario *scenario = &world->scenario;
    const struct setting *setting = &scenario->setting;
    if (setting->steers || setting->record_s > 0 || setting->leap_utc_s != 0) return false;
    if (world->config.local.enabled) return false;
    for (uint32_t i = 0; i < scenario->action_count; i++)
        if (scenario->actions[i].kind >= ACTION_CLOCK_STEP) return false;
    return true;
}

static void place_host(struct world *world) {
    const struct setting *setting = &world->scenario.setting;
    struct utc utc = leap_utc_from_tai(&world->truth, world->now);
    struct host_setup setup = {.seed = world->seed,
                               .config = &world->config,
                               .leaps = &world->known,
                               .oscillator = &setting->oscillator,
                               .steers = setting->steers,
                               .reference_s = setting->reference_s,
                               .recorded = setting->record_s > 0,
                               .now = world->now,
                               .realtime = utc_add(utc, ns_from_s(setting->realtime_error_s))};
    setup.stamping = (struct host_stamping){.kernel = setting->stamps == SETTING_STAMPS_KERNEL,
                                            .stamp_error_s = 1e-6,
                                            .read_error_s = 100e-9,
                                            .latency_min_s = 5e-6,
                                            .latency_mean_s = 20e-6};
    host_init(&world->host, &setup);
}

static struct world *create_one(const struct scenario *scenario, const struct config *config,
                                uint64_t seed, uint32_t number, struct config_error *why) {
    struct world *world = calloc(1, sizeof *world);
    CHECK(world != NULL);
    world->number = number;
    world->seed = nodes_view(scenario, seed, number, &world->scenario);
    if (configure(world, config, why) != ERR_OK || check_servers(world, why) != ERR_OK) {
        free(world);
        return NULL;
    }
    count_sources(world);
    world->patient = may_be_patient(world);
    fill_leaps(world);
    lay_network(world);
    trace_init(&world->trace);
    queue_init(&world->queue, QUEUE_ROOM);
    place_host(world);
    judge_init(&world->judge, &world->scenario, &world->config, &world->truth, world->start);
    return world;
}

struct world *world_create(const struct scenario *scenario, const struct config *config,
                           uint64_t seed, struct config_error *why) {
    uint32_t count = config == NULL ? scenario->setting.nodes : 1;
    struct world *first = NULL, **place = &first;
    for (uint32_t number = 1; number <= count; number++) {
        *place = create_one(scenario, config, seed, number, why);
        if (*place == NULL) {
            world_destroy(first);
            return NULL;
        }
        (*place)->asks = nodes_find(first, (*place)->scenario.setting.asks);
        if (count > 1) (*place)->judge.node = number;
        place = &(*place)->next;
    }
    return first;
}

void world_destroy(struct world *world) {
    while (world != NULL) {
        struct world *next = world->next;
        host_wipe(&world->host);
        queue_wipe(&world->queue);
        free(world);
        world = next;
    }
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

/* The keeper looks at the kernel's clock twice a second, and the server tells its counters every
 * second. Where nobody can move that clock, nothing is recorded and the line is hardly bent any
 * more, nothing can come of it, and a wake every patience_ns will do. Exchanges are never late. */
static struct mono patient_wake(const struct world *world) {
    const struct mono *wakes = world->host.node.wake;
    const struct line *line = &world->judge.state.line;
    bool still = world->judge.has_state && world->judge.state.synchronised &&
                 fabs(line->slew * line->slew_s) < still_share * line->radius_s;
    if (!world->patient || !still) return node_wake(&world->host.node);
    struct mono wake = MONO_NEVER;
    for (int job = 0; job < JOB_COUNT; job++) {
        bool late = job == JOB_KEEPER || job == JOB_SERVER;
        wake = mono_min(wake, late ? mono_add(wakes[job], patience_ns) : wakes[job]);
    }
    return wake;
}

/* The alarm goes off a little late, as timers do: so time passes between any two wakes. */
static void set_alarm(struct world *world) {
    struct host *host = &world->host;
    struct mono wake = patient_wake(world);
    if (wake.ns == host->wake.ns) return;
    host->wake = wake;
    host->wake_token++;
    if (wake.ns == MONO_NEVER.ns) return;
    struct tai at = world->now;
    if (mono_before(host_counter(host, at), wake)) at = oscillator_when(&host->oscillator, wake);
    struct queue_item item = {
        .at = tai_add(at, host_latency_ns(host)), .kind = HAPPEN_WAKE, .token = host->wake_token};
    queue_push(&world->queue, item);
}

void world_settle(struct world *world) {
    struct host *host = &world->host;
    for (size_t i = 0; i < host->outbox.count; i++) carrier_carry(world, &host->outbox.effects[i]);
    host->outbox.count = 0;
    struct mono counter = host_counter(host, world->now);
    if (judge_page(&world->judge, &host->page, counter, world->now))
        trace_state(&world->trace, &world->judge.state);
    set_alarm(world);
}

void world_start_host(struct world *world) {
    for (uint32_t i = 0; i < LIMIT_SOURCES; i++) world->witnesses[i].heard = false;
    world->host_started = world->now;
    host_start(&world->host, world->now);
}

static void on_wake(struct world *world, const struct queue_item *item) {
    struct host *host = &world->host;
    if (item->token != host->wake_token) return;
    bool due = !mono_before(host_counter(host, world->now), host->wake);
    host->wake = MONO_NEVER;
    if (due) host_run(host, world->now);
}

/* A name leads to all servers that are configured by it, in turn; from the attacker's resolver, to
 * one of his. */
static void answer_name(const struct world *world, uint32_t source,
                        struct message_resolved *answer) {
    const struct config *config = &world->config;
    for (uint32_t i = 0; i < config->source_count && answer->count < LIMIT_ADDRESSES; i++) {
        if (strcmp(config->sources[i].name, config->sources[source].name) != 0) continue;
        uint32_t remote = world->poisoned ? LIMIT_SOURCES + i : i;
        answer->addresses[answer->count] = world->remotes[remote].addr;
        answer->addresses[answer->count++].port = 0;
    }
}

static void on_resolved(struct world *world, const struct queue_item *item) {
    struct message message = {.kind = MESSAGE_RESOLVED};
    CHECK(item->index < world->config.source_count);
    message.resolved.source = (uint16_t)item->index;
    answer_name(world, item->index, &message.resolved);
    struct event event = host_event(&world->host, EVENT_MESSAGE, world->now);
    event.message = &message;
    host_step(&world->host, JOB_SOURCE, &event);
}

static void on_recorded(struct world *world, const struct queue_item *item) {
    struct message message = {.kind = MESSAGE_RECORDED};
    message.recorded.intent = item->index;
    judge_heard(&world->judge); /* what was heard before may be used from now on */
    message.recorded.err = world->ledger == ACTION_LEDGER_WORKS ? ERR_OK : ERR_FULL;
    struct event event = host_event(&world->host, EVENT_MESSAGE, world->now);
    event.message = &message;
    host_step(&world->host, JOB_KEEPER, &event);
}

/* Whether the client counts that source among those that may bear witness: at the start it waits a
 * minute for each, later each counts for a day after it was heard. */
static bool is_known(const struct world *world, const struct world_witness *witness) {
    if (s_from_ns(tai_diff(world->now, world->host_started)) < start_s) return true;
    return witness->heard && s_from_ns(tai_diff(world->now, witness->at)) < known_s;
}

/* The promise holds as long as fewer than half of the known sources lie, alive or not: an honest
 * one that fell silent still said something true. Once broken it is not resumed, because what was
 * learnt from liars stays in the bound. */
static void count_liars(struct world *world) {
    uint32_t liars = 0, known = 0;
    for (uint32_t i = 0; world->liars > 0 && i < world->config.source_count; i++) {
        const struct world_witness *witness = &world->witnesses[i];
        if (!(world->crowd.voters >> i & 1)) continue;
        liars += witness->lied;
        known += is_known(world, witness);
    }
    if (liars > 0 && 2 * liars >= known)
        world_break_promise(world, "half of the known sources lie, or more");
}

/* The oscillator keeps to its declared tolerance around what it was at the start. */
static void observe_oscillator(struct world *world) {
    const struct oscillator *o = &world->host.oscillator;
    double moved = fabs(o->base + o->warmth - o->model.offset);
    if (moved > world->config.max_clock_error)
        world_break_promise(world, "the oscillator left its declared tolerance");
}

static void on_action(struct world *world, const struct queue_item *item) {
    enact(world, item->index);
    count_liars(world);
}

static void on_undo(struct world *world, const struct queue_item *item) {
    enact_undo(world, item->index);
}

static void on_repeat(struct world *world, const struct queue_item *item) {
    enact_again(world, item->index);
}

static void on_resume(struct world *world, const struct queue_item *item) {
    (void)item;
    enact_resume(world);
}

static void on_sample(struct world *world, const struct queue_item *item) {
    (void)item;
    struct host *host = &world->host;
    world_schedule(world, HAPPEN_SAMPLE, ns_from_s(world->scenario.sample_s), 0);
    if (world->pause > WORLD_PAUSED) return; /* nobody there can look */
    struct mono counter = host_counter(host, world->now);
    count_liars(world);
    nodes_inherit(world);
    observe_oscillator(world);
    judge_sample(&world->judge, counter, kernel_clock_read(&host->kernel, counter), world->now);
    if (world->watch != NULL) world->watch(world);
}

static void ask_for_time(struct world *world, struct host *host) {
    static const struct addr asker = {.family = ADDR_IPV4, .bytes = {203, 0, 113, 7}, .port = 123};
    struct mono counter = host_counter(host, world->now);
    struct ntp_packet request = {
        .version = 4, .mode = NTP_MODE_CLIENT, .transmit = prng_u64(&world->probe)};
    uint8_t bytes[NTP_PACKET_HEADER_BYTES], answer[LIMIT_REPLY_BYTES];
    size_t length = 0;
    struct ntp_packet reply = {0};
    ntp_packet_build(&request, bytes);
    enum err err = host_answer(host, (struct ntp_server_times){counter, counter}, &asker, bytes,
                               sizeof bytes, answer, &length);
    if (err == ERR_OK) err = ntp_packet_parse(answer, length, &reply);
    if (err == ERR_OK) trace_bytes(&world->trace, answer, length);
    judge_reply(&world->judge, err, &reply, counter, world->now);
}

static void on_probe(struct world *world, const struct queue_item *item) {
    (void)item;
    struct host *host = &world->host;
    if (host->running && world->pause == WORLD_RUNS) ask_for_time(world, host);
    world_schedule(world, HAPPEN_PROBE, ns_from_s(world->scenario.probe_s), 0);
}

/* What happens inside the machine waits while it stands. */
static bool is_postponed(const struct world *world, const struct queue_item *item) {
    static const bool inside[HAPPEN_COUNT] = {
        [HAPPEN_WAKE] = true,    [HAPPEN_TRANSMIT] = true, [HAPPEN_SENT] = true,
        [HAPPEN_ARRIVE] = true,  [HAPPEN_DELIVER] = true,  [HAPPEN_RESOLVED] = true,
        [HAPPEN_RECORDED] = true};
    return world->pause != WORLD_RUNS && inside[item->kind];
}

static void dispatch(struct world *world, const struct queue_item *item) {
    static void (*const handlers[HAPPEN_COUNT])(struct world *, const struct queue_item *) = {
        [HAPPEN_WAKE] = on_wake,          [HAPPEN_TRANSMIT] = courier_transmit,
        [HAPPEN_SENT] = courier_sent,     [HAPPEN_REQUEST] = courier_request,
        [HAPPEN_ARRIVE] = courier_arrive, [HAPPEN_DELIVER] = courier_deliver,
        [HAPPEN_RESOLVED] = on_resolved,  [HAPPEN_ACTION] = on_action,
        [HAPPEN_UNDO] = on_undo,          [HAPPEN_REPEAT] = on_repeat,
        [HAPPEN_SPOOF] = enact_spoof,     [HAPPEN_RESUME] = on_resume,
        [HAPPEN_SAMPLE] = on_sample,      [HAPPEN_PROBE] = on_probe,
        [HAPPEN_RECORDED] = on_recorded,  [HAPPEN_ANSWER] = courier_answer,
    };
    world->counts.events++;
    trace_u64(&world->trace, item->kind);
    trace_i64(&world->trace, item->at.ns);
    handlers[item->kind](world, item);
    if (item->kind != HAPPEN_REQUEST && world->pause == WORLD_RUNS) world_settle(world);
}

static void schedule_actions(struct world *world) {
    const struct scenario *scenario = &world->scenario;
    for (uint32_t i = 0; i < scenario->action_count; i++) {
        const struct action *action = &scenario->actions[i];
        world_schedule(world, HAPPEN_ACTION, ns_from_s(action->at_s), i);
        if (action->until_s > 0) world_schedule(world, HAPPEN_UNDO, ns_from_s(action->until_s), i);
    }
}

/* Nothing grows: jobs keep to what they asked for at the start (they have no way to more: floors 0
 * to 3 cannot allocate), and what is under way in the world is what its queue says. */
static void check_memory(struct world *world) {
    uint32_t used = 0;
    for (uint32_t i = 0; i < WORLD_PARCELS; i++) used += world->parcels[i].used;
    CHECK(used + world->parcels_free_count == WORLD_PARCELS);
    if (world->counts.overflow > 0)
        judge_find(&world->judge, world->now, "%llu datagrams found no room in the world",
                   (unsigned long long)world->counts.overflow);
    if (!host_kept_to_memory(&world->host))
        judge_find(&world->judge, world->now, "a job wrote beyond its memory");
}

static void begin(struct world *world) {
    schedule_actions(world);
    world_schedule(world, HAPPEN_SAMPLE, ns_from_s(world->scenario.sample_s), 0);
    world_schedule(world, HAPPEN_PROBE, ns_from_s(world->scenario.probe_s), 0);
    world_start_host(world);
    world_settle(world);
}

static void go_on(struct world *world, struct queue_item item) {
    world->now = item.at;
    if (is_postponed(world, &item)) {
        item.at = world->resumes;
        queue_push(&world->queue, item);
        return;
    }
    dispatch(world, &item);
}

static void finish(struct world *world) {
    world->now = world->end;
    check_memory(world);
    judge_finish(&world->judge, world->now);
}

void world_run(struct world *world) {
    struct queue_item item;
    const struct tai end = world->end;
    for (struct world *node = world; node != NULL; node = node->next) {
        node->log = world->log;
        begin(node);
    }
    for (struct world *node = nodes_earliest(world);
         queue_pop(&node->queue, &item) && tai_diff(item.at, end) <= 0;
         node = nodes_earliest(world))
        go_on(node, item);
    for (struct world *node = world; node != NULL; node = node->next) finish(node);
    nodes_join(world);
}
