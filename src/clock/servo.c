/* Line servo. Invariant: without servo_step the line is continuous, and its slope differs from
 * the target's by at most the slew limit that was given. */
#include "clock/servo.h"

#include <math.h>

static double line_at(const struct servo *servo, double m) {
    return servo->y + servo->rate * (m - servo->m);
}

static double target_at(const struct servo *servo, double m) {
    return servo->target_y + servo->target_frequency * (m - servo->target_m);
}

void servo_start(struct servo *servo, double m, double y, double frequency) {
    *servo = (struct servo){m, y, frequency, m, y, frequency};
}

void servo_aim(struct servo *servo, double m, double y, double frequency) {
    servo->target_m = m;
    servo->target_y = y;
    servo->target_frequency = frequency;
}

double servo_left(const struct servo *servo, double m) {
    return target_at(servo, m) - line_at(servo, m);
}

double servo_step(struct servo *servo, double m) {
    double size = servo_left(servo, m);
    servo->y = target_at(servo, m);
    servo->m = m;
    servo->rate = servo->target_frequency;
    return size;
}

void servo_advance(struct servo *servo, double m, double max_slew, double constant_s) {
    double slew = servo_left(servo, m) / constant_s;
    servo->y = line_at(servo, m);
    servo->m = m;
    servo->rate = servo->target_frequency + fmax(fmin(slew, max_slew), -max_slew);
}
