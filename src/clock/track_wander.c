/* Log likelihoods of the candidates, older samples fading. Invariant: fits are comparable within
 * one track only. */
#include "clock/track_wander.h"

#include <math.h>

/* 1/s per sqrt(s), and how likely each is beforehand: noise of the path must not pass for wander.
 */
static const double wanders[TRACK_RIVALS] = {1e-10,   3.16e-10, 1e-9,    3.16e-9, 1e-8,
                                             3.16e-8, 1e-7,     3.16e-7, 1e-6};
static const double priors[TRACK_RIVALS] = {-1, -0.25, 0, -0.25, -1, -2.25, -4, -6, -8};
enum { USUAL = 2 };                       /* track_wander_usual among them */
static const double fading_samples = 100; /* for which a fit is remembered */
static const double say_most = 4;         /* log of what one of several sources may say */
static const double forgiven = 8;         /* what the wander in use is ahead after a jump */

static void begin(struct track *track, const struct track_sample *sample,
                  const struct track_prior *prior) {
    for (int i = 0; i < TRACK_RIVALS; i++)
        track->rivals[i] = (struct track_rival){track_first(sample, prior), 0};
    track->has_rivals = true;
}

void track_wander_learn(struct track *track, const struct track_paths *paths,
                        const struct track_prior *prior) {
    const struct track_sample *newest = track_sample(track, track->count - 1);
    if (!track->has_rivals) {
        begin(track, newest, prior);
        return;
    }
    for (int i = 0; i < TRACK_RIVALS; i++) {
        struct track_rival *rival = &track->rivals[i];
        struct track_sample copy = *newest;
        track_advance(&rival->state, &copy, wanders[i]);
        rival->fit -= rival->fit / fading_samples;
        rival->fit += track_path_meet(paths, &rival->state, &copy);
    }
}

void track_wander_forgive(struct track *track) {
    for (int i = 0; i < TRACK_RIVALS; i++) {
        struct track_rival *rival = &track->rivals[i];
        rival->fit = wanders[i] == track->wander ? forgiven : 0;
        rival->state = track->newest;
    }
}

double track_wander_of(const struct track *const *tracks, uint32_t count) {
    double best = -INFINITY, wander = track_wander_usual;
    double most = count > 1 ? say_most : INFINITY;
    for (int i = 0; i < TRACK_RIVALS; i++) {
        double score = priors[i];
        for (uint32_t k = 0; k < count; k++) {
            const struct track_rival *rivals = tracks[k]->rivals;
            score += fmax(fmin(rivals[i].fit - rivals[USUAL].fit, most), -most);
        }
        if (score <= best) continue;
        best = score;
        wander = wanders[i];
    }
    return wander;
}
