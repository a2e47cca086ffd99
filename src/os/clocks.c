/* Reading the kernel's clocks. Invariant: nothing here ever sets one. */
#include "os/clocks.h"

#include <math.h>
#include <time.h>

#include "base/check.h"

enum { READ_TRIES = 3, PRECISION_TRIES = 64 };

/* A bracket as tight as this was not interrupted; it takes three reads of 20 to 40 ns. */
static const int64_t width_good_ns = 250;

static const int64_t stamp_age_max_ns = NS_PER_S;
/* The kernel may run CLOCK_REALTIME faster or slower than the counter: 500 ppm by its frequency
 * and as much again by adjtime. */
static const double slew_max = 1e-3;

static int64_t read_ns(clockid_t clock) {
    struct timespec t;
    CHECK(clock_gettime(clock, &t) == 0);
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* 0 where there is no CLOCK_BOOTTIME (simulators). Read twice the other way round, the two would
 * differ by the reading; a sleep is never as short as that. */
static int64_t read_suspended_ns(void) {
    struct timespec boot;
    if (clock_gettime(CLOCK_BOOTTIME, &boot) != 0) return 0;
    return (int64_t)boot.tv_sec * NS_PER_S + boot.tv_nsec - read_ns(CLOCK_MONOTONIC);
}

struct mono clocks_mono(void) {
    return (struct mono){read_ns(CLOCK_MONOTONIC_RAW)};
}

void clocks_read(struct kernel_reading *out) {
    int64_t width_min = INT64_MAX;
    for (int i = 0; i < READ_TRIES && width_min > width_good_ns; i++) {
        int64_t before = read_ns(CLOCK_MONOTONIC_RAW);
        int64_t realtime = read_ns(CLOCK_REALTIME);
        int64_t width = read_ns(CLOCK_MONOTONIC_RAW) - before;
        if (width >= width_min) continue;
        width_min = width;
        out->counter = (struct mono){before + width / 2};
        out->realtime = (struct utc){realtime};
        out->error_s = s_from_ns(width) / 2 + 1e-9;
    }
    out->suspended_ns = read_suspended_ns();
}

bool clocks_from_stamp(const struct kernel_reading *now, struct utc stamp, struct mono *out,
                       double *error_s) {
    int64_t age = utc_diff(now->realtime, stamp);
    if (age < 0 || age > stamp_age_max_ns) return false;
    *out = mono_add(now->counter, -age);
    *error_s = now->error_s + s_from_ns(age) * slew_max;
    return true;
}

int8_t clocks_precision_log2s(void) {
    int64_t least = INT64_MAX;
    for (int i = 0; i < PRECISION_TRIES; i++) {
        int64_t before = clocks_mono().ns;
        int64_t step = clocks_mono().ns - before;
        if (step > 0 && step < least) least = step;
    }
    struct timespec resolution = {.tv_nsec = 1};
    if (least == INT64_MAX && clock_getres(CLOCK_MONOTONIC_RAW, &resolution) == 0)
        least = (int64_t)resolution.tv_sec * NS_PER_S + resolution.tv_nsec;
    return (int8_t)lrint(log2(s_from_ns(least < 1 ? 1 : least)));
}

const struct clock_state *clocks_from_page(const struct clock_page *page,
                                           const struct kernel_reading *now,
                                           struct clock_state *out) {
    if (clock_page_read(page, out) != ERR_OK) return NULL;
    return clock_state_slept(out, now->suspended_ns) ? NULL : out;
}
