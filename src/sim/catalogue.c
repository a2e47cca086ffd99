/* See the header. */
#include "sim/catalogue.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"

const struct catalogue_entry *catalogue_find(const char *name) {
    for (size_t i = 0; i < catalogue_count; i++)
        if (strcmp(catalogue_entries[i].name, name) == 0) return &catalogue_entries[i];
    return NULL;
}

void catalogue_scenario(const struct catalogue_entry *entry, struct scenario *out) {
    struct config_error error;
    char file[LIMIT_PATH_BYTES];
    snprintf(file, sizeof file, "%s.scenario", entry->name);
    enum err err = scenario_parse(file, entry->text, entry->length, out, &error);
    if (err != ERR_OK) fprintf(stderr, "%s:%u: %s\n", file, error.place.line, error.text);
    CHECK(err == ERR_OK);
}
