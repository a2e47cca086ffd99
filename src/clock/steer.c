/* Steering of the kernel clock: proportional on offset, feed-forward of the line's rate. */
#include "clock/steer.h"

#include <math.h>

static const double constant_s = 4, leap_match_s = 0.1;

static double clamp(double value, double limit) {
    return fmax(fmin(value, limit), -limit);
}

struct steer_command steer_decide(double offset_s, double line_rate, double leap_step_s,
                                  const struct steer_limits *limits) {
    double step = 0;
    if (leap_step_s != 0 && fabs(offset_s + leap_step_s) < leap_match_s)
        step = leap_step_s;
    else if (limits->step_allowed && limits->step_threshold_s > 0 &&
             fabs(offset_s) > limits->step_threshold_s)
        step = -offset_s;
    double slew = clamp(-(offset_s + step) / constant_s, limits->max_slew);
    return (struct steer_command){clamp(line_rate + slew, STEER_MAX_FREQUENCY), step};
}
