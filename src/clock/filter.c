/* Kalman filter and interval of one source. Invariants: ring samples ascend in m; `newest` is the
 * state after ring[count - 1] under `wander`. Sources: RFC 5905 section 8 (offset, delay);
 * Kalman form of Davis, Greenhall, Stacey (2005) for a clock with random walk of frequency. */
#include "clock/filter.h"

#include <math.h>
#include <stddef.h>

#include "base/check.h"
#include "base/logarithm.h"

/* Candidates for the oscillator's wander, 1/s per sqrt(s), and how likely each is beforehand: a
 * quartz in a computer is somewhere about 1e-9, and noise of the path must not pass for wander. */
static const double wanders[] = {1e-10, 1e-9, 1e-8, 1e-7, 1e-6};
static const double wander_log_priors[] = {-1, 0, -1, -4, -8};
enum { WANDER_COUNT = sizeof wanders / sizeof wanders[0] };

static const double surprise_limit = 36.0; /* six sigma */
enum { SURPRISES_TO_RESTART = 3 };

struct filter_sample filter_sample_of(const struct exchange *x, const struct epoch *epoch,
                                      const struct leap_table *leaps) {
    struct tai received = leap_tai_from_utc(leaps, x->t2), sent = leap_tai_from_utc(leaps, x->t3);
    double forth = epoch_y(epoch, x->t1, received), back = epoch_y(epoch, x->t4, sent);
    double noise = x->precision_s + x->stamp_error_s;
    double delay = fmax(forth - back, 0);
    return (struct filter_sample){
        .m = (epoch_m(epoch, x->t1) + epoch_m(epoch, x->t4)) / 2,
        .y = (forth + back) / 2,
        .delay_s = delay,
        .half_s = delay / 2 + x->root_delay_s / 2 + x->root_dispersion_s + noise,
        .noise_s = noise,
    };
}

void filter_clear(struct filter *filter) {
    *filter = (struct filter){.wander = 1e-8};
}

static const struct filter_sample *sample_at(const struct filter *filter, uint32_t index) {
    return &filter->ring[(filter->start + index) % LIMIT_SAMPLES];
}

const struct filter_sample *filter_newest(const struct filter *filter) {
    return filter->count ? sample_at(filter, filter->count - 1) : NULL;
}

/* Delay floor, and how far it may still be off. The least of n sums of two exponentials of mean J
 * lies about 1.25 J / sqrt(n) above the true floor while the mean excess is 2 J; more than twice
 * that is taken, since the samples nearest to the floor weigh most. */
struct floor_guess {
    double delay_s, doubt_s;
};

static struct floor_guess floor_of(const struct filter *filter) {
    double least = INFINITY, sum = 0, n = filter->count;
    for (uint32_t i = 0; i < filter->count; i++) {
        double delay = sample_at(filter, i)->delay_s;
        sum += delay;
        least = fmin(least, delay);
    }
    double excess = sum / n - least;
    return (struct floor_guess){least, fmax(1.5 * excess / sqrt(n), least / (n * n))};
}

static double sample_variance(const struct filter_sample *sample, const struct floor_guess *floor) {
    double excess = sample->delay_s - floor->delay_s + floor->doubt_s;
    return fmax(excess, 0) * fmax(excess, 0) / 12 + sample->noise_s * sample->noise_s;
}

static void predict(struct filter_state *s, double m, double wander) {
    double dt = m - s->m, q = wander * wander;
    s->y += s->frequency * dt;
    s->var_y += dt * (2 * s->cov + dt * (s->var_frequency + q * dt / 3));
    s->cov += dt * (s->var_frequency + q * dt / 2);
    s->var_frequency += q * dt;
    s->m = m;
}

/* Returns the normalised innovation squared; *log_likelihood is added to. */
static double update(struct filter_state *s, const struct filter_sample *sample, double variance,
                     double *log_likelihood) {
    double innovation = sample->y - s->y, spread = s->var_y + variance;
    double gain_y = s->var_y / spread, gain_f = s->cov / spread;
    double normalised = innovation * innovation / spread;
    *log_likelihood -= (fmin(normalised, 25) + logarithm_natural(spread)) / 2;
    s->y += gain_y * innovation;
    s->frequency += gain_f * innovation;
    s->var_frequency -= gain_f * s->cov;
    s->cov -= gain_f * s->var_y;
    s->var_y -= gain_y * s->var_y;
    return normalised;
}

static struct filter_state first_state(const struct filter_sample *sample, double variance,
                                       const struct filter_prior *prior) {
    return (struct filter_state){
        .m = sample->m,
        .y = sample->y,
        .frequency = prior->frequency,
        .var_y = variance,
        .var_frequency = prior->sigma * prior->sigma,
    };
}

struct run {
    struct filter_state state;
    double log_likelihood, surprise;
};

static struct run run_with(const struct filter *filter, const struct floor_guess *floor,
                           const struct filter_prior *prior, double wander) {
    struct run run = {.state = filter->base};
    for (uint32_t i = 0; i < filter->count; i++) {
        const struct filter_sample *sample = sample_at(filter, i);
        double variance = sample_variance(sample, floor);
        if (i == 0 && !filter->has_base) {
            run.state = first_state(sample, variance, prior);
            continue;
        }
        predict(&run.state, sample->m, wander);
        run.surprise = update(&run.state, sample, variance, &run.log_likelihood);
    }
    return run;
}

/* The oldest sample leaves the ring and goes into the base state. */
static void drop_oldest(struct filter *filter, const struct floor_guess *floor,
                        const struct filter_prior *prior) {
    const struct filter_sample *sample = sample_at(filter, 0);
    double variance = sample_variance(sample, floor), unused = 0;
    if (!filter->has_base) {
        filter->base = first_state(sample, variance, prior);
        filter->has_base = true;
    } else {
        predict(&filter->base, sample->m, filter->wander);
        update(&filter->base, sample, variance, &unused);
    }
    filter->start = (filter->start + 1) % LIMIT_SAMPLES;
    filter->count--;
}

static void run_all(struct filter *filter, const struct filter_prior *prior) {
    struct floor_guess floor = floor_of(filter);
    double best = -INFINITY, variances = 0;
    for (int i = 0; i < WANDER_COUNT; i++) {
        struct run run = run_with(filter, &floor, prior, wanders[i]);
        double score = run.log_likelihood + wander_log_priors[i];
        if (score <= best) continue;
        best = score;
        filter->wander = wanders[i];
        filter->newest = run.state;
        filter->surprise = run.surprise;
    }
    for (uint32_t i = 0; i < filter->count; i++)
        variances += sample_variance(sample_at(filter, i), &floor);
    filter->sample_sigma_s = sqrt(variances / filter->count);
    filter->delay_min_s = floor.delay_s;
}

/* After a change that no oscillator makes (the server stepped, or the path did) only the samples
 * that agree among themselves are kept: the last few. */
static void restart(struct filter *filter) {
    uint32_t dropped = filter->count - SURPRISES_TO_RESTART;
    filter->start = (filter->start + dropped) % LIMIT_SAMPLES;
    filter->count = SURPRISES_TO_RESTART;
    filter->has_base = false;
    filter->surprises = 0;
}

bool filter_add(struct filter *filter, const struct filter_sample *sample,
                const struct filter_prior *prior) {
    if (filter->count && sample->m <= filter_newest(filter)->m) return false;
    if (filter->count == LIMIT_SAMPLES) {
        struct floor_guess floor = floor_of(filter);
        drop_oldest(filter, &floor, prior);
    }
    filter->ring[(filter->start + filter->count++) % LIMIT_SAMPLES] = *sample;
    run_all(filter, prior);
    filter->surprises = filter->surprise > surprise_limit ? filter->surprises + 1 : 0;
    if (filter->surprises >= SURPRISES_TO_RESTART && filter->count > SURPRISES_TO_RESTART) {
        restart(filter);
        run_all(filter, prior);
    }
    return true;
}

struct filter_estimate filter_at(const struct filter *filter, double m) {
    CHECK(filter->count > 0);
    struct filter_state state = filter->newest;
    predict(&state, m, filter->wander);
    return (struct filter_estimate){
        .y = state.y,
        .frequency = state.frequency,
        .sigma_y = sqrt(fmax(state.var_y, 0)),
        .sigma_frequency = sqrt(fmax(state.var_frequency, 0)),
    };
}

struct interval filter_interval(const struct filter *filter, double m, double frequency,
                                double growth) {
    struct interval all = {-INFINITY, INFINITY};
    for (uint32_t i = filter->count; i > 0; i--) {
        const struct filter_sample *sample = sample_at(filter, i - 1);
        struct interval then = {sample->y - sample->half_s, sample->y + sample->half_s};
        struct interval now = epoch_carry(&then, m - sample->m, frequency, growth);
        if (now.lower > all.upper || now.upper < all.lower) break;
        all = (struct interval){fmax(all.lower, now.lower), fmin(all.upper, now.upper)};
    }
    return all;
}

double filter_spacing(const struct filter *filter) {
    if (filter->count < 2) return 0;
    return filter_newest(filter)->m - sample_at(filter, filter->count - 2)->m;
}

uint32_t filter_count_since(const struct filter *filter, double m) {
    uint32_t count = 0;
    while (count < filter->count && sample_at(filter, filter->count - 1 - count)->m > m) count++;
    return count;
}

void filter_shift(struct filter *filter, double dy) {
    for (uint32_t i = 0; i < LIMIT_SAMPLES; i++) filter->ring[i].y += dy;
    filter->base.y += dy;
    filter->newest.y += dy;
}
