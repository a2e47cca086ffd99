/* Evidence against Roughtime servers: the witness proves, the parent writes the file. */
#pragma once

#include "main/etalond.h"

/* A part of a report. When the last one has come the report is written into roughtimereports. */
void etalond_evidence_take(const struct etalond *etalond, const struct message_evidence *part);
