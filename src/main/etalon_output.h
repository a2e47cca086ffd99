/* Standard output of etalon: what it is able to show, colours where they are wanted, JSON. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"

enum etalon_colour { PLAIN, BOLD, DIM, GREEN, YELLOW, RED, COLOUR_COUNT };

struct etalon_output {
    bool terminal, colour, utf8;
};

/* Colours only on a terminal, and not where NO_COLOR is set (no-color.org) or TERM is dumb. */
struct etalon_output etalon_output_probe(void);
/* The escape sequence that switches to the colour (PLAIN: back to normal), or "". */
const char *etalon_output_colour(const struct etalon_output *output, enum etalon_colour colour);
/* "±" or "+-". */
const char *etalon_output_plus_minus(const struct etalon_output *output);
/* Text of others for a terminal: control characters become '?'. Returns out. */
const char *etalon_output_clean(const char *text, char *out, size_t room);

/* A JSON document is begun, filled by its owner and printed as one line. One at a time. */
void etalon_output_json_begin(struct json *json);
/* False if it did not fit; nothing was printed then. */
bool etalon_output_json_print(const struct json *json);
