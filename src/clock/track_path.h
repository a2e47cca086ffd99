/* What the kept samples tell of the path to each source: the floor of its round trip, how sure that
 * is, and how far it contradicts the others; and what an exchange allows, given that. */
#pragma once

#include "clock/track.h"
#include "clock/track_edge.h"

struct track_path {
    uint32_t count; /* samples */
    double since_m, until_m;
    double delay_min, delay_sum, delay_squares; /* of round trips */
    double forth, back;                         /* least of each direction, by the track */
    double delay_s, soft_s; /* floor of the round trip; doubt about half of it, one sigma */
    double bias_s;          /* by how much the source contradicts the others, for sure */
};

struct track_paths {
    struct track_path of[LIMIT_SOURCES + 1];
};

void track_path_learn(const struct track *track, struct track_paths *paths);
struct track_edge track_path_upper(const struct track_paths *paths,
                                   const struct track_sample *sample);
struct track_edge track_path_lower(const struct track_paths *paths,
                                   const struct track_sample *sample);
/* Makes both factors of the sample anew, one after the other, and applies them. Returns the
 * evidence: log of how well they fitted, <= 0. */
double track_path_meet(const struct track_paths *paths, struct track_state *state,
                       struct track_sample *sample);
