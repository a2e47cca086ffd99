/* Which noise dominates at an averaging time: the power alpha in S_y(f) ~ f^alpha, found from the
 * correlation of neighbours (Riley and Greenhall, "Power law noise identification using the lag 1
 * autocorrelation", 2004; NIST SP 1065 section 5.5). */
#pragma once

#include <stddef.h>

#include "clock/stability.h"

enum {
    STABILITY_NOISE_WHITE_PM = 2,
    STABILITY_NOISE_FLICKER_PM = 1,
    STABILITY_NOISE_WHITE_FM = 0,
    STABILITY_NOISE_FLICKER_FM = -1,
    STABILITY_NOISE_RANDOM_WALK_FM = -2,
    STABILITY_NOISE_FLICKER_WALK_FM = -3, /* this and the next with three differences only */
    STABILITY_NOISE_RANDOM_RUN_FM = -4,
    STABILITY_NOISE_UNKNOWN = 99,
    STABILITY_NOISE_POINTS = 30, /* fewer say nothing reliable */
};

/* alpha at m >= 1, or STABILITY_NOISE_UNKNOWN where every m-th point are fewer than 30, or all on a
 * parabola. differences: 2 or 3, of the deviation that it is for. scratch: (count - 1) / m + 1
 * values. */
int stability_noise(const struct stability_series *series, size_t m, unsigned differences,
                    double *scratch);
/* "white FM", "flicker PM", ...; "unknown". */
const char *stability_noise_name(int alpha);
