/* How fast the oscillator may run: a hard interval for its frequency, from evidence.
 *
 * Two agreed intervals a span apart bound the mean frequency between them. The declared tolerance
 * (max_clock_error) says how far the frequency at any instant may be from that mean; together
 * they say how fast a bound must grow while nothing is heard. */
#pragma once

#include <stdint.h>

#include "clock/epoch.h"

enum { DRIFT_ANCHORS = 16 }; /* 64 s apart at first, 512 s in the long run: over two hours */

struct drift {
    struct {
        double m;
        struct interval agreed;
    } anchors[DRIFT_ANCHORS];
    uint32_t count, next;
    double spacing_s;
    struct interval prior; /* s/s: believed until the ring is full */
    struct interval mean;  /* s/s: the mean frequency is inside */
};

/* Nothing is known but that the frequency is within half of `frequency`. */
void drift_init(struct drift *drift, double frequency, double half);
/* A new agreed interval at m: the tightest bound that the kept ones give. */
void drift_observe(struct drift *drift, double m, const struct interval *agreed);
/* Largest difference of the oscillator's frequency from `frequency` at any instant, s/s. */
double drift_growth(const struct drift *drift, double frequency, double tolerance);
/* Adds dy to every anchor: the epoch was moved by -dy. */
void drift_shift(struct drift *drift, double dy);
