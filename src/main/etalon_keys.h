/* What is shown of NTS: the keyer in etalon status, each source's keys in etalon sources. */
#pragma once

#include "base/json.h"
#include "main/etalon_output.h"
#include "main/etalon_view.h"

/* The keyer's lines; nothing where there is no keyer. */
void etalon_keys_print(const struct etalon_view *view, const struct etalon_output *output);
/* An object "nts" of the object that is open, or nothing. */
void etalon_keys_json(const struct etalon_view *view, struct json *json);

/* A line for each source that is authenticated, or is to be. */
void etalon_keys_sources_print(const struct etalon_view *view, const struct etalon_output *output);
/* The fields of one association, to an object that is open. */
void etalon_keys_source_json(const struct message_association *a, struct json *json);
