/* Steering the kernel's CLOCK_REALTIME. The only file that ever changes a clock.
 *
 * What the kernel tells others about its clock is kept honest: its maximum error is Etalon's
 * radius plus the distance of CLOCK_REALTIME from Etalon's UTC, STA_UNSYNC is cleared only while
 * Etalon may be served from, and announced leap seconds are passed on. The kernel lets the error
 * grow by itself, and sets STA_UNSYNC, should nobody steer any more. */
#pragma once

#include <stdbool.h>

#include "clock/clock_page.h"
#include "jobs/job.h"

struct steering {
    bool allowed; /* false: every call is a no-op */
    bool refused; /* the kernel said no, and it was logged */
    const struct clock_page *page;
};

/* Whether this process may adjust the clock: asks the kernel to keep the frequency it has. */
bool steering_possible(void);
void steering_init(struct steering *steering, bool allowed, const struct clock_page *page);
/* Adds to a reading what the kernel says that its clock is given; nothing where it is not steered.
 */
void steering_read(const struct steering *steering, struct kernel_reading *reading);
/* Sets the kernel's frequency (s/s, clamped to the kernel's 500 ppm) and, if step_s is not 0, adds
 * step_s to CLOCK_REALTIME at once. */
void steering_apply(struct steering *steering, double frequency, double step_s);
