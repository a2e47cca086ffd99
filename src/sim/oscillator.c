/* Piecewise integration of the counter; see the header. */
#include "sim/oscillator.h"

#include <math.h>

#include "base/check.h"
#include "sim/wave.h"

static const double seconds_per_day = 86400;
/* Makes the ADEV of the sum of octaves the model's: found by measurement, see the unit test. */
static const double flicker_scale = 0.71;

static double segment_s(const struct oscillator *o) {
    return o->model.segment_s > 0 ? o->model.segment_s : 1;
}

/* One octave is drawn anew with every piece: the k-th every 2^(k + 1) pieces. */
static void draw_flicker(struct oscillator *o) {
    uint64_t number = ++o->pieces;
    int octave = __builtin_ctzll(number);
    if (octave >= OSCILLATOR_OCTAVES) octave = OSCILLATOR_OCTAVES - 1;
    double value = o->model.flicker_fm * flicker_scale * prng_normal(&o->noise);
    o->flicker += value - o->octaves[octave];
    o->octaves[octave] = value;
}

static double temperature(const struct oscillator *o) {
    double sum = 0, since_s = s_from_ns(tai_diff(o->until, o->start));
    for (int i = 0; i < OSCILLATOR_SWINGS; i++) {
        const struct oscillator_swing *swing = &o->model.swings[i];
        if (swing->amplitude != 0) sum += swing->amplitude * wave_sine(since_s / swing->period_s);
    }
    return sum;
}

static void draw_warmth(struct oscillator *o, double length_s) {
    if (o->warmth == o->warm_target) return;
    double share = length_s / (o->warm_tau_s + length_s);
    o->warmth += (o->warm_target - o->warmth) * share;
    if (fabs(o->warm_target - o->warmth) < 1e-15) o->warmth = o->warm_target;
}

/* White frequency noise averages out over a longer segment; the walk adds up over it. */
static void draw_piece(struct oscillator *o) {
    double length_s = segment_s(o), root = sqrt(length_s);
    double white = prng_normal(&o->noise), walk = prng_normal(&o->noise);
    o->base += o->model.ageing * (length_s / seconds_per_day);
    o->base += o->model.walk_fm * root * walk;
    if (o->model.flicker_fm > 0) draw_flicker(o);
    draw_warmth(o, length_s);
    o->frequency =
        o->base + o->warmth + o->flicker + temperature(o) + o->model.white_fm / root * white;
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
    if (tai_diff(now, o->at) < 0) return; /* frozen until then */
    o->counter = phase(o, now, &fraction);
    o->fraction = fraction;
    o->at = now;
}

void oscillator_init(struct oscillator *o, const struct oscillator_model *model, struct prng noise,
                     struct tai now, struct mono counter) {
    *o = (struct oscillator){
        .model = *model, .noise = noise, .at = now, .counter = counter, .base = model->offset};
    o->start = now;
    if (model->flicker_fm > 0)
        for (int i = 0; i < OSCILLATOR_OCTAVES; i++) {
            o->octaves[i] = model->flicker_fm * flicker_scale * prng_normal(&o->noise);
            o->flicker += o->octaves[i];
        }
    o->until = tai_add(now, ns_from_s(segment_s(o)));
    draw_piece(o);
}

struct mono oscillator_read(struct oscillator *o, struct tai now) {
    if (tai_diff(now, o->at) < 0) {
        CHECK(o->frozen);
        return o->counter;
    }
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

void oscillator_warm(struct oscillator *o, struct tai now, double frequency, double tau_s) {
    (void)oscillator_read(o, now);
    o->warm_target += frequency;
    o->warm_tau_s = tau_s;
}

void oscillator_freeze(struct oscillator *o, struct tai now, struct tai until) {
    int64_t lost_ns = tai_diff(until, now);
    (void)oscillator_read(o, now);
    rebase(o, now);
    o->at = until;
    o->until = tai_add(o->until, lost_ns);
    o->frozen = true;
}
