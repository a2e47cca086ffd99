/* A scenario while it is read: the line and its words, values with units, how a line is refused.
 * Internal to the parser of scenarios. Invariant: a refusal has a place and names the word. */
#pragma once

#include "sim/quantity.h"
#include "sim/scenario.h"

enum { SCENARIO_LINE_BYTES = 512 };

struct scenario_reading {
    struct scenario scenario; /* becomes the result only when all was right */
    struct config_error *error;
    const char *file;
    uint32_t line;
    char text[SCENARIO_LINE_BYTES]; /* of the line; words are cut out of it */
    char *next;
    bool has_servers;
    uint32_t expect_line; /* of the newest expectation */
    uint32_t nodes_line;  /* 0: there was none */
};

/* A word that takes a value into a double of a struct. */
struct scenario_field {
    const char *word;
    struct quantity quantity;
    size_t offset; /* of the double */
};

/* The next word, NULL at the end of the line. */
const char *scenario_words_next(struct scenario_reading *reading);
/* What is left of the line, without blanks around it; "" if nothing is. */
const char *scenario_words_rest(struct scenario_reading *reading);
MUST_USE enum err scenario_words_end(struct scenario_reading *reading);
/* Places the message at word, or at the line where word is NULL; returns why. */
MUST_USE enum err scenario_words_refuse(struct scenario_reading *reading, const char *word,
                                        enum err why, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* A value as the quantity says; owner: whose it is, for messages. word NULL: it is missing. */
MUST_USE enum err scenario_words_value(struct scenario_reading *reading, const char *owner,
                                       const char *word, const struct quantity *quantity,
                                       double *out);
/* Reads what follows the word into the field of base. */
MUST_USE enum err scenario_words_store(struct scenario_reading *reading,
                                       const struct scenario_field *field, void *base);
/* all, one, 2, 1,3-5, first N, minority, half, majority, authenticated, unauthenticated. Refuses
 * what there are not: the number of servers must stand on a line before. */
MUST_USE enum err scenario_words_selector(struct scenario_reading *reading, const char *owner,
                                          struct selector *out);
/* Bit n: server n of this scenario is meant. */
uint64_t scenario_words_mask(const struct scenario_reading *reading,
                             const struct selector *selector);

/* The lines of these names. */
MUST_USE enum err scenario_models_oscillator(struct scenario_reading *reading);
MUST_USE enum err scenario_models_path(struct scenario_reading *reading);
MUST_USE enum err scenario_models_server(struct scenario_reading *reading);
MUST_USE enum err scenario_expect(struct scenario_reading *reading);
/* "at TIME[..TIME] OBJECT ...": adds an action. */
MUST_USE enum err scenario_action(struct scenario_reading *reading);
