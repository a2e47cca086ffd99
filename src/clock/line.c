/* Evaluation of the line. Integer nanoseconds carry the large numbers, doubles only the small
 * correction (rate * dt), so that no resolution is lost. */
#include "clock/line.h"

#include <math.h>

struct tai line_tai(const struct line *line, struct mono m) {
    int64_t elapsed = mono_diff(m, line->m0);
    double correction = (double)elapsed * line->rate;
    correction += 1e9 * line->slew * fmin((double)elapsed * 1e-9, line->slew_s);
    return tai_add(line->tai0, elapsed + llrint(correction));
}

double line_radius(const struct line *line, struct mono m) {
    return line->radius_s + line->radius_rate * fabs(mono_seconds(m, line->m0));
}

struct mono line_mono(const struct line *line, struct tai tai) {
    int64_t elapsed = tai_diff(tai, line->tai0);
    return mono_add(line->m0, llrint((double)elapsed / (1 + line->rate)));
}
