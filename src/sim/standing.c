/* See the header. What counts: the worst error by a decibel (a quarter), the harm by a twentieth.
 */
#include "sim/standing.h"

#include <math.h>

#include "base/logarithm.h"

static const double ten_natural = 2.302585092994046;
static const double levels_per_decade = 10, harm_margin = 0.95;
static const double least_error_s = 1e-9;

void standing_begin(struct standing *standing, const struct outcome *control) {
    *standing = (struct standing){.worst_s = control->error_max_s,
                                  .worst = SIZE_MAX,
                                  .control_error_s = control->error_max_s,
                                  .control_bound_s = control->bound_max_s,
                                  .control_unserved_s = control->unserved_s};
    standing->packets_per_s = (double)control->requests / fmax(control->until_s, 1);
}

static double harm_of(const struct outcome *outcome, const struct outcome *control) {
    double tolerance_s = fmax(outcome_tolerance_s(control), least_error_s);
    if (outcome->error_max_s <= tolerance_s) return 0;
    return logarithm_natural(outcome->error_max_s / tolerance_s) / ten_natural;
}

void standing_add(struct standing *standing, size_t index, const struct outcome *outcome,
                  const struct outcome *control, double begin_s) {
    if (!outcome->ran) return;
    struct outcome_verdict verdict = outcome_judge(outcome, control, begin_s);
    double before = standing->attacks++, count = standing->attacks;
    double unserved_s = fmax(0, outcome->unserved_s - control->unserved_s);
    standing->classes[verdict.class]++;
    standing->harm = (standing->harm * before + harm_of(outcome, control)) / count;
    standing->unserved_s = (standing->unserved_s * before + unserved_s) / count;
    if (outcome->error_max_s <= standing->worst_s) return;
    standing->worst_s = outcome->error_max_s;
    standing->worst = index;
}

uint32_t standing_findings(const struct standing *standing) {
    return standing->classes[OUTCOME_MOVED] + standing->classes[OUTCOME_UNDETECTED];
}

uint32_t standing_moved(const struct standing *standing) {
    return standing->classes[OUTCOME_MOVED_WITHIN] + standing_findings(standing);
}

/* Decibels, so that "about as bad" is an equivalence and the ranking an order. */
static int worst_level(const struct standing *standing) {
    double worst_s = fmax(standing->worst_s, least_error_s);
    return (int)floor(levels_per_decade * logarithm_natural(worst_s) / ten_natural);
}

static int sign_of(double difference) {
    return (difference > 0) - (difference < 0);
}

static int compare_counts(const struct standing *a, const struct standing *b) {
    int worst = worst_level(a) - worst_level(b);
    if (worst != 0) return worst;
    int findings = (int)standing_findings(a) - (int)standing_findings(b);
    return findings != 0 ? findings : (int)standing_moved(a) - (int)standing_moved(b);
}

bool standing_better(const struct standing *a, const struct standing *b) {
    if (a->control_unserved_s > b->control_unserved_s) return false;
    int counts = compare_counts(a, b);
    return counts < 0 || (counts == 0 && a->harm < b->harm * harm_margin);
}

int standing_compare(const struct standing *a, const struct standing *b) {
    int unserved = sign_of(a->control_unserved_s - b->control_unserved_s);
    if (unserved != 0) return unserved;
    int counts = compare_counts(a, b);
    if (counts != 0) return counts;
    int harm = sign_of(a->harm - b->harm);
    return harm != 0 ? harm : sign_of(a->worst_s - b->worst_s);
}
