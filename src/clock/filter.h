/* What one source has told: its newest exchanges, an estimate and an interval from them.
 *
 * Estimate: the track of this source alone (clock/track); when several samples in a row do not fit
 * it, something stepped that is not the oscillator, and only they count from then on.
 * Interval: the intersection of what every kept exchange allows, each widened by how far the
 * oscillator may have gone since; if an old one contradicts, it and its elders do not count. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "clock/epoch.h"
#include "clock/exchange.h"
#include "clock/leap.h"
#include "clock/track.h"

struct filter {
    struct track track; /* of this source alone */
    struct track_sample ring[LIMIT_SAMPLES];
    double sample_sigma_s; /* typical error of one sample */
    bool restarted;        /* by the newest sample: only the last few count */
};

/* The sample of an exchange: offset and delay of RFC 5905 section 8 against the epoch. */
struct track_sample filter_sample_of(const struct exchange *x, const struct epoch *epoch,
                                     const struct leap_table *leaps);
void filter_init(struct filter *filter);
/* Samples come in order of m; one that does not is ignored (returns false). wander: of the
 * oscillator, as clock/track has it. */
bool filter_add(struct filter *filter, const struct track_sample *sample,
                const struct track_prior *prior, double wander);
/* What the source allows at m; growth: largest difference of the oscillator's frequency from
 * `frequency`, s/s. */
struct interval filter_interval(const struct filter *filter, double m, double frequency,
                                double growth);
uint32_t filter_count(const struct filter *filter);
const struct track_sample *filter_newest(const struct filter *filter);
/* Seconds between the two newest samples; 0 if there are fewer. */
double filter_spacing(const struct filter *filter);
/* How many of the kept samples are newer than m. */
uint32_t filter_count_since(const struct filter *filter, double m);
/* Adds dy to every y: the epoch was moved by -dy. */
void filter_shift(struct filter *filter, double dy);
