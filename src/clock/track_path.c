/* Floors and biases by the way of the track; see the header. Invariant: floors are >= 0, doubts > 0
 * where there is a sample with a delay. */
#include "clock/track_path.h"

#include <math.h>
#include <string.h>

#include "base/logarithm.h"

static const double lucky_waits = 2; /* how far the least round trip may lie above the floor */
enum { HULL_SAMPLES = 4 };           /* from so many on the floor is taken from the track */
static const double hull_span_s = 60;
enum { SHAPE_SAMPLES = 16 }; /* from so many on the shape of the noise is looked at */
static const double queue_below = 1.7, normal_below_mean = 2.1; /* sigma of the mean */

/* Of a burst of exchanges the track can make anything: its frequency is not held by them. */
static bool has_hull(const struct track_path *f) {
    return f->count >= HULL_SAMPLES && f->until_m - f->since_m >= hull_span_s;
}

/* The least of n exponential waits lies a mean wait / n above the floor: with the way of the
 * oscillator known, this holds for each direction alone, and the least round trip need not have
 * been lucky both ways. */
static void settle_floor(struct track_path *f) {
    double n = f->count, least = f->delay_min / (n * n);
    double delay = !has_hull(f) ? f->delay_min : f->forth + f->back;
    double wait = fmax(f->delay_sum / n - delay, 0) / 2;
    if (!has_hull(f)) {
        f->delay_s = delay;
        f->soft_s = fmax(1.5 * wait / sqrt(n), least / 2);
    } else {
        double lucky = lucky_waits * (f->delay_sum / n - f->delay_min) / sqrt(n);
        delay = fmax(delay, f->delay_min - lucky);
        wait = (f->delay_sum / n - delay) / 2;
        f->delay_s = fmax(delay - 2 * wait / n, 0);
        f->soft_s = fmax(wait / n, least / 2);
    }
}

/* Queues have a floor and a long tail. Noise that goes both ways, as that of stamps, has none: its
 * least value lies far below the mean for its spread (sums of two exponentials: 1.3 sigma at 64
 * samples, normal ones: 2.4). Then an edge is no edge but a wide slope around the mean. */
static void soften_floor(struct track_path *f) {
    double n = f->count, mean = f->delay_sum / n;
    double variance = f->delay_squares / n - mean * mean;
    if (f->count < SHAPE_SAMPLES || !(variance > 0)) return;
    double below = (mean - f->delay_min) / sqrt(variance);
    double share = (below - queue_below) / (normal_below_mean - queue_below);
    if (share <= 0) return;
    if (share > 1) share = 1;
    f->delay_s += share * (mean - f->delay_s);
    f->soft_s = sqrt(f->soft_s * f->soft_s + share * share * variance / 2);
}

/* Half the difference of the two directions, which would be 0 without asymmetry. */
static double lean(const struct track_path *f) {
    return (f->forth - f->back) / 2;
}

/* Sources that contradict each other do so for ever (their paths are not symmetric): what goes
 * beyond doubt is taken out, around the median, so that no one of them pulls. */
static void settle_biases(struct track_paths *paths, double sigma) {
    double leans[LIMIT_SOURCES + 1];
    uint32_t n = 0;
    for (uint32_t i = 0; i <= LIMIT_SOURCES; i++) {
        if (!has_hull(&paths->of[i])) continue;
        double x = lean(&paths->of[i]);
        uint32_t j = n++;
        for (; j > 0 && leans[j - 1] > x; j--) leans[j] = leans[j - 1];
        leans[j] = x;
    }
    if (n < 2) return;
    double median = (leans[n / 2] + leans[(n - 1) / 2]) / 2;
    for (uint32_t i = 0; i <= LIMIT_SOURCES; i++) {
        struct track_path *f = &paths->of[i];
        if (!has_hull(f)) continue;
        double apart = lean(f) - median, doubt = 3 * (f->soft_s + sigma);
        if (fabs(apart) <= doubt) continue;
        f->bias_s = apart;
        f->soft_s =
            sqrt(f->soft_s * f->soft_s + f->count * (fabs(apart) - doubt) * (fabs(apart) - doubt));
    }
}

void track_path_learn(const struct track *track, struct track_paths *paths) {
    memset(paths, 0, sizeof *paths);
    for (uint32_t i = 0; i < track->count; i++) {
        const struct track_sample *s = track_sample(track, i);
        if (!track_counts(track, s)) continue;
        struct track_path *f = &paths->of[s->source];
        double forth = s->y - s->smooth + s->delay_s / 2, back = s->delay_s - forth;
        bool first = f->count++ == 0;
        if (first) f->since_m = s->m;
        f->until_m = s->m;
        f->delay_sum += s->delay_s;
        f->delay_squares += s->delay_s * s->delay_s;
        if (first || s->delay_s < f->delay_min) f->delay_min = s->delay_s;
        if (first || forth < f->forth) f->forth = forth;
        if (first || back < f->back) f->back = back;
    }
    for (uint32_t i = 0; i <= LIMIT_SOURCES; i++)
        if (paths->of[i].count > 0) {
            settle_floor(&paths->of[i]);
            soften_floor(&paths->of[i]);
        }
    settle_biases(paths, track->has_base || track->count > 1 ? sqrt(track->newest.var_y) : 0);
}

struct track_edge track_path_upper(const struct track_paths *paths,
                                   const struct track_sample *sample) {
    const struct track_path *f = &paths->of[sample->source];
    double soft = f->soft_s * f->soft_s + sample->noise_s * sample->noise_s;
    double limit = sample->y + (sample->delay_s - f->delay_s) / 2 - f->bias_s;
    return (struct track_edge){limit, 1, soft};
}

struct track_edge track_path_lower(const struct track_paths *paths,
                                   const struct track_sample *sample) {
    const struct track_path *f = &paths->of[sample->source];
    double soft = f->soft_s * f->soft_s + sample->noise_s * sample->noise_s;
    double limit = sample->y - (sample->delay_s - f->delay_s) / 2 - f->bias_s;
    return (struct track_edge){limit, -1, soft};
}

double track_path_meet(const struct track_paths *paths, struct track_state *state,
                       struct track_sample *sample) {
    struct track_edge upper = track_path_upper(paths, sample);
    struct track_edge lower = track_path_lower(paths, sample);
    double fit = track_edge_site(&upper, state->y, state->var_y, &sample->upper);
    track_state_apply(state, &sample->upper);
    fit *= track_edge_site(&lower, state->y, state->var_y, &sample->lower);
    track_state_apply(state, &sample->lower);
    return fit < 1 ? logarithm_natural(fit) : 0;
}
