/* See the header. */
#include "sim/rehearsal.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

/* What the watch of a world is handed. */
struct watching {
    const struct rehearsal *rehearsal;
    struct rehearsal_result *result;
    struct outcome_watch watch;
    bool cut;
};

/* The configuration for the simulated daemon: every member of a pool is a server of its own, what
 * is pinned has an address, and anybody may ask. */
static void prepare(const struct subject *subject, struct config *config) {
    *config = subject->config;
    for (uint32_t i = 0; i < config->source_count; i++) {
        struct config_source *source = &config->sources[i];
        source->is_pool = false;
        source->pool_member = 0;
        source->port = 123;
        source->addr = (struct addr){.family = ADDR_NONE};
        if (subject->named >> i & 1) {
            memcpy(source->name, "source-00.example", sizeof "source-00.example");
            source->name[7] = (char)('0' + (i + 1) / 10);
            source->name[8] = (char)('0' + (i + 1) % 10);
            continue;
        }
        source->addr = remote_addr((uint16_t)i);
        source->addr.port = source->port;
        addr_text(&source->addr, source->name);
    }
    config->access_count = 1;
    config->access[0] = (struct config_access_rule){.allow = true};
    config->serves = true;
    config->roughtime_count = 0;
}

static void hash_bytes(uint64_t *hash, const void *bytes, size_t length) {
    struct trace trace = {.hash = *hash};
    trace_bytes(&trace, bytes, length);
    *hash = trace.hash;
}

uint64_t rehearsal_key(const struct rehearsal *rehearsal) {
    static const struct trace begin = {.hash = UINT64_C(0xcbf29ce484222325)};
    uint64_t hash = begin.hash;
    struct config *config = malloc(sizeof *config);
    struct scenario *scenario = malloc(sizeof *scenario);
    CHECK(config != NULL && scenario != NULL);
    prepare(rehearsal->subject, config);
    attack_world(rehearsal->attack, rehearsal->subject, rehearsal->cut_s, scenario);
    hash_bytes(&hash, &rehearsal->seed, sizeof rehearsal->seed);
    hash_bytes(&hash, config, sizeof *config);
    hash_bytes(&hash, &rehearsal->subject->authenticated, sizeof rehearsal->subject->authenticated);
    hash_bytes(&hash, scenario, sizeof *scenario);
    free(scenario);
    free(config);
    return hash;
}

static void look(const struct world *world) {
    struct watching *w = world->context;
    if (!w->cut && world_elapsed_s(world) > w->rehearsal->cut_s) {
        w->cut = true;
        w->result->cut = w->result->full;
        struct outcome_watch copy = w->watch;
        copy.outcome = &w->result->cut;
        outcome_finish(&copy, world);
    }
    outcome_look(&w->watch, world);
}

bool rehearsal_run(const struct rehearsal *rehearsal, struct rehearsal_result *out,
                   struct config_error *why) {
    struct config *config = malloc(sizeof *config);
    struct scenario *scenario = malloc(sizeof *scenario);
    CHECK(config != NULL && scenario != NULL);
    struct watching watching = {.rehearsal = rehearsal, .result = out};
    double end_s = rehearsal->attack ? rehearsal->attack->end_s : 0;
    outcome_begin(&watching.watch, &out->full, rehearsal->full_s, rehearsal->settle_s, end_s);
    prepare(rehearsal->subject, config);
    attack_world(rehearsal->attack, rehearsal->subject, rehearsal->full_s, scenario);
    struct world *world = world_create(scenario, config, rehearsal->seed, why);
    if (world != NULL) {
        world->watch = look;
        world->context = &watching;
        world_run(world);
        outcome_finish(&watching.watch, world);
        if (!watching.cut) out->cut = out->full;
        world_destroy(world);
    }
    free(scenario);
    free(config);
    return world != NULL;
}
