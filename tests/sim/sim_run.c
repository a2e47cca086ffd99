/* sim_run [-v] SCENARIO SEED...   runs a scenario with each seed and prints what the judge saw
 * sim_run --list                  names of the scenarios
 *
 * One line for a run: errors of the line and its bound while settled, requests sent, replies
 * taken, where each source ended, and the hash of the trace. Exits with 1 if any run has findings;
 * -v shows what the jobs logged and, every ten simulated minutes, where things stand. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/catalogue.h"
#include "sim/world.h"

static void print_log(const struct world *world, enum log_level level, const char *text) {
    printf("    %10.3f s  %c  %s\n", world_elapsed_s(world), "dIWE"[level], text);
}

/* Every ten minutes: error and bound, and of each source its offset and verdict. */
static void print_look(const struct world *world) {
    const struct judge *judge = &world->judge;
    if (fmod(world_elapsed_s(world), 600) >= world->scenario->sample_s) return;
    printf("    %10.3f s     error %+.1f us, bound %.1f us, frequency error %.2f ppm;",
           world_elapsed_s(world), judge->error_s * 1e6, judge->radius_s * 1e6,
           judge->tracking.frequency_error * 1e6);
    for (uint32_t i = 0; i < world->config.source_count; i++)
        printf(" %+.1f us %s,", judge->verdicts[i].offset_s * 1e6,
               message_verdict_name(judge->verdicts[i].verdict));
    printf(" %s\n", message_tracking_name(judge->tracking.mode));
}

static void print_header(const struct scenario *scenario) {
    printf("%s: %s\n%8s %11s %11s %11s %9s %8s %6s  %-16s  %s\n", scenario->name, scenario->about,
           "seed", "rms us", "max us", "bound us", "requests", "replies", "jumps", "trace",
           "sources");
}

static void print_run(const struct world *world) {
    const struct judge *judge = &world->judge;
    printf("%8llu %11.2f %11.2f %11.2f %9llu %8llu %6llu  %016llx ",
           (unsigned long long)world->seed, judge_rms(&judge->error) * 1e6,
           judge->error.max_s * 1e6, judge->bound_max_s * 1e6,
           (unsigned long long)world->counts.requests, (unsigned long long)world->counts.replies,
           (unsigned long long)judge->jumps, (unsigned long long)world->trace.hash);
    for (uint32_t i = 0; i < world->config.source_count; i++)
        printf(" %s", message_verdict_name(judge->verdicts[i].verdict));
    printf("  %s\n", message_tracking_name(judge->tracking.mode));
    uint64_t shown = judge->findings < JUDGE_FINDINGS_MAX ? judge->findings : JUDGE_FINDINGS_MAX;
    for (uint64_t i = 0; i < shown; i++)
        printf("    FINDING scenario %s seed %llu at %s\n", world->scenario->name,
               (unsigned long long)world->seed, judge->texts[i]);
    if (judge->findings > shown)
        printf("    and %llu more\n", (unsigned long long)(judge->findings - shown));
}

static bool run(const struct scenario *scenario, uint64_t seed, bool verbose) {
    struct config_error why;
    struct world *world = world_create(scenario, seed, &why);
    if (world == NULL) {
        printf("%s:%u: %s\n", why.place.file, why.place.line, why.text);
        return false;
    }
    if (verbose) {
        world->log = print_log;
        world->watch = print_look;
    }
    world_run(world);
    print_run(world);
    bool clean = world->judge.findings == 0;
    world_destroy(world);
    return clean;
}

static int list(void) {
    for (size_t i = 0; i < catalogue_count; i++) printf("%s\n", catalogue_scenarios[i].name);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
    bool verbose = argc > 1 && strcmp(argv[1], "-v") == 0, clean = true;
    int first = verbose ? 2 : 1;
    if (argc == 2 && strcmp(argv[1], "--list") == 0) return list();
    if (argc < first + 2) {
        fprintf(stderr, "usage: sim_run [-v] SCENARIO SEED... | --list\n");
        return 2;
    }
    const struct scenario *scenario = catalogue_find(argv[first]);
    if (scenario == NULL) {
        fprintf(stderr, "sim_run: no scenario \"%s\"; --list shows them\n", argv[first]);
        return 2;
    }
    print_header(scenario);
    for (int i = first + 1; i < argc; i++)
        clean &= run(scenario, strtoull(argv[i], NULL, 0), verbose);
    return clean ? EXIT_SUCCESS : EXIT_FAILURE;
}
