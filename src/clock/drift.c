/* Frequency bounds from anchors. Invariant: anchors are at least a spacing apart in m, so that the
 * ring spans DRIFT_ANCHORS spacings; the first one stays until the ring is full. */
#include "clock/drift.h"

#include <math.h>

static const double spacing_first_s = 64, spacing_last_s = 512;

void drift_init(struct drift *drift, double frequency, double half) {
    struct interval prior = {frequency - half, frequency + half};
    *drift = (struct drift){.prior = prior, .mean = prior, .spacing_s = spacing_first_s};
}

static double width_of(const struct interval *interval) {
    return interval->upper - interval->lower;
}

/* Old anchors leave the ring, and what they said with them: a mean over days says little of the
 * frequency now. */
static void derive(struct drift *drift, double m, const struct interval *agreed) {
    struct interval best = {-INFINITY, INFINITY};
    if (drift->count < DRIFT_ANCHORS) best = drift->prior;
    for (uint32_t i = 0; i < drift->count; i++) {
        double span = m - drift->anchors[i].m;
        const struct interval *then = &drift->anchors[i].agreed;
        if (span <= 0) continue;
        struct interval mean = {(agreed->lower - then->upper) / span,
                                (agreed->upper - then->lower) / span};
        if (mean.lower <= mean.upper && width_of(&mean) < width_of(&best)) best = mean;
    }
    if (isfinite(best.lower)) drift->mean = best;
}

/* A full ring keeps every second anchor, the oldest among them, and doubles the spacing. */
static void thin_out(struct drift *drift) {
    if (drift->count < DRIFT_ANCHORS || drift->spacing_s >= spacing_last_s) return;
    for (uint32_t i = 0; i < DRIFT_ANCHORS / 2; i++) drift->anchors[i] = drift->anchors[2 * i];
    drift->count = drift->next = DRIFT_ANCHORS / 2;
    drift->spacing_s *= 2;
}

void drift_observe(struct drift *drift, double m, const struct interval *agreed) {
    uint32_t newest = (drift->next + DRIFT_ANCHORS - 1) % DRIFT_ANCHORS;
    derive(drift, m, agreed);
    if (drift->count && m - drift->anchors[newest].m < drift->spacing_s) return;
    thin_out(drift);
    drift->anchors[drift->next].m = m;
    drift->anchors[drift->next].agreed = *agreed;
    drift->next = (drift->next + 1) % DRIFT_ANCHORS;
    if (drift->count < DRIFT_ANCHORS) drift->count++;
}

double drift_growth(const struct drift *drift, double frequency, double tolerance) {
    return tolerance + fmax(fmax(drift->mean.upper - frequency, frequency - drift->mean.lower), 0);
}

void drift_shift(struct drift *drift, double dy) {
    for (uint32_t i = 0; i < DRIFT_ANCHORS; i++) {
        drift->anchors[i].agreed.lower += dy;
        drift->anchors[i].agreed.upper += dy;
    }
}
