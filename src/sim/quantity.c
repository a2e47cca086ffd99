/* See the header. */
#include "sim/quantity.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct unit {
    enum quantity_kind kind;
    const char *name;
    double scale;
};

static const struct unit units[] = {
    {QUANTITY_TIME, "", 1},
    {QUANTITY_TIME, "s", 1},
    {QUANTITY_TIME, "ns", 1e-9},
    {QUANTITY_TIME, "us", 1e-6},
    {QUANTITY_TIME, "ms", 1e-3},
    {QUANTITY_TIME, "min", 60},
    {QUANTITY_TIME, "m", 60},
    {QUANTITY_TIME, "h", 3600},
    {QUANTITY_TIME, "d", 86400},
    {QUANTITY_TIME, "w", 604800},
    {QUANTITY_RATE, "", 1},
    {QUANTITY_RATE, "s/s", 1},
    {QUANTITY_RATE, "ppm", 1e-6},
    {QUANTITY_RATE, "ppb", 1e-9},
    {QUANTITY_RATE, "ns/s", 1e-9},
    {QUANTITY_RATE, "us/s", 1e-6},
    {QUANTITY_RATE, "ms/s", 1e-3},
    {QUANTITY_AGEING, "/day", 1},
    {QUANTITY_AGEING, "/d", 1},
    {QUANTITY_AGEING, "ppm/day", 1e-6},
    {QUANTITY_AGEING, "/year", 1 / 365.25},
    {QUANTITY_AGEING, "ppb/day", 1e-9},
    {QUANTITY_SHARE, "", 1},
    {QUANTITY_SHARE, "%", 1e-2},
    {QUANTITY_COUNT, "", 1},
};

/* Where the number ends; the exponent of "1e-9" belongs to it. NULL: it is none. */
static const char *number(const char *word, double *out) {
    size_t digits = strspn(word, "0123456789+-.");
    if (word[digits] == 'e') {
        size_t sign = strspn(word + digits + 1, "+-");
        size_t power = strspn(word + digits + 1 + sign, "0123456789");
        if (power > 0) digits += 1 + sign + power;
    }
    char text[40], *end = NULL;
    if (digits == 0 || digits >= sizeof text) return NULL;
    memcpy(text, word, digits);
    text[digits] = '\0';
    *out = strtod(text, &end);
    return *end == '\0' && isfinite(*out) ? word + digits : NULL;
}

enum err quantity_parse(const char *word, const struct quantity *quantity, double *out) {
    double value = 0;
    const char *unit = number(word, &value);
    for (size_t i = 0; unit != NULL && i < sizeof units / sizeof units[0]; i++) {
        if (units[i].kind != quantity->kind || strcmp(units[i].name, unit) != 0) continue;
        if (quantity->kind == QUANTITY_COUNT && value != floor(value)) return ERR_SYNTAX;
        value *= units[i].scale;
        if (!(value >= quantity->min && value <= quantity->max)) return ERR_RANGE;
        *out = value;
        return ERR_OK;
    }
    return ERR_SYNTAX;
}

const char *quantity_name(enum quantity_kind kind) {
    static const char *const names[] = {
        [QUANTITY_NOTHING] = "nothing",
        [QUANTITY_TIME] = "a time such as 10ms",
        [QUANTITY_RATE] = "a rate such as 5ppm or 20us/s",
        [QUANTITY_AGEING] = "a rate for each day such as 1e-9/day",
        [QUANTITY_SHARE] = "a share such as 30%",
        [QUANTITY_COUNT] = "a whole number",
    };
    return names[kind];
}
