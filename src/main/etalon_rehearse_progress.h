/* A progress bar on standard error, where that is a terminal. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct etalon_rehearse_progress {
    bool shown;
    const char *what;
};

void etalon_rehearse_progress_begin(struct etalon_rehearse_progress *progress);
void etalon_rehearse_progress_show(const struct etalon_rehearse_progress *progress, size_t done,
                                   size_t all);
void etalon_rehearse_progress_clear(const struct etalon_rehearse_progress *progress);
