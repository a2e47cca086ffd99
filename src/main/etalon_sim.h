/* etalon sim: runs a scenario with many seeds and says how it went. */
#pragma once

#include "main/etalon_arguments.h"
#include "main/etalon_output.h"
#include "sim/scenario.h"

enum { ETALON_SIM_TEXTS = 4 };

/* Of one node, while settled. */
struct etalon_sim_node {
    double rms_s, max_s, bound_s;
    double outside_s; /* time that the truth was outside the bound */
};

/* What is kept of one run. */
struct etalon_sim_run {
    uint64_t seed, trace, requests, replies, jumps, findings, events;
    double rms_s, max_s, bound_s, outside_s; /* the worst of the nodes */
    double simulated_s, cpu_s;
    char texts[ETALON_SIM_TEXTS][200]; /* of findings */
    char ends[160];                    /* mode, and the verdict on each source */
    uint32_t node_count;
    struct etalon_sim_node nodes[SETTING_NODES_MAX];
};

enum etalon_exit etalon_sim(const struct etalon_arguments *arguments,
                            const struct etalon_output *output);
/* A name of the catalogue, or a file; false: what is wrong was said. */
bool etalon_sim_scenario(const char *name, struct scenario *out);
