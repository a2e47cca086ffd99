/* Etalon's timescale: TAI as a line over the local counter, with a radius that grows.
 *
 *   tai(m)    = tai0 + (m - m0) * (1 + rate) + slew * min(m - m0, slew_s)
 *   radius(m) = radius + radius_rate * |m - m0|
 *
 * The true time is inside tai(m) +- radius(m) whenever fewer than half of the sources lie and
 * the oscillator stays within its declared tolerance. */
#pragma once

#include "base/times.h"

struct line {
    struct mono m0;
    struct tai tai0;
    double rate;        /* s/s: how much faster true time runs than the counter */
    double slew;        /* s/s: works off a known offset, */
    double slew_s;      /* for so long after m0 and no longer, should the writer die */
    double radius_s;    /* at m0, >= 0 */
    double radius_rate; /* s/s, >= 0 */
};

struct tai line_tai(const struct line *line, struct mono m);
/* Half width of the interval at m, seconds. */
double line_radius(const struct line *line, struct mono m);
/* The counter value at which the line reads tai; within a day of m0 to 100 ns, slew left out. */
struct mono line_mono(const struct line *line, struct tai tai);
