/* A counterfactual: one change of a configuration that an operator could make, to be simulated. A
 * change does nothing but what its directives say; what it is worth is found by running it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sim/subject.h"

enum change_kind {
    CHANGE_ADD,           /* number more sources, each of an operator of its own */
    CHANGE_ADD_NTS,       /* the same, authenticated */
    CHANGE_NTS,           /* nts on every server that has it not */
    CHANGE_REPLACE,       /* the pools by four servers of four operators */
    CHANGE_REPLACE_NTS,   /* the same, authenticated */
    CHANGE_PIN,           /* names of servers replaced by their addresses */
    CHANGE_TRUST,         /* only authenticated sources vote */
    CHANGE_REQUIRE,       /* an authenticated source must agree */
    CHANGE_MINSOURCES,    /* to number */
    CHANGE_MAXDISTANCE,   /* to value */
    CHANGE_MAXBOUND,      /* to value */
    CHANGE_MAXCLOCKERROR, /* to value (s/s) */
    CHANGE_POLL,          /* maxpoll to number, minpoll no higher */
    CHANGE_LOCAL,         /* a receiver keeps the host clock, which is the local reference */
    CHANGE_MAKESTEP,      /* no step once running */
    CHANGE_MAXCHANGE,     /* larger corrections than value are refused */
    CHANGE_DRIFTFILE,
    CHANGE_KINDS
};

enum { CHANGE_CANDIDATES_MAX = 32, CHANGE_REASON_BYTES = 200 };

struct change {
    enum change_kind kind;
    uint32_t number;
    double value;
};

/* What may be tried: only changes that differ from what there is, and that etalond would accept. */
size_t change_candidates(const struct subject *subject, struct change out[CHANGE_CANDIDATES_MAX]);
/* Makes the change, which is a candidate of before. after must not be before. */
void change_apply(const struct change *change, const struct subject *before, struct subject *after);
/* "one more independent source". Returns out. */
const char *change_title(const struct change *change, char out[CHANGE_REASON_BYTES]);
/* "add-nts-2": stable, for scripts. */
const char *change_name(const struct change *change, char out[CHANGE_REASON_BYTES]);
/* What the operator should know before doing it; "" if nothing. */
const char *change_caution(const struct change *change);
