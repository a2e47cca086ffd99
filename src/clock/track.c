/* Expectation propagation over one oscillator; see the header. Invariants: samples ascend in m;
 * `newest` is the state after all samples that count, under `wander`; a factor that would widen
 * the track is left out. Sources: Minka, "Expectation propagation for approximate Bayesian
 * inference" (2001); Rauch, Tung, Striebel (1965); the clock model of Davis, Greenhall, Stacey
 * (2005). */
#include "clock/track.h"

#include <math.h>
#include <string.h>

#include "base/check.h"
#include "base/logarithm.h"
#include "base/normal.h"

static const double white = 1e-9;    /* phase noise of the oscillator, s per sqrt(s) */
static const double stray = 1e-3;    /* share of exchanges that say nothing true */
static const double idle_sigmas = 5; /* an edge farther off does nothing */
static const double damping = 0.2;   /* of the factors, from one run to the next */
/* 1/s per sqrt(s), and how likely each is beforehand: a quartz in a computer is somewhere about
 * 1e-9, and noise of the path must not pass for wander. */
static const double wanders[TRACK_RIVALS] = {1e-10,   3.16e-10, 1e-9,    3.16e-9, 1e-8,
                                             3.16e-8, 1e-7,     3.16e-7, 1e-6};
static const double wander_usual = 1e-9; /* at WANDER_USUAL */
static const double wander_priors[TRACK_RIVALS] = {-1, -0.25, 0, -0.25, -1, -2.25, -4, -6, -8};
enum { WANDER_USUAL = 2 };
static const double fading_samples = 100; /* for which a fit is remembered */
static const double say_most = 4;         /* log of what one of several sources may say */
static const double lucky_waits = 2;      /* how far the least round trip may lie above the floor */
enum { HULL_SAMPLES = 4 };                /* from so many on the floor is taken from the track */
static const double hull_span_s = 60;
enum { SHAPE_SAMPLES = 16 }; /* from so many on the shape of the noise is looked at */
static const double queue_below = 1.7, normal_below_mean = 2.1; /* sigma of the mean */
enum { JUMP_KNOWS_SAMPLES = 16 }; /* before that nothing is known that could jump */
enum { JUMP_SAMPLES = 8 };        /* how far back a jump is looked for */
static const double jump_suspicion = -3, jump_gain = 6, jump_gain_more = 4; /* evidence */
static const double jump_gain_each = 0.5;
static const double stray_evidence = -4.5;  /* four sigma and more */
static const double jumps[] = {1e-7, 3e-6}; /* one sigma, s/s */

void track_init(struct track *track, struct track_sample *ring, uint32_t room, uint32_t live) {
    CHECK(live > JUMP_SAMPLES && live <= room && room <= LIMIT_TRACK_SAMPLES);
    *track = (struct track){.ring = ring, .room = room, .live = live, .wander = wander_usual};
}

void track_clear(struct track *track) {
    track->start = track->count = track->settled = 0;
    track->has_base = track->has_rivals = false;
    track->jump_to_come = 0;
    track->strays = 0;
}

static struct track_sample *at(const struct track *track, uint32_t index) {
    uint32_t place = track->start + index;
    return &track->ring[place < track->room ? place : place - track->room];
}

const struct track_sample *track_sample(const struct track *track, uint32_t index) {
    return at(track, index);
}

static bool counts(const struct track *track, const struct track_sample *sample) {
    return sample->source >= LIMIT_SOURCES || (track->inactive >> sample->source & 1) == 0;
}

/* --- what the path of each source is like --- */

struct floor {
    uint32_t count;
    double since_m, until_m;
    double delay_min, delay_sum, delay_squares, forth, back;
    double delay_s, soft_s; /* floor of the round trip; doubt about half of it, one sigma */
    double bias_s;          /* by how much the source contradicts the others, for sure */
};

struct floors {
    struct floor of[LIMIT_SOURCES + 1];
};

/* Of a burst of exchanges the track can make anything: its frequency is not held by them. */
static bool has_hull(const struct floor *f) {
    return f->count >= HULL_SAMPLES && f->until_m - f->since_m >= hull_span_s;
}

/* The least of n exponential waits lies a mean wait / n above the floor: with the way of the
 * oscillator known, this holds for each direction alone, and the least round trip need not have
 * been lucky both ways. */
static void settle_floor(struct floor *f) {
    double n = f->count, least = f->delay_min / (n * n);
    double delay = !has_hull(f) ? f->delay_min : f->forth + f->back;
    double wait = fmax(f->delay_sum / n - delay, 0) / 2;
    if (!has_hull(f)) {
        f->delay_s = delay;
        f->soft_s = fmax(1.5 * wait / sqrt(n), least / 2);
    } else {
        double lucky = lucky_waits * (f->delay_sum / n - f->delay_min) / sqrt(n);
        delay = fmax(delay, f->delay_min - lucky);
        wait = (f->delay_sum / n - delay) / 2;
        f->delay_s = fmax(delay - 2 * wait / n, 0);
        f->soft_s = fmax(wait / n, least / 2);
    }
}

/* Queues have a floor and a long tail. Noise that goes both ways, as that of stamps, has none: its
 * least value lies far below the mean for its spread (sums of two exponentials: 1.3 sigma at 64
 * samples, normal ones: 2.4). Then an edge is no edge but a wide slope around the mean. */
static void soften_floor(struct floor *f) {
    double n = f->count, mean = f->delay_sum / n;
    double variance = f->delay_squares / n - mean * mean;
    if (f->count < SHAPE_SAMPLES || !(variance > 0)) return;
    double below = (mean - f->delay_min) / sqrt(variance);
    double share = (below - queue_below) / (normal_below_mean - queue_below);
    if (share <= 0) return;
    if (share > 1) share = 1;
    f->delay_s += share * (mean - f->delay_s);
    f->soft_s = sqrt(f->soft_s * f->soft_s + share * share * variance / 2);
}

/* Half the difference of the two directions, which would be 0 without asymmetry. */
static double lean(const struct floor *f) {
    return (f->forth - f->back) / 2;
}

/* Sources that contradict each other do so for ever (their paths are not symmetric): what goes
 * beyond doubt is taken out, around the median, so that no one of them pulls. */
static void settle_biases(struct floors *floors, double sigma) {
    double leans[LIMIT_SOURCES + 1];
    uint32_t n = 0;
    for (uint32_t i = 0; i <= LIMIT_SOURCES; i++) {
        if (!has_hull(&floors->of[i])) continue;
        double x = lean(&floors->of[i]);
        uint32_t j = n++;
        for (; j > 0 && leans[j - 1] > x; j--) leans[j] = leans[j - 1];
        leans[j] = x;
    }
    if (n < 2) return;
    double median = (leans[n / 2] + leans[(n - 1) / 2]) / 2;
    for (uint32_t i = 0; i <= LIMIT_SOURCES; i++) {
        struct floor *f = &floors->of[i];
        if (!has_hull(f)) continue;
        double apart = lean(f) - median, doubt = 3 * (f->soft_s + sigma);
        if (fabs(apart) > doubt) f->bias_s = apart > 0 ? apart - doubt : apart + doubt;
    }
}

static void learn_floors(const struct track *track, struct floors *floors) {
    memset(floors, 0, sizeof *floors);
    for (uint32_t i = 0; i < track->count; i++) {
        const struct track_sample *s = at(track, i);
        if (!counts(track, s)) continue;
        struct floor *f = &floors->of[s->source];
        double forth = s->y - s->smooth + s->delay_s / 2, back = s->delay_s - forth;
        bool first = f->count++ == 0;
        if (first) f->since_m = s->m;
        f->until_m = s->m;
        f->delay_sum += s->delay_s;
        f->delay_squares += s->delay_s * s->delay_s;
        if (first || s->delay_s < f->delay_min) f->delay_min = s->delay_s;
        if (first || forth < f->forth) f->forth = forth;
        if (first || back < f->back) f->back = back;
    }
    for (uint32_t i = 0; i <= LIMIT_SOURCES; i++)
        if (floors->of[i].count > 0) {
            settle_floor(&floors->of[i]);
            soften_floor(&floors->of[i]);
        }
    settle_biases(floors, track->has_base || track->count > 1 ? sqrt(track->newest.var_y) : 0);
}

/* --- the oscillator --- */

static void predict(struct track_state *s, double m, double wander) {
    double dt = m - s->m, q = wander * wander;
    s->y += s->frequency * dt;
    s->var_y += dt * (2 * s->cov + dt * (s->var_frequency + q * dt / 3) + white * white);
    s->cov += dt * (s->var_frequency + q * dt / 2);
    s->var_frequency += q * dt;
    s->m = m;
}

static void advance(struct track_state *s, const struct track_sample *sample, double wander) {
    if (sample->m > s->m) predict(s, sample->m, wander);
    s->var_frequency += sample->jump;
}

static void apply(struct track_state *s, const struct track_site *site) {
    if (site->precision <= 0) return;
    double d = 1 + site->precision * s->var_y, gain = site->precision / d;
    double pull = (site->weighted - site->precision * s->y) / d, cov = s->cov;
    s->y += s->var_y * pull;
    s->frequency += cov * pull;
    s->var_frequency -= cov * cov * gain;
    s->cov -= s->var_y * cov * gain;
    s->var_y /= d;
}

static struct track_state first_state(const struct track_sample *sample,
                                      const struct track_prior *prior) {
    double half = sample->delay_s / 2 + sample->noise_s;
    return (struct track_state){.m = sample->m,
                                .y = sample->y,
                                .frequency = prior->frequency,
                                .var_y = half * half,
                                .var_frequency = prior->sigma * prior->sigma};
}

/* --- one edge --- */

struct edge {
    double limit, sign; /* sign 1: the truth is below limit; -1: above */
    double soft;        /* variance */
};

/* The factor of an edge where all else says mean and variance; returns how well the two fit, 1 for
 * well. A stray exchange is always possible, so none pulls without end. */
static double edge_site(const struct edge *edge, double mean, double variance,
                        struct track_site *site) {
    double whole = edge->soft + variance, room = edge->sign * (edge->limit - mean);
    if (room > 0 && room * room > idle_sigmas * idle_sigmas * whole) {
        *site = (struct track_site){0, 0};
        return 1;
    }
    double spread = sqrt(whole), z = room / spread, below = 0;
    double hazard = normal_cut(z, &below), likely = (1 - stray) * below;
    double trust = likely / (likely + stray);
    double moved = -edge->sign * variance / spread * hazard;
    double kept = variance - variance * variance / whole * hazard * (z + hazard);
    double shift = trust * moved;
    kept = trust * (kept + moved * moved) + (1 - trust) * variance - shift * shift;
    double precision = 1 / kept - 1 / variance;
    if (kept > 0 && precision > 0)
        *site = (struct track_site){precision, (mean + shift) / kept - mean / variance};
    else
        *site = (struct track_site){0, 0};
    return likely + stray;
}

static struct edge upper_of(const struct track_sample *s, const struct floor *f) {
    double soft = f->soft_s * f->soft_s + s->noise_s * s->noise_s;
    return (struct edge){s->y + (s->delay_s - f->delay_s) / 2 - f->bias_s, 1, soft};
}

static struct edge lower_of(const struct track_sample *s, const struct floor *f) {
    double soft = f->soft_s * f->soft_s + s->noise_s * s->noise_s;
    return (struct edge){s->y - (s->delay_s - f->delay_s) / 2 - f->bias_s, -1, soft};
}

/* Both edges anew, one after the other; returns their evidence. */
static double meet(struct track_state *state, struct track_sample *sample,
                   const struct floors *floors) {
    const struct floor *f = &floors->of[sample->source];
    struct edge upper = upper_of(sample, f), lower = lower_of(sample, f);
    double fit = edge_site(&upper, state->y, state->var_y, &sample->upper);
    apply(state, &sample->upper);
    fit *= edge_site(&lower, state->y, state->var_y, &sample->lower);
    apply(state, &sample->lower);
    return fit < 1 ? logarithm_natural(fit) : 0;
}

/* --- runs over the kept samples --- */

struct run {
    struct track_state before[LIMIT_TRACK_SAMPLES], after[LIMIT_TRACK_SAMPLES];
};

/* Index of the first sample that the state can begin with. */
static uint32_t beginning(const struct track *track) {
    uint32_t i = track->settled;
    while (!track->has_base && i < track->count && !counts(track, at(track, i))) i++;
    return i;
}

static void forward(const struct track *track, const struct track_prior *prior, struct run *run) {
    struct track_state state = track->base;
    for (uint32_t i = beginning(track), first = i; i < track->count; i++) {
        const struct track_sample *sample = at(track, i);
        if (i == first && !track->has_base) state = first_state(sample, prior);
        advance(&state, sample, track->wander);
        run->before[i] = state;
        if (counts(track, sample)) {
            apply(&state, &sample->upper);
            apply(&state, &sample->lower);
        }
        run->after[i] = state;
    }
}

/* next: smoothed, at the next sample; before: predicted there. */
static void smooth(struct track_state *state, const struct track_state *before,
                   const struct track_state *next) {
    double dt = before->m - state->m;
    double det = before->var_y * before->var_frequency - before->cov * before->cov;
    if (!(det > 0)) return;
    double a = state->var_y + state->cov * dt, b = state->cov;
    double c = state->cov + state->var_frequency * dt, d = state->var_frequency;
    double g11 = (a * before->var_frequency - b * before->cov) / det;
    double g12 = (b * before->var_y - a * before->cov) / det;
    double g21 = (c * before->var_frequency - d * before->cov) / det;
    double g22 = (d * before->var_y - c * before->cov) / det;
    double y = next->y - before->y, f = next->frequency - before->frequency;
    double vy = next->var_y - before->var_y, vc = next->cov - before->cov;
    double vf = next->var_frequency - before->var_frequency;
    double h11 = g11 * vy + g12 * vc, h12 = g11 * vc + g12 * vf;
    double h21 = g21 * vy + g22 * vc, h22 = g21 * vc + g22 * vf;
    state->y += g11 * y + g12 * f;
    state->frequency += g21 * y + g22 * f;
    state->var_y += h11 * g11 + h12 * g12;
    state->cov += h11 * g21 + h12 * g22;
    state->var_frequency += h21 * g21 + h22 * g22;
}

/* A factor is made anew against everything but itself. */
static void refresh(const struct edge *edge, const struct track_state *all,
                    struct track_site *site) {
    double precision = 1 / all->var_y - site->precision;
    if (!(precision > 1e-3 / all->var_y)) return;
    struct track_site fresh;
    double mean = (all->y / all->var_y - site->weighted) / precision;
    (void)edge_site(edge, mean, 1 / precision, &fresh);
    site->precision += (1 - damping) * (fresh.precision - site->precision);
    site->weighted += (1 - damping) * (fresh.weighted - site->weighted);
}

static void backward(struct track *track, const struct floors *floors, const struct run *run) {
    if (track->count == 0) return;
    struct track_state all = run->after[track->count - 1];
    for (uint32_t i = track->count, first = beginning(track); i > first; i--) {
        struct track_sample *sample = at(track, i - 1);
        if (i < track->count) {
            struct track_state here = run->after[i - 1];
            smooth(&here, &run->before[i], &all);
            all = here;
        }
        sample->smooth = all.y;
        if (!counts(track, sample) || !(all.var_y > 0)) continue;
        struct edge upper = upper_of(sample, &floors->of[sample->source]);
        struct edge lower = lower_of(sample, &floors->of[sample->source]);
        refresh(&upper, &all, &sample->upper);
        refresh(&lower, &all, &sample->lower);
    }
}

/* --- what the oscillator is like --- */

static void begin_rivals(struct track *track, const struct track_sample *sample,
                         const struct track_prior *prior) {
    for (int i = 0; i < TRACK_RIVALS; i++)
        track->rivals[i] = (struct track_rival){first_state(sample, prior), 0};
    track->has_rivals = true;
}

static void learn_wander(struct track *track, const struct track_sample *sample,
                         const struct floors *floors, const struct track_prior *prior) {
    if (!track->has_rivals) {
        begin_rivals(track, sample, prior);
        return;
    }
    for (int i = 0; i < TRACK_RIVALS; i++) {
        struct track_rival *rival = &track->rivals[i];
        struct track_sample copy = *sample;
        advance(&rival->state, &copy, wanders[i]);
        rival->fit -= rival->fit / fading_samples;
        rival->fit += meet(&rival->state, &copy, floors);
    }
}

double track_wander(const struct track *const *tracks, uint32_t count) {
    double best = -INFINITY, wander = wander_usual;
    double most = count > 1 ? say_most : INFINITY;
    for (int i = 0; i < TRACK_RIVALS; i++) {
        double score = wander_priors[i];
        for (uint32_t k = 0; k < count; k++) {
            const struct track_rival *rivals = tracks[k]->rivals;
            score += fmax(fmin(rivals[i].fit - rivals[WANDER_USUAL].fit, most), -most);
        }
        if (score <= best) continue;
        best = score;
        wander = wanders[i];
    }
    return wander;
}

/* What the first jump in a while has explained is no wander. */
static void forgive_rivals(struct track *track) {
    for (int i = 0; i < TRACK_RIVALS; i++) {
        struct track_rival *rival = &track->rivals[i];
        rival->fit = wanders[i] == track->wander ? JUMP_SAMPLES : 0;
        rival->state = track->newest;
    }
}

static uint32_t count_jumps(const struct track *track) {
    uint32_t count = 0;
    for (uint32_t i = track->settled; i < track->count; i++) count += at(track, i)->jump > 0;
    return count;
}

/* For and against a jump before the sample `first`, in all and by source. */
struct trial {
    double gain[LIMIT_SOURCES + 1], sum;
};

static void try_jump(const struct track *track, const struct floors *floors, const struct run *run,
                     uint32_t first, double jump, struct trial *trial) {
    struct track_state state = run->before[first];
    memset(trial, 0, sizeof *trial);
    state.var_frequency += jump * jump;
    for (uint32_t i = first; i < track->count; i++) {
        struct track_sample sample = *at(track, i);
        if (i > first) advance(&state, &sample, track->wander);
        if (!counts(track, &sample)) continue;
        double gain = meet(&state, &sample, floors) - sample.evidence;
        trial->gain[sample.source] += gain;
        trial->sum += gain;
    }
}

/* That a few sources say so is no evidence against the oscillator. */
static bool most_gain(const struct floors *floors, const struct trial *trial) {
    int count = 0, gaining = 0;
    for (int i = 0; i <= LIMIT_SOURCES; i++) {
        count += floors->of[i].count > 0;
        gaining += trial->gain[i] > jump_gain_each;
    }
    return 2 * gaining > count;
}

/* When the newest samples do not fit: whether a jump of the frequency explains them. The variance
 * that it takes is let in where it explains most. */
static bool find_jump(struct track *track, const struct floors *floors, const struct run *run) {
    struct trial trial;
    double doubt = 0, best = jump_gain + jump_gain_more * count_jumps(track), variance = 0;
    struct track_sample *found = NULL;
    uint32_t least = beginning(track) + 1;
    if (track->count < JUMP_KNOWS_SAMPLES) return false;
    for (uint32_t i = track->count; i > least && track->count - i < JUMP_SAMPLES; i--) {
        if (!counts(track, at(track, i - 1))) continue;
        doubt += at(track, i - 1)->evidence;
        if (doubt > jump_suspicion) continue;
        for (uint32_t k = 0; k < sizeof jumps / sizeof *jumps; k++) {
            try_jump(track, floors, run, i - 1, jumps[k], &trial);
            if (trial.sum <= best || !most_gain(floors, &trial)) continue;
            best = trial.sum;
            found = at(track, i - 1);
            variance = jumps[k] * jumps[k];
        }
    }
    if (found == NULL) return false;
    found->jump += variance;
    track->jump_m = found->m;
    track->jump_variance = variance;
    return true;
}

/* --- adding --- */

/* The oldest live sample goes into the base for good. */
static void settle_oldest(struct track *track, const struct track_prior *prior) {
    struct track_sample *oldest = at(track, track->settled++);
    bool used = counts(track, oldest);
    if (!track->has_base && used) {
        track->base = first_state(oldest, prior);
        track->has_base = true;
    }
    if (track->has_base) advance(&track->base, oldest, track->wander);
    if (track->has_base && used) {
        apply(&track->base, &oldest->upper);
        apply(&track->base, &oldest->lower);
    }
}

static struct track_sample *make_room(struct track *track, const struct track_prior *prior) {
    if (track->count - track->settled == track->live) settle_oldest(track, prior);
    if (track->count == track->room) {
        track->start = track->start + 1 < track->room ? track->start + 1 : 0;
        track->count--;
        track->settled--;
    }
    return at(track, track->count++);
}

static void settle(struct track *track, const struct floors *floors,
                   const struct track_prior *prior, struct run *run) {
    backward(track, floors, run);
    forward(track, prior, run);
    if (beginning(track) < track->count) track->newest = run->after[track->count - 1];
}

void track_add(struct track *track, const struct track_sample *sample,
               const struct track_prior *prior) {
    struct run run;
    struct floors floors;
    struct track_sample *newest = make_room(track, prior);
    *newest = *sample;
    newest->jump = track->jump_to_come;
    track->jump_to_come = newest->evidence = 0;
    newest->upper = newest->lower = (struct track_site){0, 0};
    newest->smooth = sample->y;
    forward(track, prior, &run);
    if (beginning(track) < track->count) newest->smooth = run.before[track->count - 1].y;
    learn_floors(track, &floors);
    if (counts(track, newest)) {
        struct track_state state = run.before[track->count - 1];
        newest->evidence = meet(&state, newest, &floors);
        run.after[track->count - 1] = state;
        track->surprise = newest->evidence;
        track->strays = newest->evidence < stray_evidence ? track->strays + 1 : 0;
        if (track->learns) learn_wander(track, newest, &floors, prior);
    }
    bool jumped = track->surprise < jump_suspicion / 4 && find_jump(track, &floors, &run);
    if (jumped) forward(track, prior, &run);
    settle(track, &floors, prior, &run);
    if (!jumped) return;
    track->jumps++;
    settle(track, &floors, prior, &run);
    if (track->learns && count_jumps(track) == 1) forgive_rivals(track);
}

static void run_again(struct track *track, const struct track_prior *prior) {
    struct run run;
    struct floors floors;
    if (beginning(track) >= track->count) return;
    learn_floors(track, &floors);
    forward(track, prior, &run);
    settle(track, &floors, prior, &run);
}

void track_restart(struct track *track, uint32_t keep, const struct track_prior *prior) {
    if (track->count > keep) {
        track->start = (track->start + track->count - keep) % track->room;
        track->count = keep;
    }
    track->settled = 0;
    track->has_base = track->has_rivals = false;
    for (uint32_t i = 0; i < track->count; i++) {
        struct track_sample *s = at(track, i);
        s->upper = s->lower = (struct track_site){0, 0};
        s->smooth = s->y;
        s->jump = s->evidence = 0;
    }
    track->strays = 0;
    for (int i = 0; i < 3; i++) run_again(track, prior);
}

void track_exclude(struct track *track, uint64_t inactive, const struct track_prior *prior) {
    if (track->inactive == inactive) return;
    track->inactive = inactive;
    run_again(track, prior);
}

bool track_is_empty(const struct track *track) {
    return beginning(track) >= track->count;
}

void track_let_jump(struct track *track, double m, double variance) {
    for (uint32_t i = beginning(track); i < track->count; i++) {
        if (at(track, i)->m < m) continue;
        if (at(track, i)->jump < variance) at(track, i)->jump = variance;
        return;
    }
    track->jump_to_come = variance;
}

void track_forget(struct track *track, uint16_t source) {
    uint32_t kept = 0, settled = 0;
    for (uint32_t i = 0; i < track->count; i++) {
        if (at(track, i)->source == source) continue;
        if (kept != i) *at(track, kept) = *at(track, i);
        kept++;
        settled += i < track->settled;
    }
    track->count = kept;
    track->settled = settled;
}

struct track_estimate track_at(const struct track *track, double m) {
    CHECK(track->count > 0);
    struct track_state state = track->newest;
    predict(&state, m, track->wander);
    return (struct track_estimate){
        .y = state.y,
        .frequency = state.frequency,
        .sigma_y = sqrt(fmax(state.var_y, 0)),
        .sigma_frequency = sqrt(fmax(state.var_frequency, 0)),
    };
}

void track_shift(struct track *track, double dy) {
    for (uint32_t i = 0; i < track->count; i++) {
        struct track_sample *s = at(track, i);
        s->y += dy;
        s->smooth += dy;
        s->upper.weighted += dy * s->upper.precision;
        s->lower.weighted += dy * s->lower.precision;
    }
    track->base.y += dy;
    track->newest.y += dy;
    for (int i = 0; i < TRACK_RIVALS; i++) track->rivals[i].state.y += dy;
}
