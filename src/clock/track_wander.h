/* How fast the frequency of the oscillator walks: rival tracks, one for each candidate, meet every
 * sample once, and the one that tells them best is believed. */
#pragma once

#include "clock/track_path.h"

static const double track_wander_usual = 1e-9; /* 1/s per sqrt(s): a quartz in a computer */

/* Lets the rivals of the track meet its newest sample. */
void track_wander_learn(struct track *track, const struct track_paths *paths,
                        const struct track_prior *prior);
/* What the first jump in a while has explained is no wander. */
void track_wander_forgive(struct track *track);
/* The likeliest wander by what the rivals of these tracks (count > 0) tell together; one that is at
 * odds with the others has little to say. */
double track_wander_of(const struct track *const *tracks, uint32_t count);
