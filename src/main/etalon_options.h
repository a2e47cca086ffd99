/* etalon options: the table of configuration directives. */
#pragma once

#include "base/json.h"
#include "main/etalon_output.h"

void etalon_options_print(const struct etalon_output *output);
void etalon_options_json(struct json *json);
