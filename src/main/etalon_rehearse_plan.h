/* Which runs the rehearsal makes, in what order, and what follows from them. */
#pragma once

#include "main/etalon_rehearse_report.h"

/* Fills everything after `attacks` from the subject of variant 0. False: it could not be done, as
 * was said on standard error; an interruption is none of that. The outcomes live until the end of
 * the program. */
bool etalon_rehearse_plan(struct etalon_rehearse_report *report);
