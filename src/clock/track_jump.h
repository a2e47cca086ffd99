/* Whether the frequency of the oscillator jumped: looked for where the newest samples do not fit.
 */
#pragma once

#include "clock/track_path.h"

enum { TRACK_JUMP_SAMPLES = 8 }; /* how far back a jump is looked for */

/* Jumps that are let in among the live samples. */
uint32_t track_jump_count(const struct track *track);
/* before: state before each sample. True if a jump explains the newest samples better; the variance
 * that it takes is let in where it explains most, and noted in the track. */
bool track_jump_find(struct track *track, const struct track_paths *paths,
                     const struct track_state *before);
