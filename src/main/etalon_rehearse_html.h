/* The report as one HTML page that needs nothing else: style and pictures are in it, no script. */
#pragma once

#include <stdbool.h>

#include "main/etalon_rehearse_report.h"

/* False: it could not be written, as was said on standard error. */
bool etalon_rehearse_html(const struct etalon_rehearse_report *report, const char *path);
