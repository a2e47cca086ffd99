/* Questions that every way of showing the report asks. */
#include "main/etalon_rehearse_report.h"

const struct etalon_rehearse_variant *
etalon_rehearse_report_best(const struct etalon_rehearse_report *report) {
    size_t count = report->step_count;
    return &report->variants[count > 0 ? report->steps[count - 1] : 0];
}

struct outcome_verdict etalon_rehearse_report_verdict(const struct etalon_rehearse_report *report,
                                                      const struct etalon_rehearse_variant *variant,
                                                      size_t attack) {
    return outcome_judge(&variant->attacks[attack]->full, &variant->control->full,
                         report->attacks[attack].begin_s);
}

bool etalon_rehearse_report_has_findings(const struct etalon_rehearse_report *report) {
    return standing_findings(&report->before) > 0;
}

static bool was_run(const struct etalon_rehearse_report *report, size_t attack) {
    return report->variants[0].control && report->variants[0].attacks[attack];
}

static bool is_worse(const struct etalon_rehearse_report *report, size_t a, size_t b) {
    const struct etalon_rehearse_variant *base = &report->variants[0];
    enum outcome_class x = etalon_rehearse_report_verdict(report, base, a).class;
    enum outcome_class y = etalon_rehearse_report_verdict(report, base, b).class;
    if (x != y) return x > y;
    return base->attacks[a]->full.error_max_s > base->attacks[b]->full.error_max_s;
}

size_t etalon_rehearse_report_order(const struct etalon_rehearse_report *report,
                                    size_t out[ATTACK_MAX]) {
    size_t count = 0;
    for (size_t i = 0; i < report->attack_count; i++) {
        if (!was_run(report, i)) continue;
        size_t at = count++;
        for (; at > 0 && is_worse(report, i, out[at - 1]); at--) out[at] = out[at - 1];
        out[at] = i;
    }
    return count;
}
