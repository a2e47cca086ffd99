/* Options of etalon stability. One table of units; names of statistics come from clock/stability.
 */
#include "main/etalon_stability_choice.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The work for all averaging times grows with the square of the points. */
enum { ALL_POINTS_MAX = 10000, COLUMN_MAX = 1000 };

static const struct unit {
    const char *name;
    double factor;
    bool frequency;
} units[] = {
    {"s", 1, false},      {"ms", 1e-3, false}, {"us", 1e-6, false}, {"ns", 1e-9, false},
    {"ps", 1e-12, false}, {"1", 1, true},      {"ppm", 1e-6, true}, {"ppb", 1e-9, true},
};

__attribute__((format(printf, 1, 2))) static bool refuse(const char *format, ...) {
    va_list values;
    va_start(values, format);
    fputs("etalon: stability: ", stderr);
    vfprintf(stderr, format, values);
    fputc('\n', stderr);
    va_end(values);
    return false;
}

static bool number(const char *text, double *out) {
    char *end;
    *out = strtod(text, &end);
    return end != text && !*end && isfinite(*out);
}

/* The unit alone tells phase from frequency; both together must not contradict each other. */
static bool choose_unit(const struct etalon_arguments *a, struct etalon_stability_choice *out) {
    if (a->phase && a->frequency) return refuse("--phase and --frequency exclude each other");
    out->frequency = a->frequency;
    out->unit = 1;
    if (!a->unit) return true;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(units[i].name, a->unit) != 0) continue;
        if (units[i].frequency ? a->phase : a->frequency)
            return refuse("--unit %s is one of %s", a->unit,
                          units[i].frequency ? "frequency" : "phase");
        out->frequency = units[i].frequency;
        out->unit = units[i].factor;
        return true;
    }
    return refuse("--unit: '%s' is none of s, ms, us, ns, ps, 1, ppm, ppb", a->unit);
}

static bool choose_numbers(const struct etalon_arguments *a, struct etalon_stability_choice *out) {
    double column = 0;
    if (a->tau0 && !(number(a->tau0, &out->tau0_s) && out->tau0_s >= 1e-9 && out->tau0_s <= 1e9))
        return refuse("--tau0: '%s' is not 1e-9 to 1e9 seconds", a->tau0);
    if (a->confidence && !(number(a->confidence, &out->confidence) && out->confidence >= 0.5 &&
                           out->confidence <= 0.999))
        return refuse("--confidence: '%s' is not 0.5 to 0.999", a->confidence);
    if (a->column && !(number(a->column, &column) && column >= 1 && column <= COLUMN_MAX &&
                       column == floor(column)))
        return refuse("--column: '%s' is not 1 to %d", a->column, COLUMN_MAX);
    out->column = (unsigned)column;
    return true;
}

static bool choose_kind(const char *name, size_t length, bool kinds[STABILITY_KINDS]) {
    for (int i = 0; i < STABILITY_KINDS; i++) {
        const char *known = stability_name((enum stability_kind)i);
        if (strlen(known) != length || strncmp(known, name, length) != 0) continue;
        kinds[i] = true;
        return true;
    }
    return refuse("--statistics: '%.*s' is none of adev, oadev, mdev, tdev, hdev, ohdev, mtie, tie",
                  (int)length, name);
}

/* Without overlap a deviation is the worse estimate of the same: only when it is asked for. */
static bool choose_kinds(const char *list, bool kinds[STABILITY_KINDS]) {
    bool all = list && strcmp(list, "all") == 0;
    for (int i = 0; i < STABILITY_KINDS; i++)
        kinds[i] = all || (!list && i != STABILITY_ADEV && i != STABILITY_HDEV);
    while (list && !all) {
        size_t length = strcspn(list, ",");
        if (!choose_kind(list, length, kinds)) return false;
        list = list[length] ? list + length + 1 : NULL;
    }
    return true;
}

bool etalon_stability_choice(const struct etalon_arguments *arguments,
                             struct etalon_stability_choice *out) {
    static const char *const spacings[] = {"octave", "decade", "all"};
    *out = (struct etalon_stability_choice){.confidence = 0.6826894921370859, /* one sigma */
                                            .spacing = SPACING_OCTAVE};
    if (arguments->taus) {
        out->spacing = SPACING_LIST;
        out->taus = arguments->taus;
    }
    for (int i = 0; arguments->taus && i < SPACING_LIST; i++)
        if (strcmp(arguments->taus, spacings[i]) == 0)
            out->spacing = (enum etalon_stability_spacing)i;
    return choose_unit(arguments, out) && choose_numbers(arguments, out) &&
           choose_kinds(arguments->statistics, out->kinds);
}

static int by_size(const void *a, const void *b) {
    size_t left = *(const size_t *)a, right = *(const size_t *)b;
    return (left > right) - (left < right);
}

/* One averaging time in seconds, which must be a multiple of tau0. */
static bool list_factor(const char *text, size_t length, size_t points, double tau0_s,
                        size_t *factor) {
    char copy[64], *end;
    snprintf(copy, sizeof copy, "%.*s", (int)length, text);
    double tau = strtod(copy, &end), ratio = tau / tau0_s, m = nearbyint(ratio);
    if (end == copy || *end || length >= sizeof copy || !isfinite(tau))
        return refuse("--taus: '%.*s' is neither octave, decade, all nor seconds", (int)length,
                      text);
    if (!(m >= 1) || fabs(ratio - m) > 1e-6 * m)
        return refuse("--taus: %s s is no multiple of the %g s between two values", copy, tau0_s);
    if (m >= (double)points)
        return refuse("--taus: %s s is more than the %zu values last", copy, points);
    *factor = (size_t)m;
    return true;
}

static size_t *list_factors(const char *list, size_t points, double tau0_s, size_t *count) {
    size_t room = 1;
    for (const char *c = list; *c; c++) room += *c == ',';
    size_t *factors = malloc(room * sizeof *factors), used = 0;
    bool right = factors != NULL;
    while (right && list) {
        size_t length = strcspn(list, ",");
        right = list_factor(list, length, points, tau0_s, &factors[used]);
        used++;
        list = list[length] ? list + length + 1 : NULL;
    }
    if (!right) {
        free(factors);
        return NULL;
    }
    qsort(factors, used, sizeof *factors, by_size);
    *count = 0;
    for (size_t i = 0; i < used; i++)
        if (i == 0 || factors[i] != factors[i - 1]) factors[(*count)++] = factors[i];
    return factors;
}

static size_t next_factor(enum etalon_stability_spacing spacing, size_t m) {
    if (spacing == SPACING_ALL) return m + 1;
    if (spacing == SPACING_OCTAVE) return 2 * m;
    size_t lead = m;
    while (lead >= 10) lead /= 10;
    return lead == 4 ? m / 4 * 10 : 2 * m;
}

size_t *etalon_stability_choice_factors(const struct etalon_stability_choice *choice, size_t points,
                                        double tau0_s, size_t *count) {
    if (choice->spacing == SPACING_LIST) return list_factors(choice->taus, points, tau0_s, count);
    if (choice->spacing == SPACING_ALL && points > ALL_POINTS_MAX) {
        refuse("--taus all is for at most %d values, and here are %zu: take octave or decade",
               ALL_POINTS_MAX, points);
        return NULL;
    }
    size_t room = choice->spacing == SPACING_ALL ? points : 8 * sizeof(size_t) * 2;
    size_t *factors = malloc(room * sizeof *factors);
    *count = 0;
    for (size_t m = 1; factors && m < points && *count < room; m = next_factor(choice->spacing, m))
        factors[(*count)++] = m;
    return factors;
}
