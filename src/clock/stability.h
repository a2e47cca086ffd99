/* How stable a clock is: the deviations of NIST SP 1065 (Riley, Handbook of Frequency Stability
 * Analysis, 2008) section 5, with confidence, and ITU-T G.810's MTIE and TIE rms.
 *
 * Works on phase (time error) at equal steps tau0. A series is made once, in the caller's array;
 * its straight line is kept apart, so that a large frequency offset costs no digits of what does
 * not depend on it. m is the averaging factor: tau = m tau0. Values must be finite. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum stability_kind {
    STABILITY_ADEV,  /* Allan deviation, without overlap */
    STABILITY_OADEV, /* the same from all overlapping samples */
    STABILITY_MDEV,  /* modified Allan deviation */
    STABILITY_TDEV,  /* time deviation, seconds: tau / sqrt(3) times MDEV */
    STABILITY_HDEV,  /* Hadamard deviation, without overlap: blind to linear drift */
    STABILITY_OHDEV, /* the same from all overlapping samples */
    STABILITY_MTIE,  /* maximum time interval error, seconds */
    STABILITY_TIE,   /* root mean square of the time interval error, seconds */
    STABILITY_KINDS
};

struct stability_series {
    const double *residual; /* phase less its line, seconds */
    size_t count;           /* of phase points */
    double tau0_s;
    double slope_s; /* of the line, for each step */
};

/* count >= 2 phase points, seconds; they are replaced by the residual, which the series keeps. */
struct stability_series stability_from_phase(double *phase, size_t count, double tau0_s);
/* count >= 1 averages of fractional frequency; the array has room for one more. */
struct stability_series stability_from_frequency(double *frequency, size_t count, double tau0_s);

/* Short name ("oadev"), what it is ("overlapping Allan deviation"). */
const char *stability_name(enum stability_kind kind);
const char *stability_title(enum stability_kind kind);
/* In seconds, not a fraction. */
bool stability_is_time(enum stability_kind kind);
/* Differences of phase that it takes: 2 of the Allan family, 3 of Hadamard's, 1 of TIE and MTIE. */
unsigned stability_differences(enum stability_kind kind);

/* Terms that it is made of for that m >= 1; 0: the series is too short. */
size_t stability_terms(enum stability_kind kind, size_t count, size_t m);
/* The deviation; there must be a term. Not for MTIE, which is below. O(count). */
double stability_deviation(const struct stability_series *series, enum stability_kind kind,
                           size_t m);

/* MTIE over growing m: the largest and the least of every stretch of `width` points, doubled in
 * place whenever it is needed, so that each m costs O(count) however long its window is. */
struct stability_mtie {
    double *highest, *lowest; /* each with room for count values */
    size_t width;
};
struct stability_mtie stability_mtie_begin(const struct stability_series *series, double *highest,
                                           double *lowest);
/* m must not be less than in the call before, and less than count. */
double stability_mtie(struct stability_mtie *mtie, size_t count, size_t m);

/* The interval that holds the true deviation with that probability, for a number of equivalent
 * degrees of freedom (clock/stability_edf): SP 1065 equation 45. */
void stability_interval(double deviation, double edf, double confidence, double *low, double *high);
