/* One answer of an NTP server in words and as JSON: every field of its header, and the measure. */
#pragma once

#include "base/json.h"
#include "main/etalon_measure.h"
#include "main/etalon_output.h"

void etalon_answer_print(const struct ask_answer *answer, const struct etalon_measure *measure,
                         const struct etalon_output *output);
/* Adds the fields to an object that is open. */
void etalon_answer_json(const struct ask_answer *answer, const struct etalon_measure *measure,
                        struct json *json);
/* Offset, delay, bound and verdict on one line, and as one object of an array. */
void etalon_answer_line(const struct ask_answer *answer, const struct etalon_measure *measure,
                        const struct etalon_output *output);
void etalon_answer_line_json(const struct ask_answer *answer, const struct etalon_measure *measure,
                             struct json *json);
