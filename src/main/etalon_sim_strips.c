/* See the header. */
#include "main/etalon_sim_strips.h"

#include <stdio.h>

enum { STRIP = 12, GAP = 5, SOURCES_SHOWN = 12 };

/* From good to bad, so that of several the worst is the largest. */
enum shade { SHADE_UNSEEN, SHADE_GOOD, SHADE_IDLE, SHADE_FAIR, SHADE_BAD };

static const char *const shade_names[] = {"", "good", "idle", "fair", "bad"};

static enum shade of_mode(enum tracking_mode mode) {
    static const enum shade shades[] = {[TRACKING_STARTING] = SHADE_IDLE,
                                        [TRACKING_LOCKED] = SHADE_GOOD,
                                        [TRACKING_HOLDOVER] = SHADE_FAIR,
                                        [TRACKING_WITHDRAWN] = SHADE_BAD};
    return shades[mode];
}

static enum shade of_verdict(enum verdict verdict) {
    if (verdict == VERDICT_FALSETICKER) return SHADE_BAD;
    if (verdict == VERDICT_NO_DATA || verdict == VERDICT_NOSELECT) return SHADE_IDLE;
    return verdict >= VERDICT_OUTLIER ? SHADE_GOOD : SHADE_FAIR;
}

static void worsen(uint8_t *cell, enum shade shade) {
    if (shade > *cell) *cell = (uint8_t)shade;
}

void etalon_sim_strips_note(struct etalon_sim_strips *strips, const struct world *world,
                            size_t cell) {
    const struct judge *judge = &world->judge;
    worsen(&strips->mode[cell], of_mode((enum tracking_mode)judge->tracking.mode));
    for (uint32_t i = 0; i < world->config.source_count; i++)
        worsen(&strips->source[i][cell], of_verdict((enum verdict)judge->verdicts[i].verdict));
}

static uint32_t shown(const struct world *world) {
    uint32_t count = world->config.source_count;
    return count < SOURCES_SHOWN ? count : SOURCES_SHOWN;
}

double etalon_sim_strips_height(const struct world *world) {
    return (1 + shown(world)) * (STRIP + GAP);
}

static void draw_strip(const uint8_t *cells, const char *name, double from, double to, double y,
                       struct svg *svg) {
    double width = (to - from) / ETALON_SIM_STRIP_CELLS;
    svg_words(svg, from - 10, y + STRIP - 2, SVG_END, "small", name);
    for (size_t begin = 0, end; begin < ETALON_SIM_STRIP_CELLS; begin = end) {
        for (end = begin; end < ETALON_SIM_STRIP_CELLS && cells[end] == cells[begin];) end++;
        if (cells[begin] == SHADE_UNSEEN) continue;
        svg_box(svg, from + (double)begin * width, y, (double)(end - begin) * width, STRIP,
                shade_names[cells[begin]]);
    }
}

void etalon_sim_strips_draw(const struct etalon_sim_strips *strips, const struct world *world,
                            double from, double to, double top, struct svg *svg) {
    char name[32];
    draw_strip(strips->mode, "timescale", from, to, top, svg);
    for (uint32_t i = 0; i < shown(world); i++) {
        snprintf(name, sizeof name, "server %u", i + 1);
        draw_strip(strips->source[i], name, from, to, top + (i + 1) * (STRIP + GAP), svg);
    }
}
