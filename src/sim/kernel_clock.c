/* A line over the counter, kept to fractions of a nanosecond across changes. */
#include "sim/kernel_clock.h"

#include <math.h>

#include "base/check.h"

static struct utc value(const struct kernel_clock *clock, struct mono now, double *fraction) {
    int64_t elapsed_ns = mono_diff(now, clock->at);
    CHECK(elapsed_ns >= 0);
    double gained_ns = clock->fraction + (double)elapsed_ns * clock->frequency;
    double whole_ns = floor(gained_ns);
    *fraction = gained_ns - whole_ns;
    return utc_add(clock->realtime, elapsed_ns + (int64_t)whole_ns);
}

static void rebase(struct kernel_clock *clock, struct mono now) {
    double fraction = 0;
    clock->realtime = value(clock, now, &fraction);
    clock->fraction = fraction;
    clock->at = now;
}

void kernel_clock_init(struct kernel_clock *clock, struct mono now, struct utc realtime) {
    *clock = (struct kernel_clock){.at = now, .realtime = realtime};
}

struct utc kernel_clock_read(const struct kernel_clock *clock, struct mono now) {
    double fraction = 0;
    return value(clock, now, &fraction);
}

void kernel_clock_tune(struct kernel_clock *clock, struct mono now, double frequency) {
    rebase(clock, now);
    clock->frequency =
        fmin(kernel_clock_frequency_max, fmax(-kernel_clock_frequency_max, frequency));
}

void kernel_clock_step(struct kernel_clock *clock, struct mono now, int64_t ns) {
    rebase(clock, now);
    clock->realtime = utc_add(clock->realtime, ns);
}
