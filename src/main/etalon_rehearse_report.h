/* What the rehearsal found, for whoever shows it: text, JSON or HTML. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/attack.h"
#include "sim/change.h"
#include "sim/directives.h"
#include "sim/rehearsal.h"
#include "sim/standing.h"

enum {
    ETALON_REHEARSE_VARIANTS = 4 * CHANGE_CANDIDATES_MAX,
    ETALON_REHEARSE_STEPS = 2,   /* changes on top of each other, at most */
    ETALON_REHEARSE_TRIALS = 12, /* attacks in which each change is tried at first */
    ETALON_REHEARSE_PLOTS = 12,  /* attacks that are drawn, at most */
    ETALON_REHEARSE_HASH_BYTES = 65,
};

/* A configuration: the operator's (number 0), or one with changes. Outcomes: NULL if not run. */
struct etalon_rehearse_variant {
    struct subject subject;
    struct change change; /* made last, on the variant `parent` */
    size_t parent;
    unsigned step; /* 0: the operator's; else how many changes it has */
    const struct rehearsal_result *control, *attacks[ATTACK_MAX];
    bool everywhere;          /* run in all attacks, and not only where it can help */
    struct standing standing; /* of the short outcomes of what was run */
    struct standing rival;    /* of its parent, in the same attacks */
    bool helps;
};

struct etalon_rehearse_report {
    const char *file, *version;
    char hash[ETALON_REHEARSE_HASH_BYTES]; /* of the directives that bear on time */
    uint64_t seed;
    double hours, settle_s;
    bool quick, interrupted, measured;
    const struct attack *attacks;
    size_t attack_count;
    struct etalon_rehearse_variant *variants;
    size_t variant_count;
    size_t ranked[ETALON_REHEARSE_VARIANTS], ranked_count; /* step 1, those that help first */
    size_t steps[ETALON_REHEARSE_STEPS], step_count;       /* best, best on top of it, ... */
    struct standing before, after; /* variant 0, whole outcomes; the last step, short ones */
    size_t runs;
    uint64_t simulated_s;
    double wall_s;
    unsigned jobs;
};

/* The last step, or the operator's own. */
const struct etalon_rehearse_variant *
etalon_rehearse_report_best(const struct etalon_rehearse_report *report);
struct outcome_verdict etalon_rehearse_report_verdict(const struct etalon_rehearse_report *report,
                                                      const struct etalon_rehearse_variant *variant,
                                                      size_t attack);
/* Whether any attack moved the node beyond its bound. */
bool etalon_rehearse_report_has_findings(const struct etalon_rehearse_report *report);
/* Attacks of the operator's configuration, the worst first; returns how many were run. */
size_t etalon_rehearse_report_order(const struct etalon_rehearse_report *report,
                                    size_t out[ATTACK_MAX]);
