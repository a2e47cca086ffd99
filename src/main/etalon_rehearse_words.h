/* What the rehearsal found, in words: shared by the text and the HTML report. */
#pragma once

#include "base/text.h"
#include "main/etalon_output.h"
#include "main/etalon_rehearse_report.h"

enum { ETALON_REHEARSE_WORDS_BYTES = 640, ETALON_REHEARSE_REASONS = 16 };

/* "12.3 ms", and from two minutes on "24 h". */
const char *etalon_rehearse_words_seconds(double seconds, char out[TEXT_BYTES]);
/* "moved undetected"; its colour; one sentence that says what it means. */
const char *etalon_rehearse_words_class(enum outcome_class class);
enum etalon_colour etalon_rehearse_words_colour(enum outcome_class class);
const char *etalon_rehearse_words_meaning(enum outcome_class class);
/* One line: how it came out. */
const char *etalon_rehearse_words_headline(const struct etalon_rehearse_report *report,
                                           char out[ETALON_REHEARSE_WORDS_BYTES]);
/* Why, as sentences that an operator acts on; returns how many. */
size_t
etalon_rehearse_words_reasons(const struct etalon_rehearse_report *report,
                              char out[ETALON_REHEARSE_REASONS][ETALON_REHEARSE_WORDS_BYTES]);
/* What a change did: "worst error 1.2 s -> 14 ms; 9 attacks fewer move you (12 -> 3); costs ...".
 */
const char *etalon_rehearse_words_effect(const struct etalon_rehearse_variant *variant,
                                         char out[ETALON_REHEARSE_WORDS_BYTES]);
/* "4 of 4, 1 op": sources, and their operators; "host" where no source is hit. */
const char *etalon_rehearse_words_hits(const struct etalon_rehearse_report *report, size_t attack,
                                       char out[ETALON_REHEARSE_WORDS_BYTES]);
/* "1.2 min: falseticker", "not noticed". */
const char *etalon_rehearse_words_notice(const struct outcome *outcome,
                                         const struct outcome_verdict *verdict,
                                         char out[ETALON_REHEARSE_WORDS_BYTES]);
/* How it was measured, and with what assumptions: sentences; returns how many. */
size_t etalon_rehearse_words_method(const struct etalon_rehearse_report *report,
                                    char out[ETALON_REHEARSE_REASONS][ETALON_REHEARSE_WORDS_BYTES]);
