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

struct track_estimate ensemble_weigh(struct ensemble_member *members, uint32_t count) {
    CHECK(count > 0 && count <= LIMIT_SOURCES + 1);
    const struct ensemble_member *middle = &members[median_index(members, count)];
    struct track_estimate median = middle->estimate;
    double weights = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct ensemble_member *member = &members[i];
        double apart = fabs(member->estimate.y - median.y);
        double doubt = sqrt(variance_of(member) + variance_of(middle));
        bool outlier = member != middle && count > 2 && apart > outlier_sigmas * doubt;
        member->weight = outlier ? 0 : 1 / variance_of(member);
        weights += member->weight;
    }
    for (uint32_t i = 0; i < count; i++) members[i].weight /= weights;
    median.sigma_y = sqrt(variance_of(middle));
    return median;
}
