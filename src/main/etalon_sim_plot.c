/* See the header. Samples are gathered into as many columns as the picture has pixels to show: of
 * each the extremes are kept, so that no spike is lost. */
#include "main/etalon_sim_plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/chart.h"
#include "base/check.h"
#include "base/text.h"
#include "main/etalon_sim_strips.h"
#include "os/storage.h"

enum {
    COLUMNS = 900,
    WIDTH = 1120,
    LEFT = 110,
    RIGHT = 40,
    TOP = 96,
    PANEL = 400, /* height of the frame */
    AXIS = 60,   /* below it */
    NOTE_LINE = 21,
    NOTES_MAX = 16,
    TEXT_ROOM = 1 << 20,
    BOTTOM = 34,
};

static const double threshold_least_s = 1e-9, threshold_share = 0.3;

struct column {
    bool any, served;
    double low_s, high_s, radius_s; /* error, least and largest; bound, largest */
};

struct etalon_sim_plot {
    struct column columns[COLUMNS];
    struct etalon_sim_strips strips;
};

/* The world's hook has no context of its own: one picture at a time. */
static struct etalon_sim_plot *watching;

static const char style[] =
    "svg{font-family:system-ui,sans-serif;font-size:13px}.paper{fill:#fff}text{fill:#222}\n"
    ".chart-area{fill:#fbfbfb;stroke:#bbb}.chart-grid{stroke:#e2e2e2}.chart-fine{stroke:#f0f0f0}\n"
    ".chart-label{font-size:14px}.chart-title{font-size:14px}.head{font-size:20px;font-weight:600}"
    "\n"
    ".sub{font-size:14px;fill:#555}.small{font-size:12px}\n"
    ".bound{fill:#0072b2;fill-opacity:.16;stroke:#0072b2;stroke-opacity:.5;stroke-width:1}\n"
    ".error{fill:none;stroke:#d55e00;stroke-width:1.6;stroke-linejoin:round}\n"
    ".spread{fill:#d55e00;fill-opacity:.45;stroke:none}.zero{stroke:#666;stroke-width:1}\n"
    ".deed{stroke:#882255;stroke-width:1.4;stroke-dasharray:5 4}.deed-dot{fill:#882255}\n"
    ".seen{stroke:#009e73;stroke-width:1.2;stroke-dasharray:2 3}.seen-dot{fill:#009e73}\n"
    ".number{fill:#fff;font-size:11px;font-weight:600}\n"
    ".good{fill:#009e73}.fair{fill:#e69f00}.bad{fill:#c1272d}.idle{fill:#c8c8c8}\n"
    "@media (prefers-color-scheme:dark){.paper{fill:#16181c}text{fill:#ddd}.sub{fill:#aaa}\n"
    ".chart-area{fill:#1d2026;stroke:#555}.chart-grid{stroke:#343941}.chart-fine{stroke:#262a31}\n"
    ".bound{fill:#56b4e9;stroke:#56b4e9}.error{stroke:#f0a04b}.spread{fill:#f0a04b}\n"
    ".zero{stroke:#999}.deed{stroke:#dd77aa}.deed-dot{fill:#dd77aa}.seen{stroke:#2fc79a}\n"
    ".seen-dot,.good{fill:#2fc79a}.idle{fill:#4a4f57}.number{fill:#16181c}}\n";

static size_t column_at(const struct world *world, double at_s) {
    double share = at_s / world->scenario.duration_s;
    size_t column = share > 0 ? (size_t)(share * COLUMNS) : 0;
    return column < COLUMNS ? column : COLUMNS - 1;
}

static void watch(const struct world *world) {
    const struct judge *judge = &world->judge;
    size_t number = column_at(world, world_elapsed_s(world));
    struct column *column = &watching->columns[number];
    bool served = judge->has_state && judge->served;
    etalon_sim_strips_note(&watching->strips, world, number * ETALON_SIM_STRIP_CELLS / COLUMNS);
    if (!served) return;
    if (!column->any || judge->error_s < column->low_s) column->low_s = judge->error_s;
    if (!column->any || judge->error_s > column->high_s) column->high_s = judge->error_s;
    if (!column->any || judge->radius_s > column->radius_s) column->radius_s = judge->radius_s;
    column->any = column->served = true;
}

struct etalon_sim_plot *etalon_sim_plot_begin(struct world *world) {
    struct etalon_sim_plot *plot = calloc(1, sizeof *plot);
    CHECK(plot != NULL);
    watching = plot;
    world->watch = watch;
    return plot;
}

/* --- the axes --- */

static const struct {
    double unit_s;
    const char *label;
} time_units[] = {{86400, "true time since the start / d"},
                  {3600, "true time since the start / h"},
                  {60, "true time since the start / min"},
                  {1, "true time since the start / s"}};

static double power_below(double value) {
    double power = 1;
    while (power > value) power /= 10;
    while (power * 10 <= value) power *= 10;
    return power;
}

/* The linear part of the axis is about what the error mostly is. */
static void fit(const struct etalon_sim_plot *plot, const struct world *world,
                struct chart *chart) {
    double most_s = 0, sum_s = 0;
    size_t count = 0, unit = 0;
    for (size_t i = 0; i < COLUMNS; i++) {
        const struct column *c = &plot->columns[i];
        if (!c->any) continue;
        double size_s = fmax(fabs(c->low_s), fabs(c->high_s));
        most_s = fmax(most_s, fmax(size_s, c->radius_s));
        sum_s += log(fmax(size_s, threshold_least_s));
        count++;
    }
    double usual_s = count > 0 ? exp(sum_s / (double)count) : 1e-6;
    chart->y.threshold = power_below(fmax(usual_s * threshold_share, threshold_least_s));
    chart->y.high = fmax(most_s, chart->y.threshold * 10);
    chart->y.low = -chart->y.high;
    while (unit < 3 && world->scenario.duration_s < 2 * time_units[unit].unit_s) unit++;
    chart->x.label = time_units[unit].label;
    chart->x.low = 0;
    chart->x.high = world->scenario.duration_s / time_units[unit].unit_s;
    (void)chart_axis_round(&chart->y);
}

static double x_of(const struct chart *chart, double share) {
    return chart->x.from + share * (chart->x.to - chart->x.from);
}

/* --- the curves: each stretch of time that was served --- */

static size_t stretch_end(const struct etalon_sim_plot *plot, size_t from) {
    size_t to = from;
    while (to < COLUMNS && plot->columns[to].any) to++;
    return to;
}

static void draw_band(const struct etalon_sim_plot *plot, const struct chart *chart, size_t from,
                      size_t to, bool is_bound, struct svg *svg) {
    svg_path(svg, is_bound ? "bound" : "spread");
    for (size_t i = from; i < to; i++) {
        const struct column *c = &plot->columns[i];
        svg_path_point(svg, x_of(chart, ((double)i + 0.5) / COLUMNS),
                       chart_place(&chart->y, is_bound ? c->radius_s : c->high_s));
    }
    for (size_t i = to; i > from; i--) {
        const struct column *c = &plot->columns[i - 1];
        svg_path_point(svg, x_of(chart, ((double)i - 0.5) / COLUMNS),
                       chart_place(&chart->y, is_bound ? -c->radius_s : c->low_s));
    }
    svg_end_path(svg);
}

static void draw_error(const struct etalon_sim_plot *plot, const struct chart *chart, size_t from,
                       size_t to, struct svg *svg) {
    draw_band(plot, chart, from, to, false, svg);
    svg_path(svg, "error");
    for (size_t i = from; i < to; i++) {
        const struct column *c = &plot->columns[i];
        svg_path_point(svg, x_of(chart, ((double)i + 0.5) / COLUMNS),
                       chart_place(&chart->y, (c->low_s + c->high_s) / 2));
    }
    svg_end_path(svg);
}

static void draw_curves(const struct etalon_sim_plot *plot, const struct chart *chart,
                        struct svg *svg) {
    double zero = chart_place(&chart->y, 0);
    for (int layer = 0; layer < 2; layer++) {
        for (size_t from = 0, to; from < COLUMNS; from = to + 1) {
            to = stretch_end(plot, from);
            if (to == from) continue;
            if (layer == 0)
                draw_band(plot, chart, from, to, true, svg);
            else
                draw_error(plot, chart, from, to, svg);
        }
        if (layer == 0) svg_line(svg, chart->x.from, zero, chart->x.to, zero, "zero");
    }
}

/* --- what happened --- */

static bool is_deed(const struct judge_event *event) {
    return event->kind <= JUDGE_EVENT_UNDO;
}

static void describe(const struct judge_event *event, char *out, size_t room) {
    static const char *const words[] = {
        [JUDGE_EVENT_ACTION] = "%s",
        [JUDGE_EVENT_UNDO] = "end of: %s",
        [JUDGE_EVENT_MODE] = "%s",
        [JUDGE_EVENT_ACCUSED] = "%s is called a falseticker",
        [JUDGE_EVENT_CLEARED] = "%s is believed again",
        [JUDGE_EVENT_ALARM] = "%s: the sources contradict the oscillator",
        [JUDGE_EVENT_STEP_SEEN] = "%s: CLOCK_REALTIME was moved",
        [JUDGE_EVENT_OUTSIDE] = "the truth leaves the bound%s",
        [JUDGE_EVENT_INSIDE] = "the truth is inside the bound again%s",
        [JUDGE_EVENT_BROKEN] = "nothing is promised any more: %s",
        [JUDGE_EVENT_FINDING] = "%s of the judge",
    };
    const char *format = words[event->kind], *hole = strstr(format, "%s");
    snprintf(out, room, "%.*s%s%s", (int)(hole - format), format, event->text, hole + 2);
}

/* Which are listed: all deeds, and as many of the others as there is room for. */
static size_t choose(const struct judge *judge, const struct judge_event *out[NOTES_MAX]) {
    size_t count = 0, deeds = 0;
    for (uint32_t i = 0; i < judge->event_count; i++) deeds += is_deed(&judge->events[i]);
    size_t others = deeds < NOTES_MAX ? NOTES_MAX - deeds : 0;
    for (uint32_t i = 0; i < judge->event_count && count < NOTES_MAX; i++) {
        bool deed = is_deed(&judge->events[i]);
        if (!deed && others == 0) continue;
        if (!deed) others--;
        out[count++] = &judge->events[i];
    }
    return count;
}

static void draw_note(const struct world *world, const struct chart *chart,
                      const struct judge_event *event, size_t number, double list_y,
                      struct svg *svg) {
    char text[160], age[TEXT_BYTES], digits[8], line[200];
    bool deed = is_deed(event);
    double x = x_of(chart, event->at_s / world->scenario.duration_s);
    double y = deed ? chart->y.to + 12 : chart->y.from - 12 - (double)(number % 3) * 19;
    double column = number % 2 == 0 ? chart->x.from : (chart->x.from + chart->x.to) / 2;
    size_t line_number = number / 2;
    double row = list_y + (double)line_number * NOTE_LINE;
    snprintf(digits, sizeof digits, "%zu", number + 1);
    describe(event, text, sizeof text);
    snprintf(line, sizeof line, "%s  %s", text_age(event->at_s, age), text);
    svg_line(svg, x, chart->y.to, x, chart->y.from, deed ? "deed" : "seen");
    svg_dot(svg, x, y, 9, deed ? "deed-dot" : "seen-dot");
    svg_words(svg, x, y + 4, SVG_MIDDLE, "number", digits);
    svg_dot(svg, column + 9, row - 4, 9, deed ? "deed-dot" : "seen-dot");
    svg_words(svg, column + 9, row, SVG_MIDDLE, "number", digits);
    svg_words(svg, column + 26, row, SVG_START, "small", line);
}

static void draw_legend(const struct chart *chart, struct svg *svg) {
    static const struct {
        const char *class, *name;
        double width;
    } rows[] = {{"bound", "bound", 58},
                {"spread", "error of the time kept", 152},
                {"deed-dot", "what is done to it", 128},
                {"seen-dot", "what it notices", 0}};
    double x = chart->x.to - 522, y = chart->y.to - 16;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        svg_box(svg, x, y - 10, 14, 12, rows[i].class);
        svg_words(svg, x + 20, y, SVG_START, "small", rows[i].name);
        x += rows[i].width + 24;
    }
}

static void draw_head(const struct world *world, struct svg *svg) {
    const struct judge *judge = &world->judge;
    char line[320], rms[TEXT_BYTES], most[TEXT_BYTES];
    svg_words(svg, LEFT, 34, SVG_START, "head", world->scenario.name);
    svg_words(svg, LEFT, 56, SVG_START, "sub", world->scenario.about);
    snprintf(
        line, sizeof line, "seed %llu, rms error %s, largest %s, %llu requests, %llu finding%s",
        (unsigned long long)world->seed, text_seconds(judge_rms(&judge->error), rms),
        text_seconds(judge->toll.error_max_s, most), (unsigned long long)world->counts.requests,
        (unsigned long long)judge->findings, judge->findings == 1 ? "" : "s");
    svg_words(svg, LEFT, TOP - 16, SVG_START, "small", line);
}

static void draw(const struct etalon_sim_plot *plot, const struct world *world, char *text,
                 struct svg *svg) {
    const struct judge_event *notes[NOTES_MAX];
    size_t count = choose(&world->judge, notes);
    struct chart chart = {.x = {.from = LEFT, .to = WIDTH - RIGHT},
                          .y = {.from = TOP + PANEL,
                                .to = TOP,
                                .label = "time kept minus true time",
                                .seconds = true},
                          .title = ""};
    double strips_y = TOP + PANEL + AXIS;
    double list_y = strips_y + etalon_sim_strips_height(world) + 26;
    size_t lines = (count + 1) / 2;
    double height = list_y + (double)lines * NOTE_LINE + BOTTOM;
    fit(plot, world, &chart);
    svg_open(svg, text, TEXT_ROOM, WIDTH, height, world->scenario.about, style);
    svg_box(svg, 0, 0, WIDTH, height, "paper");
    draw_head(world, svg);
    chart_frame(&chart, svg);
    draw_curves(plot, &chart, svg);
    etalon_sim_strips_draw(&plot->strips, world, chart.x.from, chart.x.to, strips_y, svg);
    for (size_t i = 0; i < count; i++) draw_note(world, &chart, notes[i], i, list_y, svg);
    draw_legend(&chart, svg);
    svg_close(svg);
}

bool etalon_sim_plot_end(struct etalon_sim_plot *plot, const struct world *world,
                         const char *path) {
    char *text = malloc(TEXT_ROOM);
    const char *why = "not enough memory";
    struct svg svg = {.failed = true};
    if (text) draw(plot, world, text, &svg);
    if (text && svg.failed) why = "the picture does not fit";
    bool right = !svg.failed && storage_replace(path, text, svg.length, &why) == ERR_OK;
    if (!right) fprintf(stderr, "etalon: %s: %s\n", path, why);
    free(text);
    free(plot);
    watching = NULL;
    return right;
}
