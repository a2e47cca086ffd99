/* Samples of one source. Invariant: the ring of the track is the ring of the filter. Source: RFC
 * 5905 section 8 (offset, delay). */
#include "clock/filter.h"

#include <math.h>
#include <stddef.h>

enum { STRAYS_TO_RESTART = 3 };
enum { INTERVAL_SAMPLES = 32 }; /* older ones have grown too wide to narrow anything */

struct track_sample filter_sample_of(const struct exchange *x, const struct epoch *epoch,
                                     const struct leap_table *leaps) {
    struct tai received = leap_tai_from_utc(leaps, x->t2), sent = leap_tai_from_utc(leaps, x->t3);
    double forth = epoch_y(epoch, x->t1, received), back = epoch_y(epoch, x->t4, sent);
    double noise = x->precision_s + x->stamp_error_s;
    double delay = fmax(forth - back, 0);
    return (struct track_sample){
        .m = (epoch_m(epoch, x->t1) + epoch_m(epoch, x->t4)) / 2,
        .y = (forth + back) / 2,
        .delay_s = delay,
        .half_s = delay / 2 + x->root_delay_s / 2 + x->root_dispersion_s + noise,
        .noise_s = noise,
        .source = x->source,
    };
}

void filter_init(struct filter *filter) {
    *filter = (struct filter){0};
    track_init(&filter->track, filter->ring, LIMIT_SAMPLES, LIMIT_SAMPLES / 4);
    filter->track.learns = true;
}

static const struct track_sample *sample_at(const struct filter *filter, uint32_t index) {
    return track_sample(&filter->track, index);
}

uint32_t filter_count(const struct filter *filter) {
    return filter->track.count;
}

const struct track_sample *filter_newest(const struct filter *filter) {
    uint32_t count = filter->track.count;
    return count ? sample_at(filter, count - 1) : NULL;
}

/* The error of one sample is spread evenly over +- half of what its delay exceeds the floor by. */
static void measure_path(struct filter *filter) {
    double least = INFINITY, sum = 0, n = filter->track.count;
    for (uint32_t i = 0; i < filter->track.count; i++)
        least = fmin(least, sample_at(filter, i)->delay_s);
    for (uint32_t i = 0; i < filter->track.count; i++) {
        const struct track_sample *s = sample_at(filter, i);
        double excess = s->delay_s - least + least / (n * n);
        sum += excess * excess / 12 + s->noise_s * s->noise_s;
    }
    filter->sample_sigma_s = sqrt(sum / n);
}

bool filter_add(struct filter *filter, const struct track_sample *sample,
                const struct track_prior *prior, double wander) {
    struct track *track = &filter->track;
    if (track->count && sample->m <= filter_newest(filter)->m) return false;
    track->wander = wander;
    track_add(track, sample, prior);
    filter->restarted = false;
    if (track->strays >= STRAYS_TO_RESTART && track->count > STRAYS_TO_RESTART) {
        track_restart(track, STRAYS_TO_RESTART, prior);
        filter->restarted = true;
    }
    measure_path(filter);
    return true;
}

struct interval filter_interval(const struct filter *filter, double m, double frequency,
                                double growth) {
    struct interval all = {-INFINITY, INFINITY};
    uint32_t count = filter->track.count,
             least = count > INTERVAL_SAMPLES ? count - INTERVAL_SAMPLES : 0;
    for (uint32_t i = count; i > least; i--) {
        const struct track_sample *sample = sample_at(filter, i - 1);
        struct interval then = {sample->y - sample->half_s, sample->y + sample->half_s};
        struct interval now = epoch_carry(&then, m - sample->m, frequency, growth);
        if (now.lower > all.upper || now.upper < all.lower) break;
        if (now.lower > all.lower) all.lower = now.lower;
        if (now.upper < all.upper) all.upper = now.upper;
    }
    return all;
}

double filter_spacing(const struct filter *filter) {
    if (filter->track.count < 2) return 0;
    return filter_newest(filter)->m - sample_at(filter, filter->track.count - 2)->m;
}

uint32_t filter_count_since(const struct filter *filter, double m) {
    uint32_t count = 0, kept = filter->track.count;
    while (count < kept && sample_at(filter, kept - 1 - count)->m > m) count++;
    return count;
}

void filter_shift(struct filter *filter, double dy) {
    track_shift(&filter->track, dy);
}
