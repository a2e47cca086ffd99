/* A row of the timeline with all that is known of its time, and the forms in which it is printed.
 * Each form has a file of its own. */
#pragma once

#include "main/etalon_output.h"
#include "main/etalon_timeline_bounds.h"
#include "main/etalon_timeline_story.h"

enum etalon_timeline_time {
    ETALON_TIMELINE_CLAIMED, /* Etalon's own, with a radius */
    ETALON_TIMELINE_DERIVED, /* by the local counter, from one that was claimed in the same boot */
    ETALON_TIMELINE_UNKNOWN,
};

struct etalon_timeline_told {
    const struct etalon_timeline_row *row;
    const struct etalon_ledger_tree *tree;
    struct etalon_timeline_interval interval;
    enum etalon_timeline_time time;
    struct utc utc; /* unless UNKNOWN */
};

struct json;

const char *etalon_timeline_row_weight(enum etalon_timeline_weight weight);
/* The claimed time, the counter and boot, the interval of the witnesses, the place in the log. */
void etalon_timeline_row_json(const struct etalon_timeline_told *told, struct json *json);
/* For people. */
void etalon_timeline_text(const struct etalon_timeline_told *told,
                          const struct etalon_output *output);
/* One JSON object: our own members; those of Timesketch; OCSF 1.8.0. */
void etalon_timeline_lines(const struct etalon_timeline_told *told, struct json *json);
void etalon_timeline_timesketch(const struct etalon_timeline_told *told, struct json *json);
void etalon_timeline_ocsf(const struct etalon_timeline_told *told, struct json *json);
