/* The kernel's clock as seen from the timescale: who moves it, and what to ask of it.
 *
 * CLOCK_REALTIME minus the local counter changes slowly while only rates are adjusted. A sudden
 * change is a step: by us, by a leap second, or by somebody else, who is noticed at the next
 * reading (twice a second) whatever the timescale is doing. */
#pragma once

#include <stdbool.h>

#include "clock/line.h"
#include "clock/steer.h"
#include "jobs/job.h"

struct kernel_watch {
    bool has_last;
    struct kernel_reading last;
    double own_step_s; /* asked of the kernel since the last reading */
    double frequency;  /* last asked of the kernel, s/s */
    double offset_s;   /* CLOCK_REALTIME minus the timescale's UTC, at the last reading */
    uint64_t steps_seen;
    double step_last_s;
    struct mono step_at;
};

/* Takes a reading. leap_step_s: what a leap second that passes about now does to UTC (-1, +1), else
 * 0. Returns the step made by somebody else since the last reading, 0 if there was none. */
double kernel_watch_read(struct kernel_watch *watch, const struct kernel_reading *reading,
                         double leap_step_s);
/* Notes what was asked of the kernel. */
void kernel_watch_steered(struct kernel_watch *watch, const struct steer_command *command);
