/* Going into the background, and what becomes of standard error there.
 *
 * The process that the shell started waits until the daemon is ready and ends with its verdict.
 * The daemon and its jobs write their lines into a pipe that the parent reads and hands to syslog;
 * so jobs need no right to talk to the log daemon. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct background {
    int verdict; /* the first process waits for a byte here; -1: told already, or foreground */
    int lines;   /* read end of the log pipe; -1: foreground */
    char line[1024];
    size_t used;
};

void background_none(struct background *background);
/* Returns in the daemon only. False: errno says why, and we are still in the foreground. */
MUST_USE bool background_enter(struct background *background);
/* Lets the first process end with that exit code. */
void background_tell(struct background *background, unsigned char exit_code);
/* Hands the lines that wait to syslog; call when `lines` is readable. */
void background_forward(struct background *background);
