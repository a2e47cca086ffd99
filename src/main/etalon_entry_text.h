/* What an entry says, in one line for people: printable ASCII, whatever the entry holds. */
#pragma once

#include "main/etalon_entry.h"
#include "main/etalon_output.h"

enum { ETALON_ENTRY_TEXT_BYTES = 400 };

/* Of any kind; kinds that are not known are summed up by their name. Returns out. */
const char *etalon_entry_text_line(const struct etalon_entry *entry,
                                   char out[ETALON_ENTRY_TEXT_BYTES]);
/* How much it matters: PLAIN, DIM, GREEN, YELLOW or RED. */
enum etalon_colour etalon_entry_text_colour(const struct etalon_entry *entry);
/* The offset of the source that a sample shows, by the log's own time; false: not to be told. */
bool etalon_entry_text_offset(const struct etalon_entry *entry, double *out);
