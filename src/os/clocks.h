/* Reading the kernel's clocks, and bringing packet stamps onto the local counter.
 *
 * Linux stamps packets with CLOCK_REALTIME only. Etalon counts in CLOCK_MONOTONIC_RAW, which
 * nobody can step or slew; so a stamp is carried over by a reading of both clocks made right after
 * it was fetched. What comes out is a counter value with an error, or a refusal. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/times.h"
#include "jobs/job.h"

struct mono clocks_mono(void);

/* Both clocks together: the first tight bracket RAW, REALTIME, RAW, or the tightest of a few. */
void clocks_read(struct kernel_reading *out);

/* The counter value at which CLOCK_REALTIME read `stamp`. `now` must have been read after the
 * stamp was fetched. False (out-parameters untouched) if the stamp lies after `now` or more than a
 * second before it, as when CLOCK_REALTIME was stepped in between: the caller then uses a reading
 * of its own. *error_s: largest error, from the reading and from CLOCK_REALTIME being slewed. */
MUST_USE bool clocks_from_stamp(const struct kernel_reading *now, struct utc stamp,
                                struct mono *out, double *error_s);

/* log2 of the seconds that reading the counter takes, or of its resolution if that is coarser
 * (precision in RFC 5905 section 7.3). */
int8_t clocks_precision_log2s(void);
/* The clock to serve from, read from the page into *out; NULL if there is none, or if the machine
 * slept since it was published. */
const struct clock_state *clocks_from_page(const struct clock_page *page,
                                           const struct kernel_reading *now,
                                           struct clock_state *out);
