/* A picture of one attack: true error and bound over time, before and after the best change. */
#pragma once

#include "main/etalon_rehearse_page.h"
#include "main/etalon_rehearse_report.h"

/* Style of the pictures, for the style sheet of the page. */
extern const char etalon_rehearse_plot_style[];

/* after NULL: only before. */
void etalon_rehearse_plot(const struct attack *attack, const struct outcome *before,
                          const struct outcome *after, double settle_s,
                          struct etalon_rehearse_page *page);
