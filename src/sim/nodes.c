/* See the header. */
#include "sim/nodes.h"

#include "sim/prng.h"

static void keep_actions(const struct scenario *scenario, uint32_t node, struct scenario *out) {
    out->action_count = 0;
    for (uint32_t i = 0; i < scenario->action_count; i++)
        if (scenario->actions[i].node == node) scenario_add(out, &scenario->actions[i]);
}

/* Of a source that is a node nothing is expected but that it is used, unless of all sources. */
static void expect_of_node(struct expectation *expect, uint32_t sources) {
    uint64_t all = UINT64_MAX >> (LIMIT_SOURCES - sources);
    expect->falsetickers = expect->unused = expect->drops = 0;
    expect->alarm = false;
    expect->may_be_either = (expect->may_be_either & all) == all;
}

uint64_t nodes_view(const struct scenario *scenario, uint64_t seed, uint32_t number,
                    struct scenario *out) {
    struct prng prng;
    *out = *scenario;
    keep_actions(scenario, number - 1, out);
    if (number == 1) return seed;
    prng_init(&prng, seed, "node", number);
    expect_of_node(&out->expect, scenario->setting.sources);
    out->setting = setting_of_node(&scenario->setting, number);
    out->setting.oscillator.offset *= prng_uniform(&prng, -1, 1);
    return prng_u64(&prng);
}

struct world *nodes_find(struct world *first, uint32_t number) {
    while (first != NULL && first->number != number) first = first->next;
    return first;
}

struct world *nodes_earliest(struct world *first) {
    struct world *earliest = first;
    for (struct world *node = first->next; node != NULL; node = node->next) {
        const struct queue_item *next = queue_next(&node->queue);
        const struct queue_item *least = queue_next(&earliest->queue);
        if (least == NULL || (next != NULL && tai_diff(next->at, least->at) < 0)) earliest = node;
    }
    return earliest;
}

void nodes_inherit(struct world *world) {
    if (world->asks != NULL && !world->asks->judge.majority_true)
        world_break_promise(world, "nothing is promised of the node that it asks");
}

void nodes_join(struct world *first) {
    for (const struct world *node = first->next; node != NULL; node = node->next) {
        trace_u64(&first->trace, node->trace.hash);
        judge_join(&first->judge, &node->judge);
    }
}
