/* leap-seconds.list as published by IERS and shipped in tzdata: text to struct leap_table.
 * Lines: '#@' expiry and '#$' update in NTP seconds, '#h' SHA-1 over the digits, data lines
 * "NTP-seconds TAI-UTC # comment". The hash is checked where present. */
#pragma once

#include <stddef.h>

#include "base/err.h"
#include "clock/leap.h"

/* ERR_SYNTAX (also where the expiry or all data lines are missing, or the hash differs), ERR_RANGE
 * for values out of order, steps other than one second, or instants off midnight, ERR_FULL. On
 * failure *line is the line to blame, counted from 1: the last one if none is. */
MUST_USE enum err leap_list_parse(const char *text, size_t length, struct leap_table *out,
                                  size_t *line);
