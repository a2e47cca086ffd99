/* See the header. */
#include "sim/enact_network.h"

#include "sim/courier.h"

static const double standstill = -1; /* s/s: a clock that is stuck */

static void on_server(struct world *world, const struct action *action, uint32_t index, bool undo) {
    struct remote *remote = &world->remotes[index];
    const struct remote_model *was = &world->scenario.setting.remotes[index];
    struct remote_model *model = &remote->model;
    switch (action->kind) {
    case ACTION_SERVER_OFFSET:
        remote->offset_s = undo ? 0 : action->value;
        break;
    case ACTION_SERVER_STEP:
        remote->offset_s += undo ? -action->value : action->value;
        break;
    case ACTION_SERVER_DRIFT:
    case ACTION_SERVER_STUCK:
        remote_drift(remote, world->now,
                     undo                                  ? 0
                     : action->kind == ACTION_SERVER_STUCK ? standstill
                                                           : action->value);
        if (undo) remote->offset_s = 0;
        break;
    case ACTION_SERVER_STOPS:
        remote->dead = !undo;
        break;
    case ACTION_SERVER_STRATUM:
        model->stratum = (uint8_t)(undo ? was->stratum : action->value);
        break;
    case ACTION_SERVER_LEAP:
        remote_announce(remote, &world->truth, world->now, undo ? 0 : (int)action->value);
        break;
    case ACTION_SERVER_KISS:
        remote->kiss = undo ? 0 : action->code;
        break;
    case ACTION_SERVER_DELAY:
        model->root_delay_s = undo ? was->root_delay_s : action->value;
        break;
    case ACTION_SERVER_DISPERSION:
        model->root_dispersion = undo ? was->root_dispersion : action->value;
        break;
    default:
        break;
    }
}

static void grow(struct path *path, enum path_direction direction, double value, bool undo) {
    path->ways[direction].added_s += undo ? -value : value;
}

static void ramp(struct path *path, enum path_direction direction, double rate, struct tai now,
                 bool undo) {
    path->ways[direction].ramp = undo ? 0 : rate;
    path->ways[direction].ramp_from = now;
}

static void lose(struct path *path, enum path_direction direction, const struct action *action,
                 bool undo) {
    double share = action->value > 0 ? action->value : action->code;
    path->ways[direction].loss_added = undo ? 0 : share;
}

static void set_jitter(struct path_model *model, const struct path_model *was,
                       const struct action *action, bool undo) {
    model->jitter = undo ? was->jitter : (enum path_jitter)action->code;
    model->jitter_s = undo ? was->jitter_s : action->value;
}

static void on_path(struct world *world, const struct action *action, uint32_t index, bool undo) {
    struct path *path = &world->paths[index];
    const struct path_model *was = &world->scenario.setting.paths[index];
    switch (action->kind) {
    case ACTION_PATH_FORWARD:
    case ACTION_PATH_BACKWARD:
    case ACTION_PATH_BOTH:
        if (action->kind != ACTION_PATH_BACKWARD) grow(path, PATH_FORWARD, action->value, undo);
        if (action->kind != ACTION_PATH_FORWARD) grow(path, PATH_BACKWARD, action->value, undo);
        break;
    case ACTION_PATH_RAMP_FORWARD:
        ramp(path, PATH_FORWARD, action->value, world->now, undo);
        break;
    case ACTION_PATH_RAMP_BACKWARD:
        ramp(path, PATH_BACKWARD, action->value, world->now, undo);
        break;
    case ACTION_PATH_JITTER:
        set_jitter(&path->model, was, action, undo);
        break;
    case ACTION_PATH_LOSS:
    case ACTION_PATH_LOSS_FORWARD:
    case ACTION_PATH_LOSS_BACKWARD:
        if (action->kind != ACTION_PATH_LOSS_BACKWARD) lose(path, PATH_FORWARD, action, undo);
        if (action->kind != ACTION_PATH_LOSS_FORWARD) lose(path, PATH_BACKWARD, action, undo);
        break;
    case ACTION_PATH_DUPLICATE:
        path->model.duplicate = undo ? was->duplicate : action->value;
        break;
    case ACTION_PATH_REORDER:
        path->model.reorder = undo ? was->reorder : action->value;
        break;
    default:
        break;
    }
}

static void begin_spoofing(struct world *world, struct adversary *adversary, uint32_t index) {
    struct queue_item item = {.at = world->now, .kind = HAPPEN_SPOOF, .index = index};
    item.token = ++adversary->spoof_token;
    queue_push(&world->queue, item);
}

static void by_adversary(struct world *world, const struct action *action, uint32_t index,
                         bool undo) {
    struct adversary *adversary = &world->adversaries[index];
    switch (action->kind) {
    case ACTION_PATH_REWRITE:
        adversary->rewrites = !undo;
        adversary->rewrite_s = undo ? 0 : action->value;
        break;
    case ACTION_PATH_REWRITE_DRIFT:
        adversary->rewrites = !undo;
        adversary->rewrite_rate = undo ? 0 : action->value;
        adversary->rewrite_from = world->now;
        break;
    case ACTION_PATH_REPLAY:
        adversary->replays = !undo;
        break;
    case ACTION_PATH_REFLECT:
        adversary->reflects = !undo;
        break;
    case ACTION_PATH_KISS:
        adversary->kiss = undo ? 0 : action->code;
        break;
    case ACTION_PATH_SPOOF:
    case ACTION_PATH_SPOOF_KISS:
        adversary->spoof_every_s = undo ? 0 : action->more;
        adversary->spoof_s = action->value;
        adversary->spoof_kiss = action->code;
        if (!undo) begin_spoofing(world, adversary, index);
        break;
    default:
        break;
    }
}

void enact_network(struct world *world, const struct action *action, bool undo) {
    uint64_t mask = selector_mask(&action->who, &world->crowd);
    for (uint32_t i = 0; i < world->config.source_count; i++) {
        if (!(mask >> i & 1)) continue;
        if (action->kind < ACTION_PATH_FORWARD)
            on_server(world, action, i, undo);
        else if (action->kind < ACTION_PATH_REWRITE)
            on_path(world, action, i, undo);
        else
            by_adversary(world, action, i, undo);
    }
}

void enact_network_poison(struct world *world, double offset_s) {
    world->poisoned = true;
    for (int i = LIMIT_SOURCES; i < WORLD_REMOTES; i++) world->remotes[i].offset_s = offset_s;
}

void enact_network_spoof(struct world *world, uint32_t remote, uint64_t token) {
    const struct adversary *adversary = &world->adversaries[remote];
    if (adversary->spoof_every_s <= 0 || adversary->spoof_token != token) return;
    courier_spoof(world, remote);
    struct queue_item item = {.at = tai_add(world->now, ns_from_s(adversary->spoof_every_s)),
                              .kind = HAPPEN_SPOOF,
                              .index = remote,
                              .token = token};
    queue_push(&world->queue, item);
}
