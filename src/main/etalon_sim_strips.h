/* Below the picture of a run: a strip of colour for the mode of the timescale, and one for what is
 * thought of each source, over the time of the run. */
#pragma once

#include "base/svg.h"
#include "sim/world.h"

enum { ETALON_SIM_STRIP_CELLS = 300 };

struct etalon_sim_strips {
    uint8_t mode[ETALON_SIM_STRIP_CELLS]; /* the worst in the time of the cell; 0: not seen */
    uint8_t source[LIMIT_SOURCES][ETALON_SIM_STRIP_CELLS];
};

/* Notes how things stand in that cell. */
void etalon_sim_strips_note(struct etalon_sim_strips *strips, const struct world *world,
                            size_t cell);
double etalon_sim_strips_height(const struct world *world);
void etalon_sim_strips_draw(const struct etalon_sim_strips *strips, const struct world *world,
                            double from, double to, double top, struct svg *svg);
