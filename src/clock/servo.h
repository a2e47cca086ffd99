/* The servo of Etalon's own line: it follows the target without a jump, within the slew limit.
 * The line may be stepped only where its owner says so. */
#pragma once

#include "clock/epoch.h"

struct servo {
    double m, y;               /* where the line is */
    double slew, slew_s;       /* extra slope from there on, and for how long */
    double target_m, target_y; /* where it should be */
    double frequency;          /* slope of both */
};

/* The line begins at the target, with no slew. */
void servo_start(struct servo *servo, double m, double y, double frequency);
/* A new target; the line itself stays where it is. */
void servo_aim(struct servo *servo, double m, double y, double frequency);
/* Puts the line onto the target at m: a step. Returns its size in seconds. */
double servo_step(struct servo *servo, double m);
/* Puts the line, and only the line, to y at m. */
void servo_resume(struct servo *servo, double m, double y);
/* Moves along the line to m and plans the rest of the way: what is left is worked off in constant_s
 * seconds, or as long as it takes at max_slew (s/s), and then the slew ends by itself. */
void servo_advance(struct servo *servo, double m, double max_slew, double constant_s);
/* Where the line is at m, and target minus line there; seconds. */
double servo_y(const struct servo *servo, double m);
double servo_left(const struct servo *servo, double m);
/* Adds dy to line and target: the epoch was moved by -dy. */
void servo_shift(struct servo *servo, double dy);
