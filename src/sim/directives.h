/* A rehearsed configuration as the lines an operator would write, and what has to be changed to get
 * from one to the other. Only directives that bear on how well time is kept. */
#pragma once

#include <stddef.h>

#include "sim/subject.h"

enum {
    DIRECTIVES_LINE_BYTES = 2 * LIMIT_HOST_NAME_BYTES,
    DIRECTIVES_MAX = LIMIT_SOURCES + 16,
    DIRECTIVES_DIFF_BYTES = 2048
};

struct directives {
    size_t count;
    char lines[DIRECTIVES_MAX][DIRECTIVES_LINE_BYTES];
};

/* What is at its default is not written; a pool is one line. */
void directives_of(const struct subject *subject, struct directives *out);
/* Lines of before that are not in after, each as "- LINE\n", then those of after that are not in
 * before as "+ LINE\n"; what does not fit ends in "...\n". Returns out. */
const char *directives_diff(const struct directives *before, const struct directives *after,
                            char out[DIRECTIVES_DIFF_BYTES]);
