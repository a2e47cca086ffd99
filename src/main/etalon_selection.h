/* etalon selection: which sources agree, each one's interval drawn around Etalon's time. */
#pragma once

#include "base/json.h"
#include "main/etalon_output.h"
#include "main/etalon_view.h"

void etalon_selection_print(const struct etalon_view *view, const struct etalon_output *output);
void etalon_selection_json(const struct etalon_view *view, struct json *json);
