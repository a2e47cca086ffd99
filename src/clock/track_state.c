/* Kalman's filter for a clock whose frequency walks at random (Davis, Greenhall, Stacey 2005), and
 * the smoother of Rauch, Tung and Striebel. Invariant: variances stay positive. */
#include "clock/track_state.h"

static const double white = 1e-9; /* phase noise of the oscillator, s per sqrt(s) */

struct track_state track_state_begin(double m, double y, double half_s,
                                     const struct track_prior *prior) {
    return (struct track_state){.m = m,
                                .y = y,
                                .frequency = prior->frequency,
                                .var_y = half_s * half_s,
                                .var_frequency = prior->sigma * prior->sigma};
}

void track_state_predict(struct track_state *s, double m, double wander) {
    double dt = m - s->m, q = wander * wander;
    s->y += s->frequency * dt;
    s->var_y += dt * (2 * s->cov + dt * (s->var_frequency + q * dt / 3) + white * white);
    s->cov += dt * (s->var_frequency + q * dt / 2);
    s->var_frequency += q * dt;
    s->m = m;
}

void track_state_apply(struct track_state *s, const struct track_site *site) {
    if (site->precision <= 0) return;
    double d = 1 + site->precision * s->var_y, gain = site->precision / d;
    double pull = (site->weighted - site->precision * s->y) / d, cov = s->cov;
    s->y += s->var_y * pull;
    s->frequency += cov * pull;
    s->var_frequency -= cov * cov * gain;
    s->cov -= s->var_y * cov * gain;
    s->var_y /= d;
}

void track_state_smooth(struct track_state *state, const struct track_state *before,
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
