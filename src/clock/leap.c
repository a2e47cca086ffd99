/* Leap second arithmetic. Invariant of a table: entries ascend in utc_s and neighbours differ by
 * exactly one second (the parser refuses anything else). Source: RFC 5905 section 7.3 for the
 * indicator, POSIX.1-2017 4.16 for the count that repeats or skips a second. */
#include "clock/leap.h"

#include <stddef.h>

enum { DAY_S = 86400, TAI_UTC_1972_S = 10, TAI_UTC_2017_S = 37 };

static const int64_t utc_2017_s = INT64_C(1483228800);

void leap_default(struct leap_table *table) {
    *table = (struct leap_table){
        .count = 1,
        .entries = {{.utc_s = utc_2017_s, .tai_utc_s = TAI_UTC_2017_S}},
    };
}

static int32_t offset_before(const struct leap_table *table, uint32_t index) {
    if (index > 0) return table->entries[index - 1].tai_utc_s;
    /* A table that begins late (the default one) stands for its first value at all times. */
    return table->count > 1 ? TAI_UTC_1972_S : table->entries[0].tai_utc_s;
}

static int64_t floor_s(int64_t ns) {
    return ns >= 0 ? ns / NS_PER_S : -((-ns + NS_PER_S - 1) / NS_PER_S);
}

int32_t leap_offset_at(const struct leap_table *table, struct utc utc) {
    int64_t utc_s = floor_s(utc.ns);
    for (uint32_t i = table->count; i > 0; i--)
        if (utc_s >= table->entries[i - 1].utc_s) return table->entries[i - 1].tai_utc_s;
    return table->count ? offset_before(table, 0) : TAI_UTC_2017_S;
}

struct tai leap_tai_from_utc(const struct leap_table *table, struct utc utc) {
    return (struct tai){utc.ns + leap_offset_at(table, utc) * NS_PER_S};
}

/* The TAI second at which POSIX UTC starts to use the entry's offset: where an inserted second
 * begins to repeat 23:59:59, or where a deleted one is left out. */
static int64_t transition_tai_s(const struct leap_table *table, uint32_t index) {
    int32_t before = offset_before(table, index), after = table->entries[index].tai_utc_s;
    return table->entries[index].utc_s + (before < after ? before : after);
}

struct utc leap_utc_from_tai(const struct leap_table *table, struct tai tai) {
    int64_t tai_s = floor_s(tai.ns);
    int32_t offset = table->count ? offset_before(table, 0) : TAI_UTC_2017_S;
    for (uint32_t i = table->count; i > 0; i--) {
        if (tai_s < transition_tai_s(table, i - 1)) continue;
        offset = table->entries[i - 1].tai_utc_s;
        break;
    }
    return (struct utc){tai.ns - offset * NS_PER_S};
}

enum leap_indicator leap_indicator_at(const struct leap_table *table, struct tai tai) {
    int64_t utc_s = floor_s(leap_utc_from_tai(table, tai).ns);
    int64_t day = utc_s >= 0 ? utc_s / DAY_S : -((-utc_s + DAY_S - 1) / DAY_S);
    for (uint32_t i = table->count; i > 0; i--) {
        if (table->entries[i - 1].utc_s != (day + 1) * DAY_S) continue;
        int32_t step = table->entries[i - 1].tai_utc_s - offset_before(table, i - 1);
        return step > 0 ? LEAP_INSERT : step < 0 ? LEAP_DELETE : LEAP_NONE;
    }
    return LEAP_NONE;
}

bool leap_next(const struct leap_table *table, struct tai tai, struct tai *at, int32_t *after_s) {
    for (uint32_t i = 0; i < table->count; i++) {
        int64_t transition_s = transition_tai_s(table, i);
        if (transition_s * NS_PER_S <= tai.ns) continue;
        *at = (struct tai){transition_s * NS_PER_S};
        *after_s = table->entries[i].tai_utc_s;
        return true;
    }
    return false;
}

bool leap_valid_at(const struct leap_table *table, struct utc utc) {
    return floor_s(utc.ns) < table->expires_utc_s;
}

/* First day, counted from 1970, of the month after the one that holds `day`, if that month is
 * January or July; else -1. Proleptic Gregorian calendar. */
static int64_t half_year_after(int64_t day) {
    for (int64_t year = 1970, start = 0;; year++) {
        bool is_leap_year = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        int64_t length = is_leap_year ? 366 : 365, july = start + (is_leap_year ? 182 : 181);
        if (day >= july - 30 && day < july) return july;
        if (day >= start + length - 31 && day < start + length) return start + length;
        start += length;
        if (start > day) return -1;
    }
}

bool leap_announce(struct leap_table *table, struct utc utc, enum leap_indicator indicator) {
    if (indicator != LEAP_INSERT && indicator != LEAP_DELETE) return false;
    if (leap_valid_at(table, utc) || utc.ns < 0 || table->count >= LIMIT_LEAPS) return false;
    int64_t day = half_year_after(floor_s(utc.ns) / DAY_S);
    if (day < 0) return false;
    if (table->count && table->entries[table->count - 1].utc_s >= day * DAY_S) return false;
    int32_t step = indicator == LEAP_INSERT ? 1 : -1;
    int32_t before = leap_offset_at(table, utc);
    table->entries[table->count++] =
        (struct leap_entry){.utc_s = day * DAY_S, .tai_utc_s = before + step};
    return true;
}

bool leap_revoke(struct leap_table *table, struct utc utc) {
    if (table->count < 2) return false;
    int64_t last_s = table->entries[table->count - 1].utc_s;
    if (last_s <= floor_s(utc.ns) || last_s < table->expires_utc_s) return false;
    table->count--;
    return true;
}

static void append(struct leap_table *table, int64_t utc_s, int32_t tai_utc_s) {
    if (table->count >= LIMIT_LEAPS) return;
    if (table->count && table->entries[table->count - 1].utc_s >= utc_s) return;
    table->entries[table->count++] = (struct leap_entry){utc_s, tai_utc_s};
}

void leap_restore(struct leap_table *table, struct tai tai, int32_t tai_utc_s, struct tai next,
                  int32_t after_s) {
    struct utc utc = {tai.ns - tai_utc_s * NS_PER_S};
    if (leap_valid_at(table, utc)) return;
    struct utc ours = leap_utc_from_tai(table, tai);
    if (ours.ns != utc.ns) append(table, floor_s(utc.ns) / DAY_S * DAY_S, tai_utc_s);
    if (after_s == tai_utc_s || next.ns <= tai.ns) return;
    int32_t least = after_s < tai_utc_s ? after_s : tai_utc_s;
    append(table, floor_s(next.ns) - least, after_s);
}
