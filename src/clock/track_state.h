/* Where an oscillator is against true time, and how sure that is: a normal distribution over offset
 * and frequency, whose frequency walks at random; and normal factors that sharpen it. */
#pragma once

struct track_state {
    double m, y, frequency; /* s, s, s/s; relative to the epoch */
    double var_y, cov, var_frequency;
};

/* A normal factor on y; precision 0: none. */
struct track_site {
    double precision, weighted; /* weighted: precision * mean */
};

struct track_prior {
    double frequency, sigma; /* of the oscillator, s/s, one sigma */
};

/* Nothing is known but that y is within about half_s. */
struct track_state track_state_begin(double m, double y, double half_s,
                                     const struct track_prior *prior);
/* Carries the state to m >= state->m. wander: 1/s per sqrt(s). */
void track_state_predict(struct track_state *state, double m, double wander);
void track_state_apply(struct track_state *state, const struct track_site *site);
/* state: after its own factors; before: predicted from there at the next instant; next: what all
 * factors say at that instant. Makes of state what all factors say (Rauch, Tung, Striebel 1965). */
void track_state_smooth(struct track_state *state, const struct track_state *before,
                        const struct track_state *next);
