/* Which sources tell the truth: intervals vote (Marzullo 1984; RFC 5905 section 11.2.1).
 *
 * The agreed interval is the hull of all points that lie in at least `needed` intervals. If at most
 * voters - needed of the voters lie, the truth lies in the intervals of the others, hence in the
 * agreed one. RFC 5905 looks for the largest agreement instead, which is narrower but may miss the
 * truth when liars overlap with some honest sources. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "clock/epoch.h"

/* voters <= LIMIT_SOURCES + 1. True and *agreed if some point lies in `needed` (>= 1) intervals. */
bool select_agreed(const struct interval *intervals, uint32_t voters, uint32_t needed,
                   struct interval *agreed);
/* How many of the voters must agree where `known` sources could speak, of which fewer than half
 * lie: the silent ones may all be honest. 0: no agreement of the voters proves anything. */
uint32_t select_needed(uint32_t voters, uint32_t known);

static inline bool select_overlaps(const struct interval *a, const struct interval *b) {
    return a->lower <= b->upper && b->lower <= a->upper;
}

static inline struct interval select_common(const struct interval *a, const struct interval *b) {
    return (struct interval){a->lower > b->lower ? a->lower : b->lower,
                             a->upper < b->upper ? a->upper : b->upper};
}
