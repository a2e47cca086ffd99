/* The report as text for a terminal, and the list of attacks. */
#pragma once

#include "main/etalon_output.h"
#include "main/etalon_rehearse_report.h"

void etalon_rehearse_text(const struct etalon_rehearse_report *report,
                          const struct etalon_output *output);
void etalon_rehearse_text_list(const struct attack *attacks, size_t count,
                               const struct etalon_output *output);
