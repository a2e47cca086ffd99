/* The scenarios that come with the program: the files of scenarios/, built in as text. */
#pragma once

#include <stddef.h>

#include "sim/scenario.h"

struct catalogue_entry {
    const char *group, *name; /* scenarios/GROUP/NAME.scenario */
    const char *text;
    size_t length;
};

/* Ordered by group and name; written by cmake/embed_scenarios.cmake. */
extern const struct catalogue_entry catalogue_entries[];
extern const size_t catalogue_count;
/* NULL if there is none of that name. */
const struct catalogue_entry *catalogue_find(const char *name);
/* What a file of the catalogue says; they are tested, so that it is a scenario. */
void catalogue_scenario(const struct catalogue_entry *entry, struct scenario *out);
