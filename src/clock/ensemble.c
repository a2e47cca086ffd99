/* Clustering around the median, then the weighted mean. Invariant: at least one member
 * keeps a weight, and the weights sum to 1. */
#include "clock/ensemble.h"

#include <math.h>

#include "base/check.h"
#include "base/limits.h"

static const double outlier_sigmas = 3.0;

static double variance_of(const struct ensemble_member *member) {
    double sigma = member->estimate.sigma_y;
    return sigma * sigma + member->bias_s * member->bias_s;
}

/* Index of the median of the estimates, of two middle ones the surer. Not weighted: who claims
 * little doubt must not become the measure of the others. Insertion sort, the counts are small. */
static uint32_t median_index(const struct ensemble_member *members, uint32_t count) {
    uint32_t order[LIMIT_SOURCES + 1];
    for (uint32_t i = 0; i < count; i++) {
        uint32_t j = i;
        for (; j > 0 && members[order[j - 1]].estimate.y > members[i].estimate.y; j--)
            order[j] = order[j - 1];
        order[j] = i;
    }
    uint32_t upper = order[count / 2], lower = order[(count - 1) / 2];
    return variance_of(&members[lower]) < variance_of(&members[upper]) ? lower : upper;
}

struct track_estimate ensemble_combine(struct ensemble_member *members, uint32_t count) {
    CHECK(count > 0 && count <= LIMIT_SOURCES + 1);
    const struct ensemble_member *middle = &members[median_index(members, count)];
    struct track_estimate sum = {0};
    double weights = 0, weights_f = 0, bias = INFINITY;
    for (uint32_t i = 0; i < count; i++) {
        struct ensemble_member *member = &members[i];
        double apart = fabs(member->estimate.y - middle->estimate.y);
        double doubt = sqrt(variance_of(member) + variance_of(middle));
        bool outlier = member != middle && count > 2 && apart > outlier_sigmas * doubt;
        member->weight = outlier ? 0 : 1 / variance_of(member);
        if (outlier) continue;
        double sigma_f = member->estimate.sigma_frequency;
        double weight_f = 1 / (sigma_f * sigma_f);
        sum.y += member->weight * (member->estimate.y - middle->estimate.y);
        sum.frequency += weight_f * member->estimate.frequency;
        weights += member->weight;
        weights_f += weight_f;
        bias = fmin(bias, member->bias_s);
    }
    for (uint32_t i = 0; i < count; i++) members[i].weight /= weights;
    return (struct track_estimate){
        .y = middle->estimate.y + sum.y / weights,
        .frequency = sum.frequency / weights_f,
        .sigma_y = fmax(sqrt(1 / weights), bias),
        .sigma_frequency = sqrt(1 / weights_f),
    };
}
