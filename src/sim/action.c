/* See the header. Actions on the host are for host 0, the one that is judged. */
#include "sim/action.h"

static void on_host(struct world *world, const struct action *action) {
    struct host *host = &world->hosts[0];
    switch (action->kind) {
    case ACTION_REALTIME_STEP:
        kernel_clock_step(&host->kernel, host_counter(host, world->now), ns_from_s(action->value));
        judge_disturb(&world->judge, world->now);
        break;
    case ACTION_FREQUENCY_STEP:
        oscillator_step(&host->oscillator, world->now, action->value);
        break;
    case ACTION_KEEPER_CRASH:
        host_kill_keeper(host);
        break;
    case ACTION_KEEPER_START:
        judge_restarted(&world->judge, false);
        host_restart_keeper(host, world->now);
        break;
    case ACTION_LEDGER:
        world->ledger = (int)action->value;
        break;
    case ACTION_NODE_STOP:
        host_stop(host);
        judge_restarted(&world->judge, true);
        break;
    case ACTION_NODE_START:
        host_start(host, world->now);
        break;
    default:
        break;
    }
    world_settle(world, 0);
}

static void on_remote(struct world *world, const struct action *action, uint32_t source) {
    struct remote *remote = &world->remotes[source];
    switch (action->kind) {
    case ACTION_REMOTE_DIES:
        remote->dead = true;
        break;
    case ACTION_REMOTE_LIVES:
        remote->dead = false;
        break;
    case ACTION_REMOTE_OFFSET:
        remote->offset_s = action->value;
        break;
    case ACTION_REMOTE_DRIFT:
        remote_drift(remote, world->now, action->value);
        break;
    case ACTION_REMOTE_LEAP:
        remote_announce(remote, &world->truth, world->now, (int)action->value);
        break;
    default:
        break;
    }
}

static void on_path(struct world *world, const struct action *action, uint32_t source) {
    struct path_model *model = &world->paths[source].model;
    switch (action->kind) {
    case ACTION_PATH_FORWARD:
        model->forward_s += action->value;
        break;
    case ACTION_PATH_BACKWARD:
        model->backward_s += action->value;
        break;
    case ACTION_PATH_JITTER:
        model->jitter_s = action->value;
        break;
    case ACTION_PATH_LOSS:
        model->loss = action->value;
        break;
    default:
        break;
    }
}

void action_apply(struct world *world, const struct action *action) {
    if (action->kind < ACTION_REMOTE_DIES) {
        on_host(world, action);
        return;
    }
    for (uint32_t source = 0; source < world->scenario->sources; source++) {
        if (action->source != ACTION_ALL && (uint32_t)action->source != source) continue;
        if (action->kind < ACTION_PATH_FORWARD)
            on_remote(world, action, source);
        else
            on_path(world, action, source);
    }
}
