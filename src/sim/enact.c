/* See the header. Actions on servers and paths are in sim/enact_network. */
#include "sim/enact.h"

#include "base/check.h"
#include "sim/enact_network.h"

static const int64_t day_s = 86400;

static const struct action *action_of(const struct world *world, uint32_t index) {
    CHECK(index < world->scenario.action_count);
    return &world->scenario.actions[index];
}

static void step_clock(struct world *world, double step_s) {
    struct host *host = &world->host;
    kernel_clock_step(&host->kernel, host_counter(host, world->now), ns_from_s(step_s));
    if (host->node.keeper != NULL)
        judge_disturb(&world->judge, world->pause == WORLD_RUNS, world->now);
}

static void set_frequency(struct world *world, double frequency) {
    kernel_clock_tune(&world->host.kernel, host_counter(&world->host, world->now), frequency);
}

static void stop_node(struct world *world) {
    host_stop(&world->host);
    judge_restarted(&world->judge, true);
}

static void start_keeper(struct world *world) {
    judge_restarted(&world->judge, false);
    host_restart_keeper(&world->host, world->now);
}

/* The machine stands until the action ends; what is due meanwhile waits. One that stands already
 * cannot be stopped again. */
static void pause_host(struct world *world, const struct action *action, enum world_pause pause) {
    int64_t ns = ns_from_s(action->until_s - action->at_s);
    if (world->pause != WORLD_RUNS) return;
    world->pause = pause;
    judge_paused(&world->judge);
    world->resumes = tai_add(world->now, ns);
    world_schedule(world, HAPPEN_RESUME, ns, 0);
    if (pause != WORLD_PAUSED)
        oscillator_freeze(&world->host.oscillator, world->now, world->resumes);
    if (pause == WORLD_FROZEN)
        world_break_promise(world, "the counter stood still, and nobody told");
    if (pause != WORLD_SUSPENDED) return;
    world->host.suspended_ns += ns;
    world->judge.suspended_ns = world->host.suspended_ns;
    kernel_clock_step(&world->host.kernel, host_counter(&world->host, world->now), ns);
}

void enact_resume(struct world *world) {
    world->pause = WORLD_RUNS;
    host_run(&world->host, world->now);
}

/* A new configuration is a restart. */
static void push_offset(struct world *world, double offset_s) {
    stop_node(world);
    for (uint32_t i = 0; i < world->config.source_count; i++)
        world->config.sources[i].offset_s += offset_s;
    world_break_promise(world, "the operator's configuration is wrong");
    world_start_host(world);
}

static void push_leap(struct world *world, int sign) {
    struct leap_table *known = &world->known;
    int64_t utc_s = leap_utc_from_tai(&world->truth, world->now).ns / NS_PER_S;
    int32_t now_s = known->entries[known->count - 1].tai_utc_s;
    CHECK(known->count < LIMIT_LEAPS);
    stop_node(world);
    known->entries[known->count++] = (struct leap_entry){(utc_s / day_s + 1) * day_s, now_s + sign};
    world_break_promise(world, "the operator's leap list is wrong");
    world_start_host(world);
}

static void pull_leap(struct world *world) {
    stop_node(world);
    world->known = world->truth;
    world_start_host(world);
}

static void on_host(struct world *world, const struct action *action) {
    switch (action->kind) {
    case ACTION_RESOLVER_POISON:
        enact_network_poison(world, action->value);
        break;
    case ACTION_CLOCK_STEP:
        step_clock(world, action->value);
        break;
    case ACTION_CLOCK_FREQUENCY:
        set_frequency(world, action->value);
        break;
    case ACTION_HOST_PAUSE:
        pause_host(world, action, WORLD_PAUSED);
        break;
    case ACTION_HOST_FREEZE:
        pause_host(world, action, WORLD_FROZEN);
        break;
    case ACTION_HOST_SUSPEND:
        pause_host(world, action, WORLD_SUSPENDED);
        break;
    case ACTION_KEEPER_CRASH:
        host_kill_keeper(&world->host);
        break;
    case ACTION_NODE_STOP:
        stop_node(world);
        break;
    case ACTION_OSCILLATOR_STEP:
        oscillator_step(&world->host.oscillator, world->now, action->value);
        break;
    case ACTION_OSCILLATOR_WARM:
        oscillator_warm(&world->host.oscillator, world->now, action->value, action->more);
        break;
    case ACTION_LEDGER:
        world->ledger = action->code;
        break;
    case ACTION_OPERATOR_OFFSET:
        push_offset(world, action->value);
        break;
    case ACTION_OPERATOR_LEAP:
        push_leap(world, (int)action->value);
        break;
    default:
        break;
    }
}

static void off_host(struct world *world, const struct action *action) {
    switch (action->kind) {
    case ACTION_RESOLVER_POISON:
        world->poisoned = false;
        break;
    case ACTION_CLOCK_STEP:
        if (action->more == 0) step_clock(world, -action->value);
        break;
    case ACTION_CLOCK_FREQUENCY:
        set_frequency(world, 0);
        break;
    case ACTION_KEEPER_CRASH:
        start_keeper(world);
        break;
    case ACTION_NODE_STOP:
        world_start_host(world);
        break;
    case ACTION_OSCILLATOR_STEP:
        oscillator_step(&world->host.oscillator, world->now, -action->value);
        break;
    case ACTION_OSCILLATOR_WARM:
        oscillator_warm(&world->host.oscillator, world->now, -action->value, action->more);
        break;
    case ACTION_LEDGER:
        world->ledger = ACTION_LEDGER_WORKS;
        break;
    case ACTION_OPERATOR_OFFSET:
        push_offset(world, -action->value);
        break;
    case ACTION_OPERATOR_LEAP:
        pull_leap(world);
        break;
    default:
        break;
    }
}

static bool is_network(enum action_kind kind) {
    return kind < ACTION_RESOLVER_POISON;
}

static void repeat(struct world *world, const struct action *action, uint32_t index) {
    if (action->kind == ACTION_CLOCK_STEP && action->more > 0)
        world_schedule(world, HAPPEN_REPEAT, ns_from_s(action->more), index);
}

void enact(struct world *world, uint32_t index) {
    const struct action *action = action_of(world, index);
    judge_note(&world->judge, world->now, JUDGE_EVENT_ACTION, index, action->text);
    if (is_network(action->kind))
        enact_network(world, action, false);
    else
        on_host(world, action);
    repeat(world, action, index);
}

void enact_undo(struct world *world, uint32_t index) {
    const struct action *action = action_of(world, index);
    judge_note(&world->judge, world->now, JUDGE_EVENT_UNDO, index, action->text);
    if (is_network(action->kind))
        enact_network(world, action, true);
    else
        off_host(world, action);
}

void enact_again(struct world *world, uint32_t index) {
    const struct action *action = action_of(world, index);
    if (action->until_s > 0 && world_elapsed_s(world) >= action->until_s) return;
    on_host(world, action);
    repeat(world, action, index);
}

void enact_spoof(struct world *world, const struct queue_item *item) {
    enact_network_spoof(world, item->index, item->token);
}
