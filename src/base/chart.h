/* Axes of a chart, linear, logarithmic or symmetric (logarithmic both ways from zero): where a
 * value stands, where ticks go, how they are called, and the frame with grid and labels drawn
 * around what a chart shows (base/svg).
 *
 * Classes that chart_frame uses, for the style sheet: chart-area, chart-grid, chart-fine,
 * chart-tick, chart-label, chart-title. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/svg.h"

enum { CHART_TICKS = 64, CHART_LABEL_BYTES = 32 };

struct chart_axis {
    bool logarithmic;  /* then low > 0 */
    double low, high;  /* low < high */
    double from, to;   /* pixels of low and of high; for y, from > to */
    const char *label; /* quantity and unit */
    double threshold; /* > 0: symmetric: linear within +- that, a power of ten, beyond it decades */
    bool seconds;     /* ticks are called "10 ms" */
};

struct chart {
    struct chart_axis x, y;
    const char *title;
};

/* Widens low and high to whole decades (logarithmic, symmetric) or whole ticks (linear), and apart
 * if they are equal. False: no axis fits (not finite, low > high, or not positive where it must
 * be). */
bool chart_axis_round(struct chart_axis *axis);
/* The pixel at which the value stands; outside [from, to] if it is outside [low, high]. */
double chart_place(const struct chart_axis *axis, double value);
/* Values with a label, ascending: whole decades, or multiples of 1, 2 or 5 times a power of ten.
 * Returns how many. */
size_t chart_ticks(const struct chart_axis *axis, double ticks[CHART_TICKS]);
/* "10⁻¹²" on logarithmic axes (plain from 0.01 to 100), "0.25" on linear ones, "-10 µs" where ticks
 * are seconds. Returns out. */
const char *chart_tick_label(const struct chart_axis *axis, double tick,
                             char out[CHART_LABEL_BYTES]);
void chart_frame(const struct chart *chart, struct svg *svg);
