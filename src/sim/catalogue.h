/* The named scenarios that come with the program. */
#pragma once

#include <stddef.h>

#include "sim/scenario.h"

extern const struct scenario catalogue_scenarios[];
extern const size_t catalogue_count;
/* NULL if there is none of that name. */
const struct scenario *catalogue_find(const char *name);
