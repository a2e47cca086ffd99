/* How a configuration came out of all attacks together, and which of two stands better. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/outcome.h"

struct standing {
    uint32_t attacks; /* that were run */
    uint32_t classes[OUTCOME_CLASSES];
    double worst_s;    /* largest error of time that was served, over all attacks */
    size_t worst;      /* in which attack */
    double harm;       /* mean over the attacks of log10(error / error without the attack), >= 0 */
    double unserved_s; /* mean over the attacks, beyond the control's */
    double control_error_s, control_bound_s, control_unserved_s;
    double packets_per_s; /* requests, in the control */
};

/* Begins with the run without an attack. */
void standing_begin(struct standing *standing, const struct outcome *control);
/* Adds the outcome of attack number index; one that did not run is left out. */
void standing_add(struct standing *standing, size_t index, const struct outcome *outcome,
                  const struct outcome *control, double begin_s);
/* Attacks by which served time was moved, within its bound or beyond. */
uint32_t standing_moved(const struct standing *standing);
/* Moved beyond the bound. */
uint32_t standing_findings(const struct standing *standing);
/* Whether a is clearly better than b: by the worst error, else by the number of findings, else of
 * moves, else by the harm. What has less time when nobody attacks is never better. */
bool standing_better(const struct standing *a, const struct standing *b);
/* < 0: a stands before b in a ranking. */
int standing_compare(const struct standing *a, const struct standing *b);
