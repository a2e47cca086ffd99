/* Piecewise integration of the counter; see the header. */
#include "sim/oscillator.h"

#include <math.h>

#include "base/check.h"

static const double seconds_per_day = 86400;

static double segment_s(const struct oscillator *o) {
    return o->model.segment_s > 0 ? o->model.segment_s : 1;
}

/* White frequency noise averages out over a longer segment; the walk adds up over it. */
static void draw_piece(struct oscillator *o) {
    double length_s = segment_s(o);
    double white = prng_normal(&o->noise), walk = prng_normal(&o->noise);
    o->base += o->model.ageing * (length_s / seconds_per_day);
    o->base += o->model.walk_fm * sqrt(length_s) * walk;
    o->frequency = o->base + o->model.white_fm / sqrt(length_s) * white;
    CHECK(o->frequency > -0.5 && o->frequency < 0.5);
}

/* Phase of this piece at now: whole nanoseconds, and the rest into *fraction. */
static struct mono phase(const struct oscillator *o, struct tai now, double *fraction) {
    int64_t elapsed_ns = tai_diff(now, o->at);
    double gained_ns = o->fraction + (double)elapsed_ns * o->frequency;
    double whole_ns = floor(gained_ns);
    *fraction = gained_ns - whole_ns;
    return mono_add(o->counter, elapsed_ns + (int64_t)whole_ns);
}

/* The piece is cut at now; what follows starts from the phase reached. */
static void rebase(struct oscillator *o, struct tai now) {
    double fraction = 0;
    o->counter = phase(o, now, &fraction);
    o->fraction = fraction;
    o->at = now;
}

void oscillator_init(struct oscillator *o, const struct oscillator_model *model, struct prng noise,
                     struct tai now, struct mono counter) {
    *o = (struct oscillator){
        .model = *model, .noise = noise, .at = now, .counter = counter, .base = model->offset};
    o->until = tai_add(now, ns_from_s(segment_s(o)));
    draw_piece(o);
}

struct mono oscillator_read(struct oscillator *o, struct tai now) {
    CHECK(tai_diff(now, o->at) >= 0);
    while (tai_diff(now, o->until) >= 0) {
        rebase(o, o->until);
        o->until = tai_add(o->until, ns_from_s(segment_s(o)));
        draw_piece(o);
    }
    double fraction = 0;
    return phase(o, now, &fraction);
}

struct tai oscillator_when(const struct oscillator *o, struct mono m) {
    double fraction = 0, wanted_ns = (double)mono_diff(m, o->counter) - o->fraction;
    struct tai guess = tai_add(o->at, (int64_t)floor(wanted_ns / (1 + o->frequency)));
    while (mono_before(phase(o, guess, &fraction), m)) guess = tai_add(guess, 1);
    while (!mono_before(phase(o, tai_add(guess, -1), &fraction), m)) guess = tai_add(guess, -1);
    return guess;
}

void oscillator_step(struct oscillator *o, struct tai now, double frequency) {
    (void)oscillator_read(o, now);
    rebase(o, now);
    o->base += frequency;
    o->frequency += frequency;
}
