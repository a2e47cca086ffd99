/* A crystal: the local counter (CLOCK_MONOTONIC_RAW) as a function of true time.
 *
 * Its fractional frequency is offset + ageing + random walk + flicker + temperature + white noise,
 * drawn anew on a fixed grid of true time and constant in between, so the phase is a sum of exact
 * pieces. Asking more often never changes the noise; time only moves forward. The counter is
 * strictly what a reader would see: whole nanoseconds, never going back.
 *
 * Flicker is a sum of steps that last 1, 2, 4, ... pieces (Voss and McCartney): the spectrum falls
 * as 1/f between one piece and 2^OSCILLATOR_OCTAVES of them. */
#pragma once

#include <stdbool.h>

#include "base/times.h"
#include "sim/prng.h"

enum { OSCILLATOR_OCTAVES = 20, OSCILLATOR_SWINGS = 2 };

/* The temperature goes up and down: the day's, and that of a room's cooling. */
struct oscillator_swing {
    double amplitude; /* s/s */
    double period_s;
};

struct oscillator_model {
    double offset;     /* s/s: how much faster than true time the counter runs */
    double white_fm;   /* s/s: one sigma of the mean frequency over one second (ADEV at 1 s) */
    double flicker_fm; /* s/s: the ADEV of the flicker floor */
    double walk_fm;    /* s/s per square root of a second: random walk of the frequency */
    double ageing;     /* s/s per day */
    struct oscillator_swing swings[OSCILLATOR_SWINGS];
    double segment_s; /* grid of the noise; 0: one second */
};

struct oscillator {
    struct oscillator_model model;
    struct prng noise;
    struct tai at; /* the piece of constant frequency begins here ... */
    struct mono counter;
    double fraction;  /* ... with the counter at counter + fraction ns, 0 <= fraction < 1 */
    struct tai until; /* next grid point */
    struct tai start;
    bool frozen;                                 /* `at` may lie ahead */
    double base;                                 /* offset, ageing, steps and walk so far */
    double warmth, warm_target, warm_tau_s;      /* approaches the target with that time constant */
    double octaves[OSCILLATOR_OCTAVES], flicker; /* flicker: their sum */
    uint64_t pieces;
    double frequency; /* of this piece */
};

/* The counter reads `counter` at true time `now`. */
void oscillator_init(struct oscillator *oscillator, const struct oscillator_model *model,
                     struct prng noise, struct tai now, struct mono counter);
/* The counter at true time now, which is not before any time asked about earlier. */
struct mono oscillator_read(struct oscillator *oscillator, struct tai now);
/* First true time at which the counter reads at least m: exact within the present piece, beyond it
 * as if the present frequency stayed. Whoever waits for m asks again when that time has come. */
struct tai oscillator_when(const struct oscillator *oscillator, struct mono m);
/* The frequency changes by that much at now (a knock). */
void oscillator_step(struct oscillator *oscillator, struct tai now, double frequency);
/* It changes by that much from now on, slowly: by 63 % of it within tau_s. */
void oscillator_warm(struct oscillator *oscillator, struct tai now, double frequency, double tau_s);
/* From `now` to `until` the counter stood still: the machine was stopped with its clocks. */
void oscillator_freeze(struct oscillator *oscillator, struct tai now, struct tai until);
