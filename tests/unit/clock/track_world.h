/* An oscillator that walks, and what sources say of it, for the tests of the track. */
#pragma once

#include <math.h>

#include "clock/track_wander.h"

static const struct track_prior prior = {0, 100e-6};
static struct track_sample ring[LIMIT_TRACK_SAMPLES];
static struct track track;

/* An oscillator that walks, and what a source says of it. */
static struct {
    uint64_t seed;
    double m, y, frequency, walk;
} world;

static inline double unit(void) {
    world.seed = world.seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)((world.seed >> 11) + 1) * 0x1p-53;
}

static inline double normal(void) {
    return sqrt(-2 * log(unit())) * cos(2 * acos(-1) * unit());
}

static inline void begin(uint64_t seed, double walk) {
    world.seed = seed;
    world.m = 0;
    world.y = 0.01;
    world.frequency = 5e-6;
    world.walk = walk;
    track_init(&track, ring, LIMIT_TRACK_SAMPLES, LIMIT_TRACK_SAMPLES / 2);
    track.wander = walk > 0 ? walk : 1e-10;
}

static inline void pass(double seconds) {
    for (; seconds > 0; seconds--) {
        world.m++;
        world.y += world.frequency;
        world.frequency += world.walk * normal();
    }
}

/* Floors of 1 ms each way and exponential queues. */
static inline struct track_sample measure(uint16_t source, double jitter, double offset) {
    double forth = 1e-3 - jitter * log(unit()), back = 1e-3 - jitter * log(unit());
    return (struct track_sample){.m = world.m,
                                 .y = world.y + offset + (forth - back) / 2,
                                 .delay_s = forth + back,
                                 .noise_s = 1e-7,
                                 .source = source};
}

static inline void hear(uint16_t source, double jitter, double offset) {
    struct track_sample sample = measure(source, jitter, offset);
    track_add(&track, &sample, &prior);
}

static inline double error_now(void) {
    return track_at(&track, world.m).y - world.y;
}
