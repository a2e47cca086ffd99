/* The deviations of etalon stability as a picture: log-log, with intervals as bars. */
#pragma once

#include <stdbool.h>

#include "main/etalon_stability_table.h"

/* Writes an SVG file, replacing what is there. False: what failed was said on standard error. */
bool etalon_stability_plot(const struct etalon_stability_result *result, const char *path);
