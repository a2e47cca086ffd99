/* One panel for what is a fraction, one for what is in seconds, over the same averaging times. */
#include "main/etalon_stability_plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/chart.h"
#include "os/storage.h"

enum {
    WIDTH = 960,
    PANEL = 460, /* height of one with its margins */
    LEFT = 96,
    RIGHT = 36,
    TOP = 84,
    TITLE = 40,  /* of it, above the first panel only */
    LEGEND = 72, /* width of one name */
    BOTTOM = 64,
    MARK_ROWS = 200, /* with more rows there are lines only */
    SHAPE_BYTES = 1024,
    FRAME_BYTES = 1 << 16,
};

/* Colours that people with any colour vision tell apart (Okabe and Ito), on light and dark. */
static const char style[] =
    "svg{font-family:system-ui,sans-serif;font-size:13px}.paper{fill:#fff}\n"
    ".chart-area{fill:#fafafa;stroke:#bbb}.chart-grid{stroke:#d0d0d0}.chart-fine{stroke:#ececec}\n"
    "text{fill:#222}.chart-label{font-size:14px}.chart-title{font-size:16px;font-weight:600}\n"
    ".legend{font-size:13px}\n"
    "polyline{fill:none;stroke-width:2;stroke-linejoin:round}.bar{stroke-width:1.4}\n"
    ".adev{color:#999933}.oadev{color:#0072b2}.mdev{color:#d55e00}.hdev{color:#882255}\n"
    ".ohdev{color:#009e73}.tdev{color:#0072b2}.mtie{color:#d55e00}.tie{color:#009e73}\n"
    "polyline,.bar{stroke:currentColor}.mark{fill:currentColor}\n"
    "@media (prefers-color-scheme:dark){.paper{fill:#16181c}text{fill:#ddd}\n"
    ".chart-area{fill:#1d2026;stroke:#555}.chart-grid{stroke:#3a3f47}.chart-fine{stroke:#282c33}\n"
    ".oadev,.tdev{color:#56b4e9}.mdev,.mtie{color:#e69f00}.hdev{color:#cc79a7}\n"
    ".ohdev,.tie{color:#2fc79a}.adev{color:#ddcc77}}\n";

static bool in_panel(const struct etalon_stability_result *result, int kind, bool is_time) {
    return result->of[kind].count > 0 && stability_is_time((enum stability_kind)kind) == is_time;
}

/* A deviation of zero (all values on a line) has no place on a logarithmic axis. */
static void stretch(struct chart_axis *axis, double value) {
    if (!(value > 0)) return;
    if (axis->low == 0 || value < axis->low) axis->low = value;
    if (value > axis->high) axis->high = value;
}

static bool fit(const struct etalon_stability_result *result, bool is_time, struct chart *chart) {
    for (int kind = 0; kind < STABILITY_KINDS; kind++)
        for (size_t i = 0; i < result->of[kind].count; i++) {
            const struct etalon_stability_row *row = &result->of[kind].rows[i];
            stretch(&chart->x, row->tau_s);
            if (!in_panel(result, kind, is_time)) continue;
            stretch(&chart->y, row->deviation);
            if (row->edf > 0) stretch(&chart->y, row->low);
            if (row->edf > 0) stretch(&chart->y, row->high);
        }
    return chart->y.high > 0 && chart_axis_round(&chart->x) && chart_axis_round(&chart->y);
}

static void draw_row(const struct chart *chart, const struct etalon_stability_row *row,
                     struct svg *svg) {
    double x = chart_place(&chart->x, row->tau_s);
    if (row->edf > 0 && row->low > 0) {
        double low = chart_place(&chart->y, row->low), high = chart_place(&chart->y, row->high);
        svg_line(svg, x, low, x, high, "bar");
        svg_line(svg, x - 4, low, x + 4, low, "bar");
        svg_line(svg, x - 4, high, x + 4, high, "bar");
    }
    svg_dot(svg, x, chart_place(&chart->y, row->deviation), 3.5, "mark");
}

static void draw_kind(const struct chart *chart, const struct etalon_stability_result *result,
                      enum stability_kind kind, struct svg *svg) {
    size_t count = result->of[kind].count;
    const struct etalon_stability_row *rows = result->of[kind].rows;
    svg_group(svg, stability_name(kind));
    svg_path(svg, "curve");
    for (size_t i = 0; i < count; i++)
        if (rows[i].deviation > 0)
            svg_path_point(svg, chart_place(&chart->x, rows[i].tau_s),
                           chart_place(&chart->y, rows[i].deviation));
    svg_end_path(svg);
    for (size_t i = 0; i < count && count <= MARK_ROWS; i++)
        if (rows[i].deviation > 0) draw_row(chart, &rows[i], svg);
    svg_end_group(svg);
}

/* One line of names above the frame, at its right end. */
static void draw_legend(const struct chart *chart, const struct etalon_stability_result *result,
                        bool is_time, struct svg *svg) {
    double at = chart->x.to, y = chart->y.to - 18;
    for (int kind = STABILITY_KINDS - 1; kind >= 0; kind--) {
        if (!in_panel(result, kind, is_time)) continue;
        const char *name = stability_name((enum stability_kind)kind);
        at -= LEGEND;
        svg_words(svg, at + 18, y + 4, SVG_START, "legend", name);
        svg_group(svg, name);
        svg_dot(svg, at + 8, y, 4.5, "mark");
        svg_end_group(svg);
    }
}

/* False: nothing to be drawn in it. */
static bool draw_panel(const struct etalon_stability_result *result, bool is_time, double top,
                       struct svg *svg) {
    struct chart chart = {
        .x = {.logarithmic = true,
              .from = LEFT,
              .to = WIDTH - RIGHT,
              .label = "averaging time τ / s"},
        .y = {.logarithmic = true,
              .from = top + PANEL - BOTTOM,
              .to = top + TOP,
              .label = is_time ? "time deviation / s" : "deviation of fractional frequency"},
        .title = is_time ? "Stability of time" : "Stability of frequency"};
    if (!fit(result, is_time, &chart)) return false;
    chart_frame(&chart, svg);
    for (int kind = 0; kind < STABILITY_KINDS; kind++)
        if (in_panel(result, kind, is_time))
            draw_kind(&chart, result, (enum stability_kind)kind, svg);
    draw_legend(&chart, result, is_time, svg);
    return true;
}

static void draw(const struct etalon_stability_result *result, char *text, size_t room,
                 struct svg *svg) {
    char name[128], title[256];
    unsigned panels = 0, drawn = 0;
    for (int is_time = 0; is_time < 2; is_time++)
        for (int kind = 0, found = 0; kind < STABILITY_KINDS && !found; kind++)
            panels += found = in_panel(result, kind, is_time);
    snprintf(title, sizeof title, "%s: %zu points, one each %.6g s",
             etalon_output_clean(result->name, name, sizeof name), result->points, result->tau0_s);
    double height = panels > 1 ? 2 * PANEL - TITLE : PANEL;
    svg_open(svg, text, room, WIDTH, height, title, style);
    svg_box(svg, 0, 0, WIDTH, height, "paper");
    svg_words(svg, LEFT, 32, SVG_START, "chart-label", title);
    for (int is_time = 0; is_time < 2; is_time++)
        drawn += draw_panel(result, is_time, drawn ? PANEL - TITLE : 0, svg);
    svg_close(svg);
}

bool etalon_stability_plot(const struct etalon_stability_result *result, const char *path) {
    size_t rows = 0;
    for (int kind = 0; kind < STABILITY_KINDS; kind++) rows += result->of[kind].count;
    size_t room = FRAME_BYTES + rows * SHAPE_BYTES;
    char *text = malloc(room);
    const char *why = "not enough memory";
    struct svg svg = {.failed = true};
    if (text) draw(result, text, room, &svg);
    bool right = !svg.failed && storage_replace(path, text, svg.length, &why) == ERR_OK;
    if (!right) fprintf(stderr, "etalon: %s: %s\n", path, why);
    free(text);
    return right;
}
