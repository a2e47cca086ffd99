/* Log lines of the daemon: one line, one write to standard error.
 *
 * In the foreground a line is "2026-11-21T10:00:00Z etalond[keeper]: text". Under a service manager
 * (INVOCATION_ID in the environment) and in the background it is "<6>etalond[keeper]: text": the
 * reader adds the time. A daemon in the background hands standard error to its parent process,
 * which forwards to syslog; so no job needs a right to talk to it. */
#pragma once

#include "jobs/job.h"

enum log_style { LOG_STYLE_TIMES, LOG_STYLE_PRIORITIES };

/* debug: lines of LOG_LEVEL_DEBUG are written too. */
void log_setup(enum log_style style, bool debug);
void log_restyle(enum log_style style);
/* For programs other than etalond: what their lines begin with; static text. */
void log_program(const char *program);
/* Who writes: "keeper"; static text, NULL for a plain "etalond:". */
void log_name(const char *name);

__attribute__((format(printf, 2, 3))) void log_line(enum log_level level, const char *format, ...);

/* Every line of LOG_LEVEL_INFO and above is handed to this too, without its head; NULL: nobody. The
 * first call hands over what was logged before it, too, as far as that was kept. */
void log_copy(void (*copy)(void *context, enum log_level level, const char *text), void *context);

/* Sends a finished line "<N>text" to the system's log daemon; reconnects when it was restarted. */
void log_forward(const char *line);
