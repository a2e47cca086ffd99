/* The clock page: a clock_state under a sequence lock. */
#include "clock/clock_page.h"

#include "base/seqlock.h"

_Static_assert(sizeof(struct clock_state) <= CLOCK_PAGE_WORDS * sizeof(uint64_t),
               "the clock page is too small");

void clock_page_publish(struct clock_page *page, const struct clock_state *state) {
    seqlock_write(&page->sequence, page->words, state, sizeof *state);
}

enum err clock_page_read(const struct clock_page *page, struct clock_state *out) {
    struct clock_state state;
    enum err err = seqlock_read(&page->sequence, page->words, &state, sizeof state);
    if (err == ERR_OK) *out = state;
    return err;
}
