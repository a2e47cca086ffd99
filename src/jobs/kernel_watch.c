/* Detection of steps of CLOCK_REALTIME. Invariant: our own steps and leap seconds are not counted.
 */
#include "jobs/kernel_watch.h"

#include <math.h>

#include "clock/clock_state.h"

/* What adjusted rates and the reading itself may explain. 1000 ppm: two adjustments of 500 ppm. */
static const double rate_allowance = 1e-3, reading_allowance_s = 200e-6;

double kernel_watch_read(struct kernel_watch *watch, const struct kernel_reading *reading,
                         double leap_step_s) {
    /* While the machine slept the counter stood still and CLOCK_REALTIME did not. */
    bool slept = clock_state_slept_between(watch->last.suspended_ns, reading->suspended_ns);
    double step = 0;
    if (watch->has_last && !slept) {
        double counter = mono_seconds(reading->counter, watch->last.counter);
        double real = s_from_ns(utc_diff(reading->realtime, watch->last.realtime));
        double allowed =
            rate_allowance * counter + reading_allowance_s + reading->error_s + watch->last.error_s;
        step = real - counter - watch->own_step_s;
        bool is_leap = leap_step_s != 0 && fabs(step - leap_step_s) <= allowed;
        if (fabs(step) <= allowed || is_leap) step = 0;
    }
    watch->last = *reading;
    watch->has_last = true;
    watch->own_step_s = 0;
    if (step == 0) return 0;
    watch->steps_seen++;
    watch->step_last_s = step;
    watch->step_at = reading->counter;
    return step;
}

void kernel_watch_steered(struct kernel_watch *watch, const struct steer_command *command) {
    watch->frequency = command->frequency;
    watch->own_step_s += command->step_s;
}
