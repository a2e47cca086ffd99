/* Expectation propagation over one oscillator; see the header. Invariants: samples ascend in m;
 * `newest` is the state after all samples that count, under `wander`. Sources: Minka, "Expectation
 * propagation for approximate Bayesian inference" (2001); Rauch, Tung, Striebel (1965). */
#include "clock/track.h"

#include <math.h>

#include "base/check.h"
#include "clock/track_jump.h"
#include "clock/track_path.h"
#include "clock/track_wander.h"

static const double stray_evidence = -4.5; /* four sigma and more */
static const double odd_evidence = -0.75;  /* a jump may be looked for */
/* What a record claims of noise and delay: squares of them are divided by. */
static const double noise_least_s = 1e-10, claim_most_s = 1e6;

void track_init(struct track *track, struct track_sample *ring, uint32_t room, uint32_t live) {
    CHECK(live > TRACK_JUMP_SAMPLES && live <= room && room <= LIMIT_TRACK_SAMPLES);
    *track = (struct track){.ring = ring, .room = room, .live = live, .wander = track_wander_usual};
}

void track_clear(struct track *track) {
    track->start = track->count = track->settled = 0;
    track->has_base = track->has_rivals = false;
    track->jump_to_come = 0;
    track->strays = 0;
}

void track_continue(struct track *track, const struct track_state *known) {
    track_clear(track);
    track->base = track->newest = *known;
    track->has_base = true;
}

struct track_sample *track_sample(const struct track *track, uint32_t index) {
    uint32_t place = track->start + index;
    return &track->ring[place < track->room ? place : place - track->room];
}

bool track_counts(const struct track *track, const struct track_sample *sample) {
    return sample->source >= LIMIT_SOURCES || (track->inactive >> sample->source & 1) == 0;
}

void track_advance(struct track_state *state, const struct track_sample *sample, double wander) {
    if (sample->m > state->m) track_state_predict(state, sample->m, wander);
    state->var_frequency += sample->jump;
}

struct track_state track_first(const struct track_sample *sample, const struct track_prior *prior) {
    double half_s = sample->delay_s / 2 + sample->noise_s;
    return track_state_begin(sample->m, sample->y, half_s, prior);
}

struct run {
    struct track_state before[LIMIT_TRACK_SAMPLES], after[LIMIT_TRACK_SAMPLES];
};

uint32_t track_beginning(const struct track *track) {
    uint32_t i = track->settled;
    while (!track->has_base && i < track->count && !track_counts(track, track_sample(track, i)))
        i++;
    return i;
}

static void forward(const struct track *track, const struct track_prior *prior, struct run *run) {
    struct track_state state = track->base;
    for (uint32_t i = track_beginning(track), first = i; i < track->count; i++) {
        const struct track_sample *sample = track_sample(track, i);
        if (i == first && !track->has_base) state = track_first(sample, prior);
        track_advance(&state, sample, track->wander);
        run->before[i] = state;
        if (track_counts(track, sample)) {
            track_state_apply(&state, &sample->upper);
            track_state_apply(&state, &sample->lower);
        }
        run->after[i] = state;
    }
}

static void backward(struct track *track, const struct track_paths *paths, const struct run *run) {
    if (track->count == 0) return;
    struct track_state all = run->after[track->count - 1];
    for (uint32_t i = track->count, first = track_beginning(track); i > first; i--) {
        struct track_sample *sample = track_sample(track, i - 1);
        if (i < track->count) {
            struct track_state here = run->after[i - 1];
            track_state_smooth(&here, &run->before[i], &all);
            all = here;
        }
        sample->smooth = all.y;
        if (!track_counts(track, sample) || !(all.var_y > 0)) continue;
        struct track_edge upper = track_path_upper(paths, sample);
        struct track_edge lower = track_path_lower(paths, sample);
        track_edge_refresh(&upper, &all, &sample->upper);
        track_edge_refresh(&lower, &all, &sample->lower);
    }
}

/* The oldest live sample goes into the base for good. */
static void settle_oldest(struct track *track, const struct track_prior *prior) {
    struct track_sample *oldest = track_sample(track, track->settled++);
    bool used = track_counts(track, oldest);
    if (!track->has_base && used) {
        track->base = track_first(oldest, prior);
        track->has_base = true;
    }
    if (track->has_base) track_advance(&track->base, oldest, track->wander);
    if (track->has_base && used) {
        track_state_apply(&track->base, &oldest->upper);
        track_state_apply(&track->base, &oldest->lower);
    }
}

/* The oldest of the source that has most settled samples: who is asked seldom remembers its path
 * for as long as the others do theirs. */
static void drop_settled(struct track *track) {
    uint32_t counts[LIMIT_SOURCES + 1] = {0}, most = 0, i = 0;
    for (uint32_t k = 0; k < track->settled; k++) {
        uint32_t n = ++counts[track_sample(track, k)->source];
        if (n > most) most = n;
    }
    while (counts[track_sample(track, i)->source] < most) i++;
    for (; i > 0; i--) *track_sample(track, i) = *track_sample(track, i - 1);
    track->start = track->start + 1 < track->room ? track->start + 1 : 0;
    track->count--;
    track->settled--;
}

static struct track_sample *make_room(struct track *track, const struct track_prior *prior) {
    if (track->count - track->settled == track->live) settle_oldest(track, prior);
    if (track->count == track->room) drop_settled(track);
    return track_sample(track, track->count++);
}

static void settle(struct track *track, const struct track_paths *paths,
                   const struct track_prior *prior, struct run *run) {
    backward(track, paths, run);
    forward(track, prior, run);
    if (track_beginning(track) < track->count) track->newest = run->after[track->count - 1];
}

void track_add(struct track *track, const struct track_sample *sample,
               const struct track_prior *prior) {
    struct run run;
    struct track_paths paths;
    struct track_sample *newest = make_room(track, prior);
    *newest = *sample;
    newest->noise_s = fmax(fmin(sample->noise_s, claim_most_s), noise_least_s);
    newest->delay_s = fmin(sample->delay_s, claim_most_s);
    newest->jump = track->jump_to_come;
    track->jump_to_come = newest->evidence = 0;
    newest->upper = newest->lower = (struct track_site){0, 0};
    newest->smooth = sample->y;
    forward(track, prior, &run);
    if (track_beginning(track) < track->count) newest->smooth = run.before[track->count - 1].y;
    track_path_learn(track, &paths);
    if (track_counts(track, newest)) {
        struct track_state state = run.before[track->count - 1];
        newest->evidence = track_path_meet(&paths, &state, newest);
        run.after[track->count - 1] = state;
        track->strays = newest->evidence < stray_evidence ? track->strays + 1 : 0;
        if (track->learns) track_wander_learn(track, &paths, prior);
    }
    bool jumped = newest->evidence < odd_evidence && track_jump_find(track, &paths, run.before);
    if (jumped) forward(track, prior, &run);
    settle(track, &paths, prior, &run);
    if (!jumped) return;
    track->jumps++;
    settle(track, &paths, prior, &run);
    if (track->learns && track_jump_count(track) == 1) track_wander_forgive(track);
}

static void run_again(struct track *track, const struct track_prior *prior) {
    struct run run;
    struct track_paths paths;
    if (track_beginning(track) >= track->count) return;
    track_path_learn(track, &paths);
    forward(track, prior, &run);
    settle(track, &paths, prior, &run);
}

void track_restart(struct track *track, uint32_t keep, const struct track_prior *prior) {
    if (track->count > keep) {
        track->start = (track->start + track->count - keep) % track->room;
        track->count = keep;
    }
    track->settled = 0;
    track->has_base = track->has_rivals = false;
    for (uint32_t i = 0; i < track->count; i++) {
        struct track_sample *s = track_sample(track, i);
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
    return track_beginning(track) >= track->count;
}

void track_let_jump(struct track *track, double m, double variance) {
    for (uint32_t i = track_beginning(track); i < track->count; i++) {
        if (track_sample(track, i)->m < m) continue;
        if (track_sample(track, i)->jump < variance) track_sample(track, i)->jump = variance;
        return;
    }
    track->jump_to_come = fmax(track->jump_to_come, variance);
}

void track_forget(struct track *track, uint16_t source) {
    uint32_t kept = 0, settled = 0;
    for (uint32_t i = 0; i < track->count; i++) {
        if (track_sample(track, i)->source == source) continue;
        if (kept != i) *track_sample(track, kept) = *track_sample(track, i);
        kept++;
        settled += i < track->settled;
    }
    track->count = kept;
    track->settled = settled;
}

struct track_estimate track_at(const struct track *track, double m) {
    CHECK(track->count > 0);
    struct track_state state = track->newest;
    track_state_predict(&state, m, track->wander);
    return (struct track_estimate){
        .y = state.y,
        .frequency = state.frequency,
        .sigma_y = sqrt(fmax(state.var_y, 0)),
        .sigma_frequency = sqrt(fmax(state.var_frequency, 0)),
    };
}

void track_shift(struct track *track, double dy) {
    for (uint32_t i = 0; i < track->count; i++) {
        struct track_sample *s = track_sample(track, i);
        s->y += dy;
        s->smooth += dy;
        s->upper.weighted += dy * s->upper.precision;
        s->lower.weighted += dy * s->lower.precision;
    }
    track->base.y += dy;
    track->newest.y += dy;
    for (int i = 0; i < TRACK_RIVALS; i++) track->rivals[i].state.y += dy;
}
