/* The report, and the list of attacks, as JSON; etalon(1) describes the members. */
#pragma once

#include <stdbool.h>

#include "main/etalon_rehearse_report.h"

/* False: it did not fit, as was said. */
bool etalon_rehearse_json(const struct etalon_rehearse_report *report);
bool etalon_rehearse_json_list(const struct etalon_rehearse_report *report);
