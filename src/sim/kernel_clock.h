/* CLOCK_REALTIME of a simulated machine: a clock over the counter whose frequency and value can be
 * set (clock_adjtime), by the keeper or by anybody else. */
#pragma once

#include "base/times.h"

struct kernel_clock {
    struct mono at;
    struct utc realtime; /* at `at`, plus fraction ns */
    double fraction;
    double frequency; /* s/s, relative to the counter */
};

/* What adjtimex can reach with frequency and tick together. */
static const double kernel_clock_frequency_max = 0.1;

void kernel_clock_init(struct kernel_clock *clock, struct mono now, struct utc realtime);
/* now is not before the last change. */
struct utc kernel_clock_read(const struct kernel_clock *clock, struct mono now);
/* Clamped to +-kernel_clock_frequency_max; the value stays continuous. */
void kernel_clock_tune(struct kernel_clock *clock, struct mono now, double frequency);
void kernel_clock_step(struct kernel_clock *clock, struct mono now, int64_t ns);
