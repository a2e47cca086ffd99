/* The option table: every directive once, with its arguments, its help and how it is parsed. It
 * feeds the parser, `etalond -n`, `etalon options`, the completions and the test of the man page.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct reading; /* a configuration while it is being read: config/reading.h */
struct option_entry;

enum option_kind {
    OPTION_END = 0, /* closes a list of rules */
    OPTION_FLAG,    /* true where the word stands; takes no value */
    OPTION_INTEGER, /* field of 1, 2 or 4 bytes */
    OPTION_REAL,    /* field is a double */
    OPTION_PATH,
    OPTION_PATH_OR_NONE, /* "none" leaves the field empty */
    OPTION_USER,
    OPTION_HOST /* a host name or a numeric address */
};

/* How one value is read and where it goes. */
struct option_rule {
    enum option_kind kind;
    size_t field, bytes; /* offset and size in the struct that the directive fills */
    double min, max;  /* of the number as written; max also is the most bytes of a path, if > 0 */
    double scale;     /* a REAL is stored multiplied by this */
    const char *unit; /* of the number as written, for messages; or NULL */
};

/* A value that stands at a fixed place after the directive; name as in the synopsis. */
struct option_value {
    const char *name;
    struct option_rule rule;
};

struct option_suboption {
    const char *name;     /* "iburst" */
    const char *argument; /* "LOG2_S", or NULL for a flag */
    const char *fallback; /* default as text, or NULL */
    const char *help;     /* one sentence */
    struct option_rule rule;
};

struct option_entry {
    const char *name;                          /* "makestep" */
    const char *arguments;                     /* synopsis: "THRESHOLD LIMIT" */
    const char *fallback;                      /* default as text, NULL if none */
    const char *help;                          /* one or two sentences */
    const struct option_suboption *suboptions; /* ends with a row whose name is NULL; or NULL */
    const struct option_value *values;         /* ends with OPTION_END; or NULL */
    bool repeats;                              /* may be given more than once */
    /* Reads the rest of the line; word is the directive's name in it. Never NULL. */
    enum err (*apply)(struct reading *reading, const struct option_entry *entry, const char *word);
};

enum { OPTION_ROWS_MAX = 64, OPTION_SUBOPTIONS_MAX = 16 };

extern const struct option_entry option_table[];
extern const size_t option_count;
const struct option_entry *option_find(const char *name); /* exact, case-insensitive; or NULL */
/* The nearest name of the table, or of entry's sub-options, by edit distance; NULL if none is
 * near enough to be what was meant. */
const char *option_nearest(const char *name);
const char *option_nearest_suboption(const struct option_entry *entry, const char *name);
/* For a chrony directive that is not supported: what to do instead; NULL if unknown to us too. */
const char *option_unsupported(const char *name);
/* The same for sub-options of chrony's server, pool and local, and of others where it helps. */
const char *option_unsupported_suboption(const char *directive, const char *name);
