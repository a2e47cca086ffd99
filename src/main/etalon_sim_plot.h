/* The picture of one run: the error of the time kept and its bound against true time, what was done
 * to it, what it noticed, and what it thought of each source. */
#pragma once

#include <stdbool.h>

#include "sim/world.h"

struct etalon_sim_plot;

/* Watches the world from now on; the world is run before the picture ends. Never NULL. */
struct etalon_sim_plot *etalon_sim_plot_begin(struct world *world);
/* Writes the picture; false: what went wrong was said. plot is gone. */
bool etalon_sim_plot_end(struct etalon_sim_plot *plot, const struct world *world, const char *path);
