/* What etalon sim prints: a row for each seed, or the worst of them, and a summary. */
#pragma once

#include "main/etalon_sim.h"

struct etalon_sim_table {
    const struct scenario *scenario;
    uint64_t count, done;
    const bool *has; /* [count]: that run was done */
    const struct etalon_sim_run *runs;
    double wall_s; /* of all */
};

uint64_t etalon_sim_table_findings(const struct etalon_sim_table *table);
bool etalon_sim_table_print(const struct etalon_sim_table *table,
                            const struct etalon_output *output);
bool etalon_sim_table_json(const struct etalon_sim_table *table);
