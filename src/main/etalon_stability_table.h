/* What etalon stability found, and how it is printed: a table for each statistic, or JSON. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "clock/stability.h"
#include "main/etalon_output.h"

struct etalon_stability_row {
    double tau_s, deviation;
    size_t terms;
    double edf, low, high; /* edf 0: there is no interval */
    int alpha;             /* of the noise (clock/stability_noise) */
};

struct etalon_stability_result {
    const char *name; /* of the file */
    size_t points;    /* of phase */
    double tau0_s, confidence;
    struct {
        struct etalon_stability_row *rows; /* NULL: not asked for */
        size_t count;
    } of[STABILITY_KINDS];
};

void etalon_stability_table(const struct etalon_stability_result *result,
                            const struct etalon_output *output);
/* False: there was no memory for it. */
bool etalon_stability_table_json(const struct etalon_stability_result *result);
