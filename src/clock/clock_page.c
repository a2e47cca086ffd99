/* Seqlock over 64-bit atomic words (Boehm, "Can seqlocks get along with programming language
 * memory models?", MSPC 2012). Invariant: an odd sequence means that the words are being written.
 */
#include "clock/clock_page.h"

#include <string.h>

enum { READ_TRIES = 1000 };

_Static_assert(sizeof(struct clock_state) <= CLOCK_PAGE_WORDS * sizeof(uint64_t),
               "the clock page is too small");

void clock_page_publish(struct clock_page *page, const struct clock_state *state) {
    uint64_t words[CLOCK_PAGE_WORDS] = {0};
    memcpy(words, state, sizeof *state);
    /* A writer that died half-way left an odd sequence: go on to the next odd one. */
    uint64_t odd = (atomic_load_explicit(&page->sequence, memory_order_relaxed) + 1) | 1;
    atomic_store_explicit(&page->sequence, odd, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    for (size_t i = 0; i < CLOCK_PAGE_WORDS; i++)
        atomic_store_explicit(&page->words[i], words[i], memory_order_relaxed);
    atomic_store_explicit(&page->sequence, odd + 1, memory_order_release);
}

enum err clock_page_read(const struct clock_page *page, struct clock_state *out) {
    uint64_t words[CLOCK_PAGE_WORDS];
    for (int try = 0; try < READ_TRIES; try++) {
        uint64_t before = atomic_load_explicit(&page->sequence, memory_order_acquire);
        if (before == 0) return ERR_STALE;
        if (before & 1) continue;
        for (size_t i = 0; i < CLOCK_PAGE_WORDS; i++)
            words[i] = atomic_load_explicit(&page->words[i], memory_order_relaxed);
        atomic_thread_fence(memory_order_acquire);
        if (atomic_load_explicit(&page->sequence, memory_order_relaxed) != before) continue;
        memcpy(out, words, sizeof *out);
        return ERR_OK;
    }
    return ERR_STALE;
}
