/* The option table: every directive once, with its arguments, its help and its parser. It feeds
 * the parser, `etalond -n`, `etalon options`, the completions and the test of the man page. */
#pragma once

#include <stddef.h>

struct option_suboption {
    const char *name;     /* "iburst" */
    const char *argument; /* "LOG2_S", or NULL for a flag */
    const char *fallback; /* default as text, or NULL */
    const char *help;     /* one sentence */
};

struct option_entry {
    const char *name;                          /* "makestep" */
    const char *arguments;                     /* synopsis: "THRESHOLD LIMIT" */
    const char *fallback;                      /* default as text, NULL if none */
    const char *help;                          /* one or two sentences */
    const struct option_suboption *suboptions; /* ends with a row whose name is NULL; or NULL */
};

extern const struct option_entry option_table[];
extern const size_t option_count;
const struct option_entry *option_find(const char *name); /* exact, case-insensitive; or NULL */
/* For a chrony directive that is not supported: what to do instead; NULL if unknown to us too. */
const char *option_unsupported(const char *name);
