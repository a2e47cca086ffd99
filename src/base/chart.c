/* Axes. On logarithmic ones everything is counted in decades; ticks are whole decades, and at most
 * LABELS of them, so that a wide axis skips some. */
#include "base/chart.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/logarithm.h"

enum { LABELS = 10 };

static double decades(double value) {
    return logarithm_natural(value) / 2.302585092994045684;
}

/* Of a whole number of decades, rounded once, so that 10^-3 is 0.001. */
static double power_of_ten(double exponent) {
    double power = 1;
    for (int i = 0; i < (int)fabs(exponent); i++) power *= 10;
    return exponent < 0 ? 1 / power : power;
}

/* A distance between ticks of which about 5 to 10 make the span: 1, 2 or 5 times a power of ten. */
static double linear_step(double span) {
    double power = power_of_ten(floor(decades(span / 5))), step = span / 5 / power;
    return (step < 1.5 ? 1 : step < 3.5 ? 2 : step < 7.5 ? 5 : 10) * power;
}

static bool round_linear(struct chart_axis *axis) {
    if (axis->low == axis->high) {
        double margin = axis->low == 0 ? 1 : fabs(axis->low) / 2;
        axis->low -= margin;
        axis->high += margin;
    }
    double span = axis->high - axis->low;
    if (!(span > 1e-290) || isinf(span)) return false;
    double step = linear_step(span);
    axis->low = floor(axis->low / step + 1e-9) * step;
    axis->high = ceil(axis->high / step - 1e-9) * step;
    return true;
}

/* Zero, one for the threshold, and one more for each decade beyond it. */
static double symmetric(const struct chart_axis *axis, double value) {
    double size = fabs(value) / axis->threshold;
    double place = size <= 1 ? size : 1 + decades(size);
    return value < 0 ? -place : place;
}

static double symmetric_value(const struct chart_axis *axis, double place) {
    if (place == 0) return 0;
    double size = axis->threshold * power_of_ten(fabs(place) - 1);
    return place < 0 ? -size : size;
}

bool chart_axis_round(struct chart_axis *axis) {
    if (!isfinite(axis->low) || !isfinite(axis->high) || axis->low > axis->high) return false;
    if (axis->threshold > 0) {
        axis->low = symmetric_value(axis, floor(symmetric(axis, axis->low) + 1e-9));
        axis->high = symmetric_value(axis, ceil(symmetric(axis, axis->high) - 1e-9));
        return axis->low < axis->high;
    }
    if (!axis->logarithmic) return round_linear(axis);
    if (axis->low < 1e-290 || axis->high > 1e290) return false;
    double low = floor(decades(axis->low) + 1e-9), high = ceil(decades(axis->high) - 1e-9);
    axis->low = power_of_ten(low);
    axis->high = power_of_ten(high > low ? high : low + 1);
    return true;
}

double chart_place(const struct chart_axis *axis, double value) {
    if (axis->threshold > 0) {
        double low = symmetric(axis, axis->low), high = symmetric(axis, axis->high);
        double share = (symmetric(axis, value) - low) / (high - low);
        return axis->from + share * (axis->to - axis->from);
    }
    double part = axis->logarithmic
                      ? decades(fmax(value, 1e-300) / axis->low) / decades(axis->high / axis->low)
                      : (value - axis->low) / (axis->high - axis->low);
    return axis->from + part * (axis->to - axis->from);
}

static size_t decade_ticks(const struct chart_axis *axis, double *ticks) {
    double first = ceil(decades(axis->low) - 1e-9), last = floor(decades(axis->high) + 1e-9);
    double step = fmax(1, ceil((last - first) / LABELS));
    size_t count = last < first ? 0 : 1 + (size_t)((last - first) / step);
    if (count > CHART_TICKS) count = CHART_TICKS;
    for (size_t i = 0; i < count; i++) ticks[i] = power_of_ten(first + step * (double)i);
    return count;
}

static size_t symmetric_ticks(const struct chart_axis *axis, double *ticks) {
    double first = ceil(symmetric(axis, axis->low) - 1e-9);
    double last = floor(symmetric(axis, axis->high) + 1e-9);
    size_t count = 0;
    for (; first + (double)count <= last && count < CHART_TICKS; count++)
        ticks[count] = symmetric_value(axis, first + (double)count);
    return count;
}

size_t chart_ticks(const struct chart_axis *axis, double ticks[CHART_TICKS]) {
    if (axis->threshold > 0) return symmetric_ticks(axis, ticks);
    if (axis->logarithmic) return decade_ticks(axis, ticks);
    double step = linear_step(axis->high - axis->low), first = ceil(axis->low / step - 1e-9);
    size_t count = 0;
    for (; (first + (double)count) * step <= axis->high + step * 1e-9 && count < CHART_TICKS;
         count++)
        ticks[count] = (first + (double)count) * step;
    return count;
}

static const char *power_label(int exponent, char *out) {
    static const char *const digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    char plain[8];
    snprintf(plain, sizeof plain, "%d", exponent);
    size_t length = (size_t)snprintf(out, CHART_LABEL_BYTES, "10");
    for (const char *c = plain; *c; c++) {
        const char *mark = *c == '-' ? "⁻" : digits[*c - '0'];
        memcpy(out + length, mark, strlen(mark) + 1);
        length += strlen(mark);
    }
    return out;
}

static const char *seconds_label(double tick, char *out) {
    static const struct {
        double scale;
        const char *name;
    } units[] = {{1, "s"}, {1e-3, "ms"}, {1e-6, "µs"}, {1e-9, "ns"}};
    size_t unit = 0;
    while (unit < 3 && fabs(tick) < units[unit].scale * 0.999) unit++;
    if (tick == 0)
        snprintf(out, CHART_LABEL_BYTES, "0");
    else
        snprintf(out, CHART_LABEL_BYTES, "%.6g %s", tick / units[unit].scale, units[unit].name);
    return out;
}

const char *chart_tick_label(const struct chart_axis *axis, double tick,
                             char out[CHART_LABEL_BYTES]) {
    if (axis->seconds) return seconds_label(tick, out);
    if (axis->logarithmic) {
        int exponent = (int)nearbyint(decades(tick));
        if (exponent < -2 || exponent > 2) return power_label(exponent, out);
    }
    snprintf(out, CHART_LABEL_BYTES, "%.6g", tick);
    return out;
}

/* Lines at 2 to 9 times each decade, while there are few decades. */
static void fine_lines(const struct chart *chart, bool upright, struct svg *svg) {
    const struct chart_axis *axis = upright ? &chart->x : &chart->y;
    double span = axis->logarithmic ? decades(axis->high / axis->low) : 0;
    if (span > LABELS + 0.5) return;
    for (int decade = 0; decade < (int)(span + 0.5); decade++)
        for (int i = 2; i <= 9; i++) {
            double at = chart_place(axis, axis->low * power_of_ten(decade) * i);
            if (upright)
                svg_line(svg, at, chart->y.from, at, chart->y.to, "chart-fine");
            else
                svg_line(svg, chart->x.from, at, chart->x.to, at, "chart-fine");
        }
}

static void tick_lines(const struct chart *chart, bool upright, struct svg *svg) {
    const struct chart_axis *axis = upright ? &chart->x : &chart->y;
    double ticks[CHART_TICKS];
    size_t count = chart_ticks(axis, ticks);
    for (size_t i = 0; i < count; i++) {
        char label[CHART_LABEL_BYTES];
        double at = chart_place(axis, ticks[i]);
        chart_tick_label(axis, ticks[i], label);
        if (upright) {
            svg_line(svg, at, chart->y.from, at, chart->y.to, "chart-grid");
            svg_words(svg, at, chart->y.from + 20, SVG_MIDDLE, "chart-tick", label);
        } else {
            svg_line(svg, chart->x.from, at, chart->x.to, at, "chart-grid");
            svg_words(svg, chart->x.from - 10, at + 4, SVG_END, "chart-tick", label);
        }
    }
}

void chart_frame(const struct chart *chart, struct svg *svg) {
    double left = chart->x.from, right = chart->x.to, top = chart->y.to, bottom = chart->y.from;
    svg_box(svg, left, top, right - left, bottom - top, "chart-area");
    for (int upright = 0; upright < 2; upright++) fine_lines(chart, upright, svg);
    for (int upright = 0; upright < 2; upright++) tick_lines(chart, upright, svg);
    svg_words(svg, (left + right) / 2, bottom + 46, SVG_MIDDLE, "chart-label", chart->x.label);
    double beside = chart->y.seconds ? 80 : 62; /* names of units take room */
    svg_words_upright(svg, left - beside, (top + bottom) / 2, "chart-label", chart->y.label);
    svg_words(svg, left, top - 14, SVG_START, "chart-title", chart->title);
}
