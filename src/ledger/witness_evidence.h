/* Evidence of a split view: two checkpoints that one log signed for one size with two roots.
 * Whoever holds the log's key can check it without trusting who wrote it.
 *
 *     etalon-split-view/v1\n
 *     <bytes of the first note>\n  <first note>
 *     <bytes of the second note>\n <second note> */
#pragma once

#include "ledger/witness.h"

/* ERR_TOO_LONG: does not fit. The notes are not checked: see witness_evidence_check. */
MUST_USE enum err witness_evidence_build(const char *first, size_t first_length, const char *second,
                                         size_t second_length, char *out, size_t room,
                                         size_t *length);
/* ERR_OK: it is proof against that log. ERR_RANGE: the notes do not contradict each other. Others
 * as checkpoint_open; ERR_SYNTAX. */
MUST_USE enum err witness_evidence_check(const char *text, size_t length,
                                         const struct witness_log *log, struct checkpoint *first,
                                         struct checkpoint *second);
