/* One run of the rehearsal: a subject, an attack or none, and a seed. Deterministic. */
#pragma once

#include "sim/attack.h"
#include "sim/outcome.h"

struct rehearsal {
    const struct subject *subject;
    const struct attack *attack; /* NULL: the control, in which nobody attacks */
    uint64_t seed;
    double settle_s; /* errors count from then on */
    double cut_s;    /* the short outcome ends here ... */
    double full_s;   /* ... and the whole one here; equal: there is only one */
};

struct rehearsal_result {
    struct outcome cut, full;
};

/* Everything that the run depends on, but for how long it is: equal keys, equal outcomes. */
uint64_t rehearsal_key(const struct rehearsal *rehearsal);
/* False, with *why, where the world cannot be made. */
bool rehearsal_run(const struct rehearsal *rehearsal, struct rehearsal_result *out,
                   struct config_error *why);
