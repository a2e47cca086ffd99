/* The kernel clock: one output of the timescale among others, made to follow the line.
 *
 * CLOCK_REALTIME runs at (1 + kernel frequency) times the local counter, which the kernel's
 * frequency does not touch (CLOCK_MONOTONIC_RAW); so steering it never feeds back into the line. */
#pragma once

#include <stdbool.h>

struct steer_limits {
    double max_slew;         /* s/s */
    double step_threshold_s; /* step where the offset is larger; 0: never */
    bool step_allowed;
};

struct steer_command {
    double frequency; /* s/s, within +-STEER_MAX_FREQUENCY */
    double step_s;    /* to add to CLOCK_REALTIME now; 0: none */
};

/* What the kernel accepts through adjtimex: 500 ppm. */
#define STEER_MAX_FREQUENCY 500e-6

/* offset_s: CLOCK_REALTIME minus the line's UTC. line_rate: s/s. leap_step_s: -1 or +1 where a leap
 * second has just passed that the kernel may not have made, else 0: such an offset is stepped away
 * whatever the limits say, because UTC itself stepped. */
struct steer_command steer_decide(double offset_s, double line_rate, double leap_step_s,
                                  const struct steer_limits *limits);
