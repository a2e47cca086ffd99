/* Line servo. Invariant: without servo_step the line is continuous, its slope differs from the
 * target's by at most the slew limit that was given, and it never runs past its target. */
#include "clock/servo.h"

#include <math.h>

double servo_y(const struct servo *servo, double m) {
    double dt = m - servo->m;
    return servo->y + servo->frequency * dt + servo->slew * fmin(dt, servo->slew_s);
}

static double target_at(const struct servo *servo, double m) {
    return servo->target_y + servo->frequency * (m - servo->target_m);
}

double servo_left(const struct servo *servo, double m) {
    return target_at(servo, m) - servo_y(servo, m);
}

static void put_line(struct servo *servo, double m, double y) {
    servo->m = m;
    servo->y = y;
    servo->slew = servo->slew_s = 0;
}

void servo_start(struct servo *servo, double m, double y, double frequency) {
    *servo = (struct servo){.m = m, .y = y, .target_m = m, .target_y = y, .frequency = frequency};
}

void servo_aim(struct servo *servo, double m, double y, double frequency) {
    put_line(servo, m, servo_y(servo, m));
    servo->target_m = m;
    servo->target_y = y;
    servo->frequency = frequency;
}

double servo_step(struct servo *servo, double m) {
    double size = servo_left(servo, m);
    put_line(servo, m, target_at(servo, m));
    return size;
}

void servo_resume(struct servo *servo, double m, double y) {
    put_line(servo, m, y);
}

void servo_advance(struct servo *servo, double m, double max_slew, double constant_s) {
    double left = servo_left(servo, m);
    put_line(servo, m, servo_y(servo, m));
    if (left == 0) return;
    servo->slew_s = fmax(constant_s, fabs(left) / max_slew);
    servo->slew = left / servo->slew_s;
}

void servo_shift(struct servo *servo, double dy) {
    servo->y += dy;
    servo->target_y += dy;
}
