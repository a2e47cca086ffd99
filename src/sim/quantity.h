/* A value with its unit, as scenarios write it: 10ms, -3h, 5ppm, 20us/s, 1e-9/day, 30%.
 * Numbers are decimal, as in the C locale. What has no unit is in the base unit: seconds, s/s, a
 * share of one. */
#pragma once

#include "base/err.h"

enum quantity_kind {
    QUANTITY_NOTHING, /* no value is written */
    QUANTITY_TIME,    /* ns us ms s min m h d w: seconds */
    QUANTITY_RATE,    /* ppm ppb, or a time for each second (us/s): s/s */
    QUANTITY_AGEING,  /* a rate for each day: s/s per day */
    QUANTITY_SHARE,   /* %: of one */
    QUANTITY_COUNT,   /* a whole number */
};

/* What a value must be. */
struct quantity {
    enum quantity_kind kind;
    double min, max; /* in the base unit */
};

/* ERR_SYNTAX: no such value; ERR_RANGE: it is outside. */
MUST_USE enum err quantity_parse(const char *word, const struct quantity *quantity, double *out);
/* How such values look: "a time such as 10ms". */
const char *quantity_name(enum quantity_kind kind);
