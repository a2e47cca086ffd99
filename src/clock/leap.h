/* Leap seconds: the only place where UTC and TAI are converted into each other.
 *
 * A table lists, ascending, from which UTC instant on TAI - UTC has which value (IERS Bulletin C,
 * as carried by leap-seconds.list; parsed in config/leap_list). During an inserted leap second
 * POSIX UTC repeats 23:59:59; leap_utc_from_tai maps it onto the repetition (the same count
 * twice), and leap_tai_from_utc takes the earlier of the two instants. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/times.h"

struct leap_entry {
    int64_t utc_s;     /* first UTC second (Unix count) with this offset */
    int32_t tai_utc_s; /* TAI - UTC */
};

struct leap_table {
    int64_t expires_utc_s; /* after this the table says nothing; 0: no table was given */
    uint32_t count;
    struct leap_entry entries[LIMIT_LEAPS];
};

/* The leap indicator of RFC 5905 figure 9. */
enum leap_indicator { LEAP_NONE = 0, LEAP_INSERT = 1, LEAP_DELETE = 2, LEAP_ALARM = 3 };

/* A table for hosts without a list: the one known value, 37 s, at all times; already expired. */
void leap_default(struct leap_table *table);
/* TAI - UTC in seconds at that UTC instant; before the first entry the first value (10 s). */
int32_t leap_offset_at(const struct leap_table *table, struct utc utc);
struct tai leap_tai_from_utc(const struct leap_table *table, struct utc utc);
struct utc leap_utc_from_tai(const struct leap_table *table, struct tai tai);
/* INSERT or DELETE while a leap second ends the current UTC day, else NONE. Never ALARM. */
enum leap_indicator leap_indicator_at(const struct leap_table *table, struct tai tai);
/* The first change of TAI - UTC after that instant: when POSIX UTC starts to use the new value
 * (where an inserted second begins to repeat 23:59:59), and the value. False if none is known. */
bool leap_next(const struct leap_table *table, struct tai tai, struct tai *at, int32_t *after_s);
/* True while the table is not expired at that time. */
bool leap_valid_at(const struct leap_table *table, struct utc utc);
/* Adds a leap second at the end of the UTC month that holds utc, if month ends in June or
 * December, none is listed there and the table has expired: what a majority of sources announced
 * (RFC 5905 section 7.3) is believed only where no list speaks. Returns true if added. */
bool leap_announce(struct leap_table *table, struct utc utc, enum leap_indicator indicator);
/* Takes back a leap second that leap_announce added and that has not passed yet. */
bool leap_revoke(struct leap_table *table, struct utc utc);
/* What a former keeper knew at that time, where no valid list speaks: TAI - UTC then, and the next
 * change of it (after_s == tai_utc_s: none). */
void leap_restore(struct leap_table *table, struct tai tai, int32_t tai_utc_s, struct tai next,
                  int32_t after_s);
