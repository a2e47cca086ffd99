/* etalon sources and etalon selection: what is measured of each source, and which agree. */
#pragma once

#include "base/json.h"
#include "jobs/message.h"
#include "main/etalon_output.h"
#include "main/etalon_view.h"

void etalon_sources_print(const struct etalon_view *view, const struct etalon_output *output);
/* An array with one object a source. */
void etalon_sources_json(const struct etalon_view *view, struct json *json, const char *key);
/* ETALON_FINE if at least one source is used. */
enum etalon_exit etalon_sources_exit(const struct etalon_view *view);

/* Shared with the drawing of the selection. */
bool etalon_sources_known(const struct etalon_view *view, size_t source);
enum verdict etalon_sources_verdict(const struct etalon_view *view, size_t source);
char etalon_sources_mark(enum verdict verdict);
enum etalon_colour etalon_sources_colour(enum verdict verdict);
const char *etalon_sources_reason(enum verdict verdict);
/* One line for each verdict that occurs: mark, name, reason. */
void etalon_sources_legend(const struct etalon_view *view, const struct etalon_output *output);
