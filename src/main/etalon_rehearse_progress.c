/* See the header. One line, written over. */
#include "main/etalon_rehearse_progress.h"

#include <stdio.h>
#include <unistd.h>

enum { BAR = 30 };

void etalon_rehearse_progress_begin(struct etalon_rehearse_progress *progress) {
    *progress = (struct etalon_rehearse_progress){.shown = isatty(STDERR_FILENO) == 1, .what = ""};
}

void etalon_rehearse_progress_show(const struct etalon_rehearse_progress *progress, size_t done,
                                   size_t all) {
    if (!progress->shown || all == 0) return;
    size_t filled = done * BAR / all;
    fputs("\r[", stderr);
    for (size_t i = 0; i < BAR; i++) fputc(i < filled ? '#' : '.', stderr);
    fprintf(stderr, "] %zu of %zu: %s\033[K", done, all, progress->what);
}

void etalon_rehearse_progress_clear(const struct etalon_rehearse_progress *progress) {
    if (progress->shown) fputs("\r\033[K", stderr);
}
