/* What etalon stability is asked for: kind and unit of the values, statistics, averaging times. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "clock/stability.h"
#include "main/etalon_arguments.h"

enum etalon_stability_spacing {
    SPACING_OCTAVE, /* 1, 2, 4, 8, ... times tau0 */
    SPACING_DECADE, /* 1, 2, 4, 10, 20, 40, ... */
    SPACING_ALL,
    SPACING_LIST /* as given, in seconds */
};

struct etalon_stability_choice {
    bool frequency;    /* the values are fractional frequency, else phase */
    double unit;       /* what they are multiplied by: to seconds, or to a fraction */
    double tau0_s;     /* 0: not given */
    double confidence; /* of the intervals */
    unsigned column;   /* of the values, from 1; 0: not given */
    bool kinds[STABILITY_KINDS];
    enum etalon_stability_spacing spacing;
    const char *taus; /* of SPACING_LIST */
};

/* False: what is wrong was said on standard error. */
bool etalon_stability_choice(const struct etalon_arguments *arguments,
                             struct etalon_stability_choice *out);
/* The averaging factors for so many phase points, ascending, each less than their number; to be
 * freed. NULL: none, and it was said why. */
size_t *etalon_stability_choice_factors(const struct etalon_stability_choice *choice, size_t points,
                                        double tau0_s, size_t *count);
