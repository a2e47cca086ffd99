/* leap-seconds.list as published by IERS and shipped in tzdata: text to struct leap_table.
 * Lines: '#@' expiry and '#$' update in NTP seconds, '#h' SHA-1 over the digits, data lines
 * "NTP-seconds TAI-UTC # comment". The hash is checked where present. */
#pragma once

#include <stddef.h>

#include "base/err.h"
#include "clock/leap.h"

/* ERR_SYNTAX (with *line, counted from 1), ERR_RANGE for values out of order, ERR_FULL. */
MUST_USE enum err leap_list_parse(const char *text, size_t length, struct leap_table *out,
                                  size_t *line);
