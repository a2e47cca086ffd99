/* What one source has told: its newest exchanges, an estimate and an interval from them.
 *
 * Estimate: a Kalman filter over (y, frequency) whose oscillator has white noise of frequency
 * change ("wander"). With one-sided queueing noise the error of a sample is spread evenly over
 * +- excess delay / 2, so its variance is excess^2 / 12; the filter is run again over the kept
 * exchanges as the delay floor is learned, for a few values of wander, and the likeliest is used.
 * Interval: the intersection of what every kept exchange allows, each widened by how far the
 * oscillator may have gone since; if an old one contradicts, it and its elders do not count. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "clock/epoch.h"
#include "clock/exchange.h"
#include "clock/leap.h"

struct filter_sample {
    double m, y;    /* seconds, relative to the epoch */
    double delay_s; /* round trip without the server's own time, >= 0 */
    double half_s;  /* half width: y +- half contains the truth if the server is honest */
    double noise_s; /* floor of the error: precision of both clocks and of the stamps */
};

struct filter_state {
    double m, y, frequency;
    double var_y, cov, var_frequency;
};

struct filter {
    struct filter_state base; /* after the samples that were dropped from the ring */
    bool has_base;
    struct filter_state newest; /* after the newest sample */
    struct filter_sample ring[LIMIT_SAMPLES];
    uint32_t start, count;
    double wander;         /* frequency noise in use, 1/s per sqrt(s) */
    double delay_min_s;    /* of the kept samples */
    double sample_sigma_s; /* typical error of one sample */
    double surprise;       /* normalised innovation squared of the newest sample */
    uint32_t surprises;    /* samples in a row that did not fit */
};

/* Prior of the oscillator's frequency, seconds per second, one sigma. */
struct filter_prior {
    double frequency, sigma;
};

struct filter_estimate {
    double y, frequency;
    double sigma_y, sigma_frequency;
};

/* The sample of an exchange: offset and delay of RFC 5905 section 8 against the epoch. */
struct filter_sample filter_sample_of(const struct exchange *x, const struct epoch *epoch,
                                      const struct leap_table *leaps);
void filter_clear(struct filter *filter);
/* Samples come in order of m; one that does not is ignored (returns false). */
bool filter_add(struct filter *filter, const struct filter_sample *sample,
                const struct filter_prior *prior);
/* Extrapolates to m; count must be > 0. */
struct filter_estimate filter_at(const struct filter *filter, double m);
/* What the source allows at m; growth: largest difference of the oscillator's frequency from
 * `frequency`, s/s. */
struct interval filter_interval(const struct filter *filter, double m, double frequency,
                                double growth);
const struct filter_sample *filter_newest(const struct filter *filter);
/* Seconds between the two newest samples; 0 if there are fewer. */
double filter_spacing(const struct filter *filter);
/* How many of the kept samples are newer than m. */
uint32_t filter_count_since(const struct filter *filter, double m);
/* Adds dy to every y: the epoch was moved by -dy. */
void filter_shift(struct filter *filter, double dy);
