/* First the operator's configuration meets every attack, for the whole time. Then each change is
 * tried where it can help: in those attacks that moved the node or silenced it. What helped there
 * is run in all the others, too, because it may worsen them. The best is kept, and what is left to
 * change is tried on top of it, until nothing helps clearly.
 *
 * Invariant: a run is known by everything that it depends on (rehearsal_key); the same is never run
 * twice, and a number that is shown is from a run. Runs of changes end an hour after their attack;
 * they are compared with the same hours of the others. */
#include "main/etalon_rehearse_plan.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "main/etalon_pool.h"
#include "os/clocks.h"
#include "os/process.h"

enum { RUNS_MAX = 4096 };
static const double tail_s = 3600;     /* after the attack, in runs of changes */
static const double very_bad_s = 1e12; /* an error beyond the bound counts before all others */

struct run {
    uint64_t key;
    bool full;
    struct rehearsal rehearsal;
    const struct rehearsal_result *result; /* NULL: not run */
};

struct plan {
    struct etalon_rehearse_report *report;
    struct run *runs;
    size_t count, begun; /* runs[begun..count] are the next batch */
    const volatile sig_atomic_t *stop;
    bool failed;
};

static double full_s(const struct plan *plan) {
    return plan->report->hours * 3600;
}

static double least(double a, double b) {
    return a < b ? a : b;
}

static double cut_s(const struct plan *plan, size_t attack) {
    double last_s = 0;
    for (size_t i = 0; i < plan->report->attack_count; i++) {
        double end_s = plan->report->attacks[i].end_s;
        if ((i == attack || attack == SIZE_MAX) && end_s > last_s) last_s = end_s;
    }
    return least(last_s + tail_s, full_s(plan));
}

static struct rehearsal rehearsal_of(const struct plan *plan, size_t variant, size_t attack,
                                     bool full) {
    const struct etalon_rehearse_report *report = plan->report;
    double until_s = cut_s(plan, attack);
    return (struct rehearsal){
        .subject = &report->variants[variant].subject,
        .attack = attack == SIZE_MAX ? NULL : &report->attacks[attack],
        .seed = report->seed,
        .settle_s = report->settle_s,
        .cut_s = until_s,
        .full_s = full && !report->quick ? full_s(plan) : until_s,
    };
}

static struct run *find(const struct plan *plan, uint64_t key, bool full) {
    for (size_t i = 0; i < plan->count; i++)
        if (plan->runs[i].key == key && (plan->runs[i].full || !full)) return &plan->runs[i];
    return NULL;
}

static void want(struct plan *plan, size_t variant, size_t attack, bool full) {
    struct rehearsal rehearsal = rehearsal_of(plan, variant, attack, full);
    uint64_t key = rehearsal_key(&rehearsal);
    if (find(plan, key, full) || plan->count == RUNS_MAX) return;
    plan->runs[plan->count++] = (struct run){.key = key, .full = full, .rehearsal = rehearsal};
}

static void work(void *context, uint64_t task, void *result) {
    const struct plan *plan = context;
    struct rehearsal_result *out = result;
    struct config_error why;
    if (rehearsal_run(&plan->runs[plan->begun + task].rehearsal, out, &why)) return;
    snprintf(out->full.breach, sizeof out->full.breach, "line %u: %.*s", (unsigned)why.place.line,
             OUTCOME_TEXT_BYTES - 32, why.text);
}

static void take_result(struct plan *plan, struct run *run, const struct rehearsal_result *result) {
    run->result = result;
    plan->report->runs++;
    plan->report->simulated_s += (uint64_t)run->rehearsal.full_s;
    if (result->full.ran) return;
    fprintf(stderr, "etalon: rehearse: %s: %s\n",
            run->rehearsal.attack ? run->rehearsal.attack->scenario.name : "no attack",
            result->full.breach);
    plan->failed = true;
}

/* Runs what is wanted; the results stay mapped until the program ends. False: that was the end. */
static bool go(struct plan *plan, const char *what) {
    const struct etalon_pool pool = {.count = plan->count - plan->begun,
                                     .jobs = plan->report->jobs,
                                     .result_bytes = sizeof(struct rehearsal_result),
                                     .work = work,
                                     .context = plan,
                                     .what = what};
    if (*plan->stop) plan->report->interrupted = true;
    if (plan->report->interrupted || plan->failed) return false;
    if (pool.count == 0) return true;
    struct etalon_pool_results results = etalon_pool_run(&pool);
    const struct rehearsal_result *first = (const void *)results.results;
    for (uint64_t i = 0; first != NULL && i < pool.count; i++)
        if (results.has[i]) take_result(plan, &plan->runs[plan->begun + i], &first[i]);
    plan->begun = plan->count;
    plan->report->interrupted = results.end == ETALON_POOL_INTERRUPTED;
    plan->failed |= results.end == ETALON_POOL_FAILED;
    return results.end == ETALON_POOL_DONE && !plan->failed;
}

static const struct rehearsal_result *result_of(const struct plan *plan, size_t variant,
                                                size_t attack) {
    struct rehearsal rehearsal = rehearsal_of(plan, variant, attack, false);
    uint64_t key = rehearsal_key(&rehearsal);
    const struct rehearsal_result *found = NULL;
    for (size_t i = 0; i < plan->count; i++)
        if (plan->runs[i].key == key && plan->runs[i].result && (!found || plan->runs[i].full))
            found = plan->runs[i].result;
    return found;
}

/* Hands a variant the outcomes of all runs that are its own. */
static void link_results(struct plan *plan, size_t variant) {
    struct etalon_rehearse_variant *v = &plan->report->variants[variant];
    v->control = result_of(plan, variant, SIZE_MAX);
    for (size_t i = 0; i < plan->report->attack_count; i++)
        v->attacks[i] = result_of(plan, variant, i);
}

/* Of `of`, in those attacks that `in` was run in, too. */
static struct standing standing_of(const struct plan *plan,
                                   const struct etalon_rehearse_variant *of,
                                   const struct etalon_rehearse_variant *in, bool full) {
    struct standing standing = {.attacks = 0};
    if (!of->control) return standing;
    standing_begin(&standing, full ? &of->control->full : &of->control->cut);
    for (size_t i = 0; i < plan->report->attack_count; i++) {
        const struct rehearsal_result *result = of->attacks[i];
        if (!result || !in->attacks[i]) continue;
        standing_add(&standing, i, full ? &result->full : &result->cut,
                     full ? &of->control->full : &of->control->cut,
                     plan->report->attacks[i].begin_s);
    }
    return standing;
}

static void stand(struct plan *plan, size_t variant) {
    struct etalon_rehearse_variant *v = &plan->report->variants[variant];
    const struct etalon_rehearse_variant *parent = &plan->report->variants[v->parent];
    link_results(plan, variant);
    v->standing = standing_of(plan, v, v, false);
    v->rival = standing_of(plan, parent, v, false);
    v->helps = v->control && v->standing.attacks > 0 && standing_better(&v->standing, &v->rival);
}

/* Whether the attack did anything to the variant that a change could mend. */
static bool hurts(const struct plan *plan, const struct etalon_rehearse_variant *variant,
                  size_t attack) {
    const struct rehearsal_result *result = variant->attacks[attack];
    if (!result || !variant->control) return false;
    enum outcome_class class =
        outcome_judge(&result->cut, &variant->control->cut, plan->report->attacks[attack].begin_s)
            .class;
    return class >= OUTCOME_WITHDREW;
}

/* Of those that hurt, the ones with the worst class and the largest error, at most so many as each
 * change is tried in; returns how many. */
static size_t worst_of(const struct plan *plan, const struct etalon_rehearse_variant *variant,
                       size_t out[ETALON_REHEARSE_TRIALS]) {
    double weight[ETALON_REHEARSE_TRIALS];
    size_t count = 0;
    for (size_t i = 0; i < plan->report->attack_count; i++) {
        if (!hurts(plan, variant, i)) continue;
        const struct outcome *outcome = &variant->attacks[i]->cut;
        bool beyond = outcome->beyond_s > 0;
        double own = outcome->error_max_s + (beyond ? very_bad_s : 0);
        size_t at = count < ETALON_REHEARSE_TRIALS ? count++ : ETALON_REHEARSE_TRIALS;
        for (; at > 0 && weight[at - 1] < own; at--) {
            if (at == ETALON_REHEARSE_TRIALS) continue;
            weight[at] = weight[at - 1];
            out[at] = out[at - 1];
        }
        if (at == ETALON_REHEARSE_TRIALS) continue;
        weight[at] = own;
        out[at] = i;
    }
    return count;
}

static void want_everywhere(struct plan *plan, size_t variant, bool full) {
    want(plan, variant, SIZE_MAX, full);
    for (size_t i = 0; i < plan->report->attack_count; i++) want(plan, variant, i, full);
}

/* Adds a variant for each candidate, with the runs that can show that it helps. */
static void add_candidates(struct plan *plan, size_t parent, unsigned step) {
    struct etalon_rehearse_report *report = plan->report;
    const struct etalon_rehearse_variant *base = &report->variants[parent];
    struct change changes[CHANGE_CANDIDATES_MAX];
    size_t trials[ETALON_REHEARSE_TRIALS], trial_count = worst_of(plan, base, trials);
    size_t count = change_candidates(&base->subject, changes);
    for (size_t i = 0; i < count && report->variant_count < ETALON_REHEARSE_VARIANTS; i++) {
        size_t index = report->variant_count++;
        struct etalon_rehearse_variant *v = &report->variants[index];
        *v = (struct etalon_rehearse_variant){.change = changes[i], .parent = parent, .step = step};
        change_apply(&changes[i], &base->subject, &v->subject);
        want(plan, index, SIZE_MAX, false);
        for (size_t k = 0; k < trial_count; k++) want(plan, index, trials[k], false);
    }
}

static void rank(struct plan *plan, size_t first) {
    struct etalon_rehearse_report *report = plan->report;
    for (size_t i = first; i < report->variant_count; i++) {
        size_t at = report->ranked_count++;
        const struct etalon_rehearse_variant *v = &report->variants[i];
        for (; at > 0; at--) {
            const struct etalon_rehearse_variant *other = &report->variants[report->ranked[at - 1]];
            if (other->helps && !v->helps) break;
            if (other->helps == v->helps && standing_compare(&other->standing, &v->standing) <= 0)
                break;
            report->ranked[at] = report->ranked[at - 1];
        }
        report->ranked[at] = i;
    }
}

/* The best of those that help since first; SIZE_MAX: none does. */
static size_t best_since(const struct plan *plan, size_t first) {
    const struct etalon_rehearse_report *report = plan->report;
    size_t best = SIZE_MAX;
    for (size_t i = first; i < report->variant_count; i++) {
        if (!report->variants[i].helps || !report->variants[i].everywhere) continue;
        if (best == SIZE_MAX ||
            standing_compare(&report->variants[i].standing, &report->variants[best].standing) < 0)
            best = i;
    }
    return best;
}

/* One step: all candidates where they can help, then those that do everywhere. Returns the first
 * variant of the step, SIZE_MAX if it was broken off. */
static bool try_step(struct plan *plan, size_t parent, unsigned step, size_t *first) {
    struct etalon_rehearse_report *report = plan->report;
    *first = report->variant_count;
    add_candidates(plan, parent, step);
    bool whole = go(plan, step == 1 ? "changes tried" : "changes tried on top");
    for (size_t i = *first; i < report->variant_count; i++) stand(plan, i);
    if (!whole) return false;
    for (size_t i = *first; i < report->variant_count; i++)
        if (report->variants[i].helps) want_everywhere(plan, i, false);
    whole = go(plan, "checks of what helps");
    for (size_t i = *first; i < report->variant_count; i++) {
        struct etalon_rehearse_variant *v = &report->variants[i];
        bool helped = v->helps;
        if (helped) stand(plan, i);
        v->everywhere = helped && whole;
    }
    return whole;
}

static void improve(struct plan *plan) {
    struct etalon_rehearse_report *report = plan->report;
    size_t parent = 0, first = 0;
    unsigned steps = report->quick ? 1 : ETALON_REHEARSE_STEPS;
    for (unsigned step = 1; step <= steps; step++) {
        bool whole = try_step(plan, parent, step, &first);
        if (step == 1) rank(plan, first);
        size_t best = whole ? best_since(plan, first) : SIZE_MAX;
        if (best == SIZE_MAX) return;
        report->steps[report->step_count++] = best;
        parent = best;
    }
}

static bool any_hurts(const struct plan *plan) {
    for (size_t i = 0; i < plan->report->attack_count; i++)
        if (hurts(plan, &plan->report->variants[0], i)) return true;
    return false;
}

/* For the pictures the best meets the worst attacks for the whole time, too. */
static void finish(struct plan *plan, size_t best) {
    struct etalon_rehearse_report *report = plan->report;
    struct etalon_rehearse_variant *v = &report->variants[best];
    size_t order[ATTACK_MAX], count = etalon_rehearse_report_order(report, order);
    report->after = standing_of(plan, v, v, false);
    for (size_t i = 0; i < count && i < ETALON_REHEARSE_PLOTS; i++)
        want(plan, best, order[i], true);
    (void)go(plan, "attacks met with the best");
    link_results(plan, best);
}

static void carry_out(struct plan *plan) {
    struct etalon_rehearse_report *report = plan->report;
    struct etalon_rehearse_variant *base = &report->variants[0];
    want_everywhere(plan, 0, true);
    bool whole = go(plan, "attacks met");
    link_results(plan, 0);
    base->standing = standing_of(plan, base, base, false);
    base->everywhere = whole;
    report->before = standing_of(plan, base, base, true);
    if (!whole || !any_hurts(plan)) return;
    improve(plan);
    if (report->step_count == 0) return;
    finish(plan, report->steps[report->step_count - 1]);
}

bool etalon_rehearse_plan(struct etalon_rehearse_report *report) {
    static const int signals[] = {SIGINT};
    struct plan plan = {.report = report, .runs = calloc(RUNS_MAX, sizeof *plan.runs)};
    if (!plan.runs) {
        fputs("etalon: rehearse: not enough memory\n", stderr);
        return false;
    }
    struct mono begin = clocks_mono();
    plan.stop = process_stop_on(signals, sizeof signals / sizeof signals[0]);
    carry_out(&plan);
    report->wall_s = mono_seconds(clocks_mono(), begin);
    free(plan.runs);
    return !plan.failed;
}
