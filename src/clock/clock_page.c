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

bool clock_state_serves(const struct clock_state *state, struct mono m) {
    return state->synchronised && !mono_before(state->void_after, m) &&
           line_radius(&state->line, m) <= state->bound_max_s;
}

struct utc clock_state_utc(const struct clock_state *state, struct mono m) {
    struct tai tai = line_tai(&state->line, m);
    int32_t offset = tai.ns < state->next_leap.ns ? state->tai_utc_s : state->tai_utc_after_s;
    return (struct utc){tai.ns - offset * NS_PER_S};
}

enum leap_indicator clock_state_leap(const struct clock_state *state, struct mono m) {
    const int64_t day_ns = 86400 * NS_PER_S;
    if (!clock_state_serves(state, m)) return LEAP_ALARM;
    int32_t step = state->tai_utc_after_s - state->tai_utc_s;
    int64_t left = tai_diff(state->next_leap, line_tai(&state->line, m));
    /* The UTC day that ends with the leap second: it is one second longer or shorter, and an
     * inserted second still belongs to it. */
    int64_t past_ns = step > 0 ? NS_PER_S : 0;
    if (step == 0 || left <= -past_ns || left > day_ns - (step < 0 ? NS_PER_S : 0))
        return LEAP_NONE;
    return step > 0 ? LEAP_INSERT : LEAP_DELETE;
}

double clock_state_dispersion(const struct clock_state *state, struct mono m) {
    double rest = line_radius(&state->line, m) - state->root_delay_s / 2;
    return rest > 0 ? rest : 0;
}
