/* etalon status: the timescale, its bound, the kernel clock beside it, the jobs. */
#pragma once

#include "base/json.h"
#include "main/etalon_output.h"
#include "main/etalon_view.h"

void etalon_status_print(const struct etalon_view *view, const struct etalon_output *output);
void etalon_status_json(const struct etalon_view *view, struct json *json, const char *key);
/* "no leap second is announced", ... for enum leap_indicator, also out of range. */
const char *etalon_status_leap(unsigned leap);
