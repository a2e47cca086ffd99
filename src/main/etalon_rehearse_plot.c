/* See the header. The error's amount stands on a logarithmic axis, so that a bound of a second and
 * an error of a microsecond are both seen, and where the error crosses the bound, too. */
#include "main/etalon_rehearse_plot.h"

#include <math.h>
#include <stdio.h>

#include "base/chart.h"

enum {
    WIDTH = 620,
    HEIGHT = 300,
    LEFT = 78,
    RIGHT = 20,
    TOP = 40,
    BOTTOM = 58,
    POINTS = 240, /* at most; each is the worst of several bins */
};
static const double before_s = 3600, behind_s = 3 * 3600; /* shown around the attack */
static const double least_s = 1e-6;

const char etalon_rehearse_plot_style[] =
    "svg{font-family:inherit;font-size:13px;width:100%;height:auto;max-width:100%}\n"
    "svg text{fill:var(--ink)}.chart-area{fill:var(--area);stroke:var(--line)}\n"
    ".chart-grid{stroke:var(--line)}.chart-fine{stroke:none}\n"
    ".chart-label{font-size:13px}\n"
    "svg polyline{fill:none;stroke-width:2;stroke-linejoin:round}\n"
    ".p-attack{fill:var(--bad);opacity:.10}\n"
    ".p-before polyline{stroke:var(--bad)}.p-after polyline{stroke:var(--good)}\n"
    ".p-bound polyline{stroke-width:1.5;stroke-dasharray:5 4;opacity:.75}\n"
    ".p-before line{stroke:var(--bad);stroke-width:2}.p-after line{stroke:var(--good);"
    "stroke-width:2}\n"
    ".p-bound line{stroke-dasharray:5 4}\n";

struct picture {
    const struct attack *attack;
    struct chart chart;
    double from_s, to_s;
    struct svg svg;
};

static double at_s(const struct outcome *outcome, int bin) {
    return (bin + 0.5) * outcome->duration_s / OUTCOME_BINS;
}

static double value_of(const struct outcome_bin *bin, bool bound) {
    return fmax(bound ? (double)bin->radius_s : fabs((double)bin->error_s), least_s);
}

static void stretch(struct picture *p, const struct outcome *outcome) {
    for (int i = 0; outcome && i < OUTCOME_BINS; i++) {
        if (at_s(outcome, i) < p->from_s || at_s(outcome, i) > p->to_s) continue;
        if (outcome->bins[i].radius_s < 0) continue;
        for (int bound = 0; bound < 2; bound++) {
            double value = value_of(&outcome->bins[i], bound);
            p->chart.y.low = fmin(p->chart.y.low, value);
            p->chart.y.high = fmax(p->chart.y.high, value);
        }
    }
}

/* One line; broken where no time was served. */
static void draw(struct picture *p, const struct outcome *outcome, const char *class, bool bound) {
    int first = (int)(p->from_s / outcome->duration_s * OUTCOME_BINS);
    int last = (int)fmin(p->to_s / outcome->duration_s * OUTCOME_BINS, OUTCOME_BINS);
    int step = (last - first) / POINTS + 1;
    bool open = false;
    svg_group(&p->svg, class);
    if (bound) svg_group(&p->svg, "p-bound");
    for (int i = first; i < last; i += step) {
        double value = 0;
        for (int k = i; k < i + step && k < last; k++)
            if (outcome->bins[k].radius_s >= 0)
                value = fmax(value, value_of(&outcome->bins[k], bound));
        if (value > 0 && !open) svg_path(&p->svg, "line");
        if (value > 0)
            svg_path_point(&p->svg, chart_place(&p->chart.x, at_s(outcome, i) / 3600),
                           chart_place(&p->chart.y, value));
        if (value == 0 && open) svg_end_path(&p->svg);
        open = value > 0;
    }
    if (open) svg_end_path(&p->svg);
    if (bound) svg_end_group(&p->svg);
    svg_end_group(&p->svg);
}

static void draw_attack(struct picture *p) {
    double left = chart_place(&p->chart.x, p->attack->begin_s / 3600);
    double right = chart_place(&p->chart.x, p->attack->end_s / 3600);
    svg_box(&p->svg, left, TOP, fmax(right - left, 2), HEIGHT - TOP - BOTTOM, "p-attack");
}

static void draw_legend(struct picture *p, bool both) {
    static const struct {
        const char *class, *words;
        bool bound, after;
    } rows[] = {{"p-before", "error, as configured", false, false},
                {"p-before", "bound", true, false},
                {"p-after", "error, with the advice", false, true},
                {"p-after", "bound", true, true}};
    static const double starts[] = {0, 168, 246, 420};
    for (size_t i = 0; i < (both ? 4 : 2); i++) {
        double x = LEFT + starts[i];
        svg_group(&p->svg, rows[i].class);
        if (rows[i].bound) svg_group(&p->svg, "p-bound");
        svg_line(&p->svg, x, TOP - 18, x + 22, TOP - 18, "line");
        if (rows[i].bound) svg_end_group(&p->svg);
        svg_end_group(&p->svg);
        svg_words(&p->svg, x + 28, TOP - 14, SVG_START, "chart-tick", rows[i].words);
    }
}

void etalon_rehearse_plot(const struct attack *attack, const struct outcome *before,
                          const struct outcome *after, double settle_s,
                          struct etalon_rehearse_page *page) {
    struct picture p = {.attack = attack,
                        .from_s = settle_s - before_s,
                        .to_s = fmin(attack->end_s + behind_s, before->duration_s)};
    p.chart = (struct chart){.x = {.low = p.from_s / 3600,
                                   .high = p.to_s / 3600,
                                   .from = LEFT,
                                   .to = WIDTH - RIGHT,
                                   .label = "hours"},
                             .y = {.logarithmic = true,
                                   .low = 1,
                                   .high = least_s,
                                   .from = HEIGHT - BOTTOM,
                                   .to = TOP,
                                   .label = "s"},
                             .title = ""};
    stretch(&p, before);
    stretch(&p, after);
    if (!chart_axis_round(&p.chart.y)) return;
    svg_open(&p.svg, page->text + page->length, page->room - page->length, WIDTH, HEIGHT,
             attack->scenario.about, "");
    chart_frame(&p.chart, &p.svg);
    draw_attack(&p);
    if (after) draw(&p, after, "p-after", true);
    if (after) draw(&p, after, "p-after", false);
    draw(&p, before, "p-before", true);
    draw(&p, before, "p-before", false);
    draw_legend(&p, after != NULL);
    svg_close(&p.svg);
    page->length += p.svg.length;
    page->failed |= p.svg.failed;
}
