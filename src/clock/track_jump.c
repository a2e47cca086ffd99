/* Invariant: a jump is let in only where it helps more than half of the sources that count. */
#include "clock/track_jump.h"

#include <string.h>

enum { KNOWS_SAMPLES = 16 }; /* before that nothing is known that could jump */
static const double suspicion = -3, gain_least = 6, gain_more = 4, gain_each = 0.5; /* evidence */
static const double jumps[] = {1e-7, 3e-6}; /* one sigma, s/s */

uint32_t track_jump_count(const struct track *track) {
    uint32_t count = 0;
    for (uint32_t i = track->settled; i < track->count; i++)
        count += track_sample(track, i)->jump > 0;
    return count;
}

/* For and against a jump before the sample `first`, by source. */
struct trial {
    double gain[LIMIT_SOURCES + 1];
};

static void try_jump(const struct track *track, const struct track_paths *paths,
                     const struct track_state *before, uint32_t first, double jump,
                     struct trial *trial) {
    struct track_state state = before[first];
    memset(trial, 0, sizeof *trial);
    state.var_frequency += jump * jump;
    for (uint32_t i = first; i < track->count; i++) {
        struct track_sample sample = *track_sample(track, i);
        if (i > first) track_advance(&state, &sample, track->wander);
        if (!track_counts(track, &sample)) continue;
        double gain = track_path_meet(paths, &state, &sample) - sample.evidence;
        trial->gain[sample.source] += gain;
    }
}

/* That a few sources say so is no evidence against the oscillator: more than half must, and the
 * loudest, as many as may lie, are taken to say no more than the loudest of the others. */
static double evidence_of(const struct track_paths *paths, const struct trial *trial) {
    double gains[LIMIT_SOURCES + 1], sum = 0;
    uint32_t count = 0, gaining = 0;
    for (uint32_t i = 0; i <= LIMIT_SOURCES; i++) {
        if (paths->of[i].count == 0) continue;
        double gain = trial->gain[i];
        uint32_t j = count++;
        for (; j > 0 && gains[j - 1] > gain; j--) gains[j] = gains[j - 1];
        gains[j] = gain;
        gaining += gain > gain_each;
    }
    uint32_t honest = count - (count - 1) / 2;
    if (2 * gaining <= count) return 0;
    for (uint32_t i = 0; i < count; i++) sum += gains[i < honest ? i : honest - 1];
    return sum;
}

/* When the newest samples do not fit: whether a jump of the frequency explains them. The variance
 * that it takes is let in where it explains most. */
bool track_jump_find(struct track *track, const struct track_paths *paths,
                     const struct track_state *before) {
    struct trial trial;
    double doubt = 0, best = gain_least + gain_more * track_jump_count(track), variance = 0;
    struct track_sample *found = NULL;
    uint32_t least = track_beginning(track) + 1;
    if (track->count < KNOWS_SAMPLES) return false;
    for (uint32_t i = track->count; i > least && track->count - i < TRACK_JUMP_SAMPLES; i--) {
        if (!track_counts(track, track_sample(track, i - 1))) continue;
        doubt += track_sample(track, i - 1)->evidence;
        if (doubt > suspicion) continue;
        for (uint32_t k = 0; k < sizeof jumps / sizeof *jumps; k++) {
            try_jump(track, paths, before, i - 1, jumps[k], &trial);
            double evidence = evidence_of(paths, &trial);
            if (evidence <= best) continue;
            best = evidence;
            found = track_sample(track, i - 1);
            variance = jumps[k] * jumps[k];
        }
    }
    if (found == NULL) return false;
    found->jump += variance;
    track->jump_m = found->m;
    track->jump_variance = variance;
    return true;
}
