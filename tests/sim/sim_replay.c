/* sim_replay SEED...   runs every scenario of the catalogue, but the long ones, with a ledger, then
 * the keepers again from what was recorded: every verdict, intent, effect and the hash chain over
 * the rest must come out the same, byte for byte. A record with one bit changed must not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/replay.h"
#include "sim/catalogue.h"
#include "sim/world.h"

enum { RECORDS_MAX = 400000, LONG_S = 8 * 3600 };

struct kept {
    uint8_t kind;
    uint16_t length;
    uint8_t *bytes;
};

struct store {
    struct kept *kept;
    size_t count, bytes;
};

static void keep(void *context, const struct message_record *record) {
    struct store *store = context;
    if (record->job != JOB_KEEPER) return;
    if (store->count == RECORDS_MAX) abort();
    struct kept *kept = &store->kept[store->count++];
    *kept = (struct kept){record->kind, record->length, malloc(record->length)};
    memcpy(kept->bytes, record->bytes, record->length);
    store->bytes += record->length;
}

static struct replay *run_again(const struct store *store, const struct config *config) {
    struct replay *replay = calloc(1, sizeof *replay);
    void *memory = calloc(1, keeper_bytes(config));
    replay_init(replay, config, memory);
    for (size_t i = 0; i < store->count; i++) {
        const struct kept *kept = &store->kept[i];
        enum err err = replay_take(replay, i, kept->kind, kept->bytes, kept->length);
        if (err == ERR_OK) continue;
        replay->differs = true;
        if (err != ERR_PROOF) printf("    record %zu: %s\n", i, err_text(err));
        break;
    }
    replay_end(replay);
    free(memory);
    return replay;
}

/* A change anywhere must be noticed: here of the newest journal page before the end's. */
static bool notices(struct store *store, const struct config *config) {
    for (size_t i = store->count / 2; i > 0; i--) {
        struct kept *kept = &store->kept[i];
        if (kept->kind != RECORD_SAMPLE) continue;
        kept->bytes[kept->length - 4] ^=
            1; /* of the stamp's error; the least bits vanish in sums */
        struct replay *replay = run_again(store, config);
        bool noticed = replay->differs;
        free(replay);
        kept->bytes[kept->length - 4] ^= 1;
        return noticed;
    }
    return true; /* nobody was ever heard */
}

static bool run(const struct catalogue_entry *entry, uint64_t seed) {
    struct scenario scenario;
    struct config_error why;
    catalogue_scenario(entry, &scenario);
    if (scenario.duration_s > LONG_S) return true; /* more of the same */
    struct store store = {.kept = calloc(RECORDS_MAX, sizeof *store.kept)};
    if (scenario.setting.record_s == 0) scenario.setting.record_s = 3e-3;
    struct world *world = world_create(&scenario, NULL, seed, &why);
    if (!world) {
        printf("%s: %s\n", scenario.name, why.text);
        return false;
    }
    world->record = keep;
    world->context = &store;
    world_run(world);
    struct replay *replay = run_again(&store, &world->config);
    bool found = world->judge.findings > 0;
    bool good = !found && !replay->differs && notices(&store, &world->config);
    printf("%-18s seed %llu: %zu records, %.2f MB; %llu keepers, %llu events, %llu the same, "
           "%llu cannot be run again%s%s\n",
           scenario.name, (unsigned long long)seed, store.count, (double)store.bytes / 1e6,
           (unsigned long long)replay->keepers, (unsigned long long)replay->events,
           (unsigned long long)replay->records, (unsigned long long)replay->unreplayable,
           found ? "; FINDING: " : "", found ? world->judge.texts[0] : "");
    if (replay->differs)
        printf("    record %llu (%s) came out differently\n",
               (unsigned long long)replay->differs_index, record_kind_name(replay->differs_kind));
    for (size_t i = 0; i < store.count; i++) free(store.kept[i].bytes);
    free(store.kept);
    free(replay);
    world_destroy(world);
    return good;
}

int main(int argc, char **argv) {
    bool good = argc > 1;
    for (int a = 1; a < argc; a++)
        for (size_t i = 0; i < catalogue_count; i++)
            good &= run(&catalogue_entries[i], strtoull(argv[a], NULL, 10));
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
