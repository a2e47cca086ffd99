/* sim_hash SEED   runs every scenario of the catalogue, for hash.sh: a line for each with all that
 * two builds could differ in, the hash of the trace among it. Findings are for others. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/catalogue.h"
#include "sim/world.h"

static const double attack_s = 9000;

int main(int argc, char **argv) {
    struct scenario scenario;
    struct config_error why;
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    for (size_t i = 0; i < catalogue_count; i++) {
        catalogue_scenario(&catalogue_entries[i], &scenario);
        if (strcmp(catalogue_entries[i].group, "attacks") == 0)
            scenario.duration_s = attack_s; /* begun is enough to tell builds apart */
        struct world *world = world_create(&scenario, NULL, seed, &why);
        if (world == NULL) return EXIT_FAILURE;
        world_run(world);
        printf("%s %016llx %llu events, rms %a, max %a, bound %a, %llu requests, %llu findings\n",
               scenario.name, (unsigned long long)world->trace.hash,
               (unsigned long long)world->counts.events, judge_rms(&world->judge.error),
               world->judge.error.max_s, world->judge.bound_max_s,
               (unsigned long long)world->counts.requests,
               (unsigned long long)world->judge.findings);
        world_destroy(world);
    }
    return EXIT_SUCCESS;
}
