/* Three timescales that cannot be mixed by mistake: one-field structs of int64 nanoseconds.
 *
 *   struct mono  the local counter (CLOCK_MONOTONIC_RAW); its zero is the machine's boot.
 *   struct tai   International Atomic Time since 1970-01-01 00:00:00 TAI; uniform.
 *   struct utc   UTC as POSIX counts it, since 1970-01-01 00:00:00 UTC; repeats in a leap second.
 *
 * Durations inside estimators are double seconds; between equal timescales int64 ns.
 * Range: +-292 years around 1970. Conversion tai <-> utc needs a leap table (clock/leap.h). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define NS_PER_S INT64_C(1000000000)

struct mono {
    int64_t ns;
};
struct tai {
    int64_t ns;
};
struct utc {
    int64_t ns;
};

/* At the ends of the range, where only hostile evidence leads, time stands still. */
static inline int64_t times_sum(int64_t a, int64_t b) {
    int64_t sum;
    if (!__builtin_add_overflow(a, b, &sum)) return sum;
    return b < 0 ? INT64_MIN : INT64_MAX;
}
static inline int64_t times_difference(int64_t a, int64_t b) {
    int64_t difference;
    if (!__builtin_sub_overflow(a, b, &difference)) return difference;
    return b < 0 ? INT64_MAX : INT64_MIN;
}

static inline struct mono mono_add(struct mono t, int64_t ns) {
    return (struct mono){times_sum(t.ns, ns)};
}
static inline struct tai tai_add(struct tai t, int64_t ns) {
    return (struct tai){times_sum(t.ns, ns)};
}
static inline struct utc utc_add(struct utc t, int64_t ns) {
    return (struct utc){times_sum(t.ns, ns)};
}

static inline int64_t mono_diff(struct mono a, struct mono b) {
    return times_difference(a.ns, b.ns);
}
static inline int64_t tai_diff(struct tai a, struct tai b) {
    return times_difference(a.ns, b.ns);
}
static inline int64_t utc_diff(struct utc a, struct utc b) {
    return times_difference(a.ns, b.ns);
}

static inline bool mono_before(struct mono a, struct mono b) {
    return a.ns < b.ns;
}
static inline struct mono mono_min(struct mono a, struct mono b) {
    return a.ns < b.ns ? a : b;
}

static inline double s_from_ns(int64_t ns) {
    return (double)ns * 1e-9;
}

/* Saturates at +-2^62 ns (146 years), so that a wild double never overflows the integer. */
static inline int64_t ns_from_s(double s) {
    const double limit = 4.611686018427388e9;
    if (!(s < limit)) return INT64_C(1) << 62;
    if (!(s > -limit)) return -(INT64_C(1) << 62);
    return (int64_t)(s * 1e9 + (s < 0 ? -0.5 : 0.5));
}

static inline double mono_seconds(struct mono a, struct mono b) {
    return s_from_ns(mono_diff(a, b));
}

/* A time no clock reaches: "never" for deadlines. */
#define MONO_NEVER ((struct mono){INT64_MAX})
