/* Waiting between two rounds of a command-line tool, ended early by SIGINT or SIGTERM. */
#pragma once

#include <stdbool.h>

/* From now on SIGINT and SIGTERM end pauses instead of the process. */
void pause_catch_signals(void);
/* False if such a signal came, now or before. */
bool pause_seconds(double seconds);
