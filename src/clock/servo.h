/* The servo of Etalon's own line: it follows the target without a jump, within the slew limit.
 * The line may be stepped only where its owner says so. */
#pragma once

#include "clock/epoch.h"

struct servo {
    double m, y; /* where the line is */
    double rate; /* its slope from there on: target frequency + slew */
    double target_m, target_y, target_frequency; /* where it should be */
};

/* The line begins at the target, with no slew. */
void servo_start(struct servo *servo, double m, double y, double frequency);
/* A new target; the line itself stays where it is. */
void servo_aim(struct servo *servo, double m, double y, double frequency);
/* Puts the line onto the target at m: a step. Returns its size in seconds. */
double servo_step(struct servo *servo, double m);
/* Moves along the line to m and chooses the slope so that what is left is worked off with time
 * constant constant_s, at most max_slew (s/s). */
void servo_advance(struct servo *servo, double m, double max_slew, double constant_s);
/* Target minus line at m, seconds. */
double servo_left(const struct servo *servo, double m);
static inline double servo_slew(const struct servo *servo) {
    return servo->rate - servo->target_frequency;
}
