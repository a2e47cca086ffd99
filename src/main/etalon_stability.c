/* etalon stability. Memory: the series, two arrays of its length for MTIE and noise, the rows. */
#include "main/etalon_stability.h"

#include <stdio.h>
#include <stdlib.h>

#include "clock/stability_edf.h"
#include "clock/stability_noise.h"
#include "main/etalon_stability_choice.h"
#include "main/etalon_stability_file.h"
#include "main/etalon_stability_plot.h"
#include "main/etalon_stability_table.h"

struct analysis {
    struct stability_series series;
    double *scratch, *second;
    size_t *factors, count;
    struct etalon_stability_result result;
};

/* The noise at m for two and for three differences. Where the points left are too few to tell, what
 * was found last is taken to go on. */
static void identify(struct analysis *a, size_t m, int alphas[4]) {
    for (unsigned differences = 2; differences <= 3; differences++) {
        int found = stability_noise(&a->series, m, differences, a->scratch);
        if (found != STABILITY_NOISE_UNKNOWN) alphas[differences] = found;
    }
}

static void add_row(struct analysis *a, enum stability_kind kind, size_t m, double deviation,
                    int alpha) {
    struct etalon_stability_row *row = &a->result.of[kind].rows[a->result.of[kind].count++];
    *row = (struct etalon_stability_row){.tau_s = (double)m * a->series.tau0_s,
                                         .deviation = deviation,
                                         .terms = stability_terms(kind, a->series.count, m),
                                         .alpha = alpha};
    row->edf = stability_edf(kind, alpha, a->series.count, m);
    if (row->edf > 0)
        stability_interval(deviation, row->edf, a->result.confidence, &row->low, &row->high);
}

static void add_rows(struct analysis *a, size_t m, const int alphas[4]) {
    for (int i = 0; i < STABILITY_KINDS; i++) {
        enum stability_kind kind = (enum stability_kind)i;
        if (i == STABILITY_MTIE || !a->result.of[i].rows ||
            stability_terms(kind, a->series.count, m) == 0)
            continue;
        add_row(a, kind, m, stability_deviation(&a->series, kind, m),
                alphas[stability_differences(kind)]);
    }
}

static void analyse(struct analysis *a) {
    int alphas[4] = {STABILITY_NOISE_UNKNOWN, STABILITY_NOISE_UNKNOWN, STABILITY_NOISE_UNKNOWN,
                     STABILITY_NOISE_UNKNOWN};
    for (size_t i = 0; i < a->count; i++) {
        identify(a, a->factors[i], alphas);
        add_rows(a, a->factors[i], alphas);
    }
    if (!a->result.of[STABILITY_MTIE].rows) return;
    struct stability_mtie mtie = stability_mtie_begin(&a->series, a->scratch, a->second);
    for (size_t i = 0; i < a->count; i++)
        add_row(a, STABILITY_MTIE, a->factors[i],
                stability_mtie(&mtie, a->series.count, a->factors[i]), STABILITY_NOISE_UNKNOWN);
}

static bool allocate(struct analysis *a, const struct etalon_stability_choice *choice) {
    size_t bytes = a->series.count * sizeof(double);
    a->scratch = malloc(bytes);
    a->second = malloc(bytes);
    bool right = a->scratch && a->second;
    for (int kind = 0; kind < STABILITY_KINDS; kind++) {
        if (!choice->kinds[kind]) continue;
        a->result.of[kind].rows = calloc(a->count, sizeof *a->result.of[kind].rows);
        right = right && a->result.of[kind].rows;
    }
    if (!right) fputs("etalon: stability: not enough memory\n", stderr);
    return right;
}

static void release(struct analysis *a) {
    free(a->scratch);
    free(a->second);
    free(a->factors);
    for (int kind = 0; kind < STABILITY_KINDS; kind++) free(a->result.of[kind].rows);
}

static enum etalon_exit show(const struct etalon_arguments *arguments,
                             const struct etalon_output *output,
                             const struct etalon_stability_result *result) {
    if (arguments->json && !etalon_stability_table_json(result)) return ETALON_FAILED;
    if (!arguments->json) etalon_stability_table(result, output);
    if (arguments->plot && !etalon_stability_plot(result, arguments->plot)) return ETALON_FAILED;
    return ETALON_FINE;
}

enum etalon_exit etalon_stability(const struct etalon_arguments *arguments,
                                  const struct etalon_output *output) {
    struct etalon_stability_choice choice;
    struct etalon_stability_file file;
    if (!etalon_stability_choice(arguments, &choice) ||
        !etalon_stability_file(arguments->operand, &choice, &file))
        return ETALON_USAGE;
    struct analysis a = {
        .series = choice.frequency ? stability_from_frequency(file.values, file.count, file.tau0_s)
                                   : stability_from_phase(file.values, file.count, file.tau0_s),
        .result = {
            .name = arguments->operand, .tau0_s = file.tau0_s, .confidence = choice.confidence}};
    a.result.points = a.series.count;
    a.factors = etalon_stability_choice_factors(&choice, a.series.count, file.tau0_s, &a.count);
    enum etalon_exit code = a.factors ? ETALON_FINE : ETALON_USAGE;
    if (a.factors && !allocate(&a, &choice)) code = ETALON_FAILED;
    if (code == ETALON_FINE) {
        analyse(&a);
        code = show(arguments, output, &a.result);
    }
    release(&a);
    free(file.values);
    return code;
}
