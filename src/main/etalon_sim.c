/* See the header. A run that the judge has something against ends the command with 1, and its seed
 * is printed: `etalon sim SCENARIO --seed N --verbose` shows it again. */
#include "main/etalon_sim.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "main/etalon_pool.h"
#include "main/etalon_sim_plot.h"
#include "main/etalon_sim_table.h"
#include "os/storage.h"
#include "sim/catalogue.h"
#include "sim/world.h"

enum { FILE_BYTES = 64 << 10, SEEDS_MAX = 1000000, JOBS_MAX = 64 };

struct job {
    const struct scenario *scenario;
    uint64_t first;
};

static enum etalon_exit list(const struct etalon_output *output) {
    static struct scenario scenario;
    const char *group = "", *bold = etalon_output_colour(output, BOLD);
    for (size_t i = 0; i < catalogue_count; i++) {
        const struct catalogue_entry *entry = &catalogue_entries[i];
        catalogue_scenario(entry, &scenario);
        if (strcmp(group, entry->group) != 0)
            printf("%s%s%s%s\n", *group ? "\n" : "", bold, entry->group,
                   etalon_output_colour(output, PLAIN));
        group = entry->group;
        printf("  %-24s %s\n", entry->name, scenario.about);
    }
    return ETALON_FINE;
}

static bool from_file(const char *path, struct scenario *out) {
    static char text[FILE_BYTES];
    struct config_error error;
    const char *why = NULL;
    size_t length = 0;
    enum err err = storage_read(path, text, sizeof text, &length, &why);
    if (err != ERR_OK) {
        fprintf(stderr, "etalon: %s: %s\n", path, why ? why : err_text(err));
        return false;
    }
    if (scenario_parse(path, text, length, out, &error) == ERR_OK) return true;
    fprintf(stderr, "etalon: %s:%u:%u: %s\n", error.place.file, (unsigned)error.place.line,
            (unsigned)error.place.column, error.text);
    return false;
}

bool etalon_sim_scenario(const char *name, struct scenario *out) {
    const struct catalogue_entry *entry = catalogue_find(name);
    if (entry) {
        catalogue_scenario(entry, out);
        return true;
    }
    if (strchr(name, '/') || strchr(name, '.')) return from_file(name, out);
    fprintf(stderr, "etalon: no scenario '%s'; `etalon sim` shows those that there are\n", name);
    return false;
}

/* N or A..B */
static bool parse_seeds(const char *text, uint64_t *first, uint64_t *count) {
    char *end = NULL;
    *first = 1;
    *count = 1;
    if (!text) return true;
    bool right = text[0] >= '0' && text[0] <= '9';
    *first = right ? strtoull(text, &end, 10) : 0;
    uint64_t last = *first;
    if (right && strncmp(end, "..", 2) == 0 && end[2] >= '0' && end[2] <= '9')
        last = strtoull(end + 2, &end, 10);
    if (right && *end == '\0' && last >= *first && last - *first < SEEDS_MAX) {
        *count = last - *first + 1;
        return true;
    }
    fprintf(stderr, "etalon: --seed: '%s' is not N or A..B, at most %d of them\n", text, SEEDS_MAX);
    return false;
}

static bool parse_jobs(const char *text, unsigned *jobs) {
    char *end = NULL;
    *jobs = 0;
    if (!text) return true;
    unsigned long value = text[0] >= '0' && text[0] <= '9' ? strtoul(text, &end, 10) : 0;
    if (value >= 1 && value <= JOBS_MAX && *end == '\0') {
        *jobs = (unsigned)value;
        return true;
    }
    fprintf(stderr, "etalon: --jobs: '%s' is not 1 to %d\n", text, JOBS_MAX);
    return false;
}

static double read_clock(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* What the first says of its servers, and how the others end. */
static void describe_end(const struct world *world, char *out, size_t room) {
    const struct judge *judge = &world->judge;
    size_t length = (size_t)snprintf(
        out, room, "%s", message_tracking_name((enum tracking_mode)judge->tracking.mode));
    for (uint32_t i = 0; i < world->config.source_count && length < room; i++)
        length += (size_t)snprintf(out + length, room - length, "%s%s", i == 0 ? ": " : " ",
                                   message_verdict_name((enum verdict)judge->verdicts[i].verdict));
    for (const struct world *node = world->next; node && length < room; node = node->next)
        length +=
            (size_t)snprintf(out + length, room - length, ", node %u %s", node->number,
                             message_tracking_name((enum tracking_mode)node->judge.tracking.mode));
}

static void keep_node(const struct world *world, struct etalon_sim_run *run) {
    const struct judge *judge = &world->judge;
    struct etalon_sim_node *node = &run->nodes[run->node_count++];
    *node = (struct etalon_sim_node){judge_rms(&judge->error), judge->error.max_s,
                                     judge->bound_max_s, judge->toll.outside_time_s};
    run->rms_s = fmax(run->rms_s, node->rms_s);
    run->max_s = fmax(run->max_s, node->max_s);
    run->bound_s = fmax(run->bound_s, node->bound_s);
    run->outside_s = fmax(run->outside_s, node->outside_s);
    run->requests += world->counts.requests;
    run->replies += world->counts.replies;
    run->events += world->counts.events;
    run->jumps += judge->jumps;
}

static void keep(const struct world *world, double cpu_s, struct etalon_sim_run *run) {
    const struct judge *judge = &world->judge;
    *run = (struct etalon_sim_run){.seed = world->seed,
                                   .trace = world->trace.hash,
                                   .findings = judge->findings,
                                   .simulated_s = world->scenario.duration_s,
                                   .cpu_s = cpu_s};
    for (const struct world *node = world; node; node = node->next) keep_node(node, run);
    for (int i = 0; i < ETALON_SIM_TEXTS; i++)
        memcpy(run->texts[i], judge->texts[i], sizeof run->texts[i]);
    describe_end(world, run->ends, sizeof run->ends);
}

static void work(void *context, uint64_t task, void *result) {
    const struct job *job = context;
    struct config_error why;
    double began_s = read_clock(CLOCK_PROCESS_CPUTIME_ID);
    struct world *world = world_create(job->scenario, NULL, job->first + task, &why);
    if (!world) return; /* the parser has seen to it that this cannot be */
    world_run(world);
    keep(world, read_clock(CLOCK_PROCESS_CPUTIME_ID) - began_s, result);
    world_destroy(world);
}

static void print_log(const struct world *world, enum log_level level, const char *text) {
    printf("%12.3f s  %c  ", world_elapsed_s(world), "dIWE"[level]);
    if (world->judge.node > 0) printf("node %u: ", world->number);
    puts(text);
}

/* One run in this process: what the jobs log as it goes, and the picture. */
static enum etalon_exit show_one(const struct etalon_arguments *arguments,
                                 const struct scenario *scenario, uint64_t seed) {
    struct config_error why;
    struct world *world = world_create(scenario, NULL, seed, &why);
    if (!world) return ETALON_FAILED;
    struct etalon_sim_plot *plot = arguments->plot ? etalon_sim_plot_begin(world) : NULL;
    if (arguments->verbose) world->log = print_log;
    world_run(world);
    bool drawn = !plot || etalon_sim_plot_end(plot, world, arguments->plot);
    world_destroy(world);
    return drawn ? ETALON_FINE : ETALON_FAILED;
}

static enum etalon_exit run_all(const struct etalon_arguments *arguments,
                                const struct etalon_output *output, const struct scenario *scenario,
                                uint64_t first, uint64_t count, unsigned jobs) {
    struct job job = {scenario, first};
    const struct etalon_pool pool = {.count = count,
                                     .jobs = jobs,
                                     .result_bytes = sizeof(struct etalon_sim_run),
                                     .work = work,
                                     .context = &job,
                                     .what = "seeds"};
    double began_s = read_clock(CLOCK_MONOTONIC);
    struct etalon_pool_results results = etalon_pool_run(&pool);
    const struct etalon_sim_table table = {.scenario = scenario,
                                           .count = count,
                                           .has = results.has,
                                           .runs = (const struct etalon_sim_run *)results.results,
                                           .wall_s = read_clock(CLOCK_MONOTONIC) - began_s,
                                           .done = results.done};
    bool printed =
        arguments->json ? etalon_sim_table_json(&table) : etalon_sim_table_print(&table, output);
    bool clean = etalon_sim_table_findings(&table) == 0;
    enum etalon_pool_end end = results.end;
    etalon_pool_free(&results);
    if (end == ETALON_POOL_FAILED || !printed) return ETALON_FAILED;
    if (!clean) return ETALON_FINDINGS;
    return end == ETALON_POOL_INTERRUPTED ? ETALON_PARTLY : ETALON_FINE;
}

enum etalon_exit etalon_sim(const struct etalon_arguments *arguments,
                            const struct etalon_output *output) {
    static struct scenario scenario;
    uint64_t first, count;
    unsigned jobs;
    if (!arguments->operand) return list(output);
    if (!etalon_sim_scenario(arguments->operand, &scenario) ||
        !parse_seeds(arguments->seeds, &first, &count) || !parse_jobs(arguments->jobs, &jobs))
        return ETALON_USAGE;
    if (arguments->plot || arguments->verbose) {
        enum etalon_exit code = show_one(arguments, &scenario, first);
        if (code != ETALON_FINE) return code;
    }
    return run_all(arguments, output, &scenario, first, count, jobs);
}
