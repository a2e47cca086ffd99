/* Quantities and instants as text for people: lengths of time with a unit that fits, ages,
 * frequencies, UTC, reference identifiers, and an interval drawn as a bar.
 *
 * Every function fills out, always terminated, and returns it. ASCII, except bars drawn in UTF-8.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/times.h"

enum { TEXT_BYTES = 48, TEXT_BAR_COLUMNS = 60, TEXT_BAR_BYTES = 4 * TEXT_BAR_COLUMNS + 1 };

/* Four significant digits and ns, us, ms or s: "12.34 us", "250 ns"; "-" if not finite. */
const char *text_seconds(double seconds, char out[TEXT_BYTES]);
/* The same with a sign: "+12.34 us". */
const char *text_signed_seconds(double seconds, char out[TEXT_BYTES]);
/* For ages and intervals between polls: "0.5 s", "12 s", "3.5 min", "7.2 h", "12 d". */
const char *text_age(double seconds, char out[TEXT_BYTES]);
/* A rate in s/s as "1.234 ppm", or ppb below 0.001 ppm; and with a sign. */
const char *text_rate(double rate, char out[TEXT_BYTES]);
const char *text_signed_rate(double rate, char out[TEXT_BYTES]);
/* RFC 3339 with nanoseconds: "2026-01-31T23:59:59.000000001Z". */
const char *text_utc(struct utc utc, char out[TEXT_BYTES]);
/* RFC 5905 section 7.3: for stratum 0 (kiss code), 1 and 16 or more the four letters, where they
 * are letters; else an IPv4 address (or the first bytes of the hash of an IPv6 address). */
const char *text_reference_id(uint32_t id, uint8_t stratum, char out[TEXT_BYTES]);

/* Where a bar is drawn: width columns (2 to TEXT_BAR_COLUMNS) from low to high, low < high. */
struct text_scale {
    double low, high;
    size_t width;
    bool utf8;
};

/* [lower, upper] with a mark at middle, and a guide line at zero. What lies outside the scale is
 * shown by an arrow at the edge. Values must be finite; drawn blank otherwise. */
const char *text_bar(const struct text_scale *scale, double lower, double middle, double upper,
                     char out[TEXT_BAR_BYTES]);
/* Columns that UTF-8 text takes on a terminal, each character counted as one. */
size_t text_columns(const char *utf8);
