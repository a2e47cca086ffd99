/* The way of the local oscillator against true time, from all exchanges of one source or of many.
 *
 * One-sided queueing noise cancels: given the floor D of the round trip, an exchange says
 * y - (delay - D) / 2 <= truth <= y + (delay - D) / 2 and nothing else. The track is the
 * intersection of these, carried along by an oscillator whose frequency walks at random; each edge
 * enters as the normal factor that has the same effect on mean and variance (expectation
 * propagation: Minka 2001; forward filter and Rauch-Tung-Striebel smoother over the kept samples).
 * Learned on the way: of each source the floor and its doubt, of the oscillator how fast its
 * frequency walks, and when it jumped.
 *
 * It is an estimate. What may be promised is the business of intervals and votes (clock/select). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "clock/track_state.h"

struct track_sample {
    double m, y;    /* seconds, relative to the epoch: middle of the exchange, offset */
    double delay_s; /* round trip without the server's own time, >= 0 */
    double noise_s; /* error of the stamps and clocks, one sigma is less */
    double half_s;  /* half width of what may be promised: for clock/filter, not for the track */
    uint16_t source;
    /* Kept by the track: */
    double smooth;   /* where the track was at m */
    double jump;     /* variance of frequency let in just before m, (s/s)^2 */
    double evidence; /* log of how well it fitted when it came, <= 0 */
    struct track_site upper, lower;
};

enum { TRACK_RIVALS = 9 };

/* One of the ways in which the frequency might walk, and how well it has told the samples. */
struct track_rival {
    struct track_state state;
    double fit; /* log likelihood, older samples fading */
};

struct track {
    struct track_sample *ring;
    uint32_t room, live, start, count;
    uint32_t settled;  /* the oldest that many are in base; kept for what they tell of the paths */
    uint64_t inactive; /* bit i: what source i says does not count */
    struct track_state base; /* after the samples that left the ring */
    bool has_base;
    struct track_state newest; /* after the newest sample */
    double wander;             /* of the frequency, 1/s per sqrt(s): given by the owner */
    uint32_t strays;           /* so many samples in a row did not fit at all */
    uint64_t jumps;            /* of the frequency, found so far; the newest one: */
    double jump_m, jump_variance;
    double jump_to_come; /* variance let in before the next sample */
    bool learns, has_rivals;
    struct track_rival rivals[TRACK_RIVALS];
};

struct track_estimate {
    double y, frequency;
    double sigma_y, sigma_frequency;
};

/* ring: room for `room` samples (<= LIMIT_TRACK_SAMPLES) that outlives the track; the newest `live`
 * of them are weighed anew with each that comes. */
void track_init(struct track *track, struct track_sample *ring, uint32_t room, uint32_t live);
void track_clear(struct track *track);
/* Nothing was heard, but this is known: what comes is weighed against it. */
void track_continue(struct track *track, const struct track_state *known);
/* A new sample, not older than the others. */
void track_add(struct track *track, const struct track_sample *sample,
               const struct track_prior *prior);
/* Extrapolates to m; count must be > 0. */
struct track_estimate track_at(const struct track *track, double m);
/* Only the newest `keep` samples count from now on, the prior before them is forgotten. */
void track_restart(struct track *track, uint32_t keep, const struct track_prior *prior);
/* From now on only these sources count (bit i: source i does not). */
void track_exclude(struct track *track, uint64_t inactive, const struct track_prior *prior);
/* Nothing that counts was heard. */
bool track_is_empty(const struct track *track);
/* Another track found that the frequency jumped just before m: so it may have here. */
void track_let_jump(struct track *track, double m, double variance);
/* What was heard of that source is forgotten. */
void track_forget(struct track *track, uint16_t source);
/* index 0: the oldest that is kept. */
struct track_sample *track_sample(const struct track *track, uint32_t index);
/* Adds dy to every y: the epoch was moved by -dy. */
void track_shift(struct track *track, double dy);

/* For the other files of the track. */
bool track_counts(const struct track *track, const struct track_sample *sample);
/* Index of the first sample that a run over the live ones begins with; count: there is none. */
uint32_t track_beginning(const struct track *track);
void track_advance(struct track_state *state, const struct track_sample *sample, double wander);
/* The state before a sample that is the first one. */
struct track_state track_first(const struct track_sample *sample, const struct track_prior *prior);
