/* The clock page: one writer (the keeper), many readers, shared memory, no locks.
 *
 * A sequence lock over the words of a struct clock_state: odd while they are being written, and
 * readers try again. A reader gets a whole snapshot or ERR_STALE. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#include "base/err.h"
#include "clock/clock_state.h"

enum { CLOCK_PAGE_WORDS = 32 };

struct clock_page {
    _Atomic uint64_t sequence; /* 0: never published */
    _Atomic uint64_t words[CLOCK_PAGE_WORDS];
};

/* Single writer. */
void clock_page_publish(struct clock_page *page, const struct clock_state *state);
/* ERR_STALE if nothing was ever published or the writer died while writing (bounded retries). */
MUST_USE enum err clock_page_read(const struct clock_page *page, struct clock_state *out);
