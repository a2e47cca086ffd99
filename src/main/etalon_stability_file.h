/* The measurements for etalon stability: one number a line, or columns.
 *
 * '#' begins a comment, lines may be blank; columns are divided by blanks, commas or semicolons.
 * With more than one column the first is the time in seconds, from which the spacing is taken and
 * checked, unless the spacing was given. Whatever is not as it must be is said on standard error
 * with file and line. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "main/etalon_stability_choice.h"

struct etalon_stability_file {
    double *values; /* in SI units, with room for one more; to be freed */
    size_t count;
    double tau0_s;
};

/* path "-": standard input. */
bool etalon_stability_file(const char *path, const struct etalon_stability_choice *choice,
                           struct etalon_stability_file *out);
