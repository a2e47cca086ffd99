/* Coordinates of the estimators: seconds as doubles around a fixed pair (counter, TAI).
 *
 * m is the counter since the epoch, y = TAI - counter since the epoch. A perfect oscillator gives
 * the straight line y(m) = y0 + frequency * m. The epoch is chosen near the first exchange, so
 * that |y| stays small and a double keeps 1 ns for years. */
#pragma once

#include "base/times.h"

struct epoch {
    struct mono mono;
    struct tai tai;
};

struct interval {
    double lower, upper; /* seconds, lower <= upper */
};

static inline double epoch_m(const struct epoch *epoch, struct mono mono) {
    return mono_seconds(mono, epoch->mono);
}

static inline struct mono epoch_mono(const struct epoch *epoch, double m) {
    return mono_add(epoch->mono, ns_from_s(m));
}

static inline struct tai epoch_tai(const struct epoch *epoch, struct mono mono, double y) {
    return tai_add(epoch->tai, mono_diff(mono, epoch->mono) + ns_from_s(y));
}

static inline double epoch_y(const struct epoch *epoch, struct mono mono, struct tai tai) {
    return s_from_ns(tai_diff(tai, epoch->tai) - mono_diff(mono, epoch->mono));
}

/* What an interval becomes after dt seconds when the oscillator's frequency is within growth of
 * `frequency`. */
static inline struct interval epoch_carry(const struct interval *interval, double dt,
                                          double frequency, double growth) {
    double wider = growth * (dt < 0 ? -dt : dt);
    return (struct interval){interval->lower + frequency * dt - wider,
                             interval->upper + frequency * dt + wider};
}
