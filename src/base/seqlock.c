/* Seqlock over 64-bit atomic words (Boehm, "Can seqlocks get along with programming language
 * memory models?", MSPC 2012). Invariant: an odd sequence means that the words are being written.
 */
#include "base/seqlock.h"

#include <string.h>

enum { READ_TRIES = 1000, WORD = sizeof(uint64_t) };

static size_t part(size_t length, size_t at) {
    return length - at < WORD ? length - at : WORD;
}

void seqlock_write(_Atomic uint64_t *sequence, _Atomic uint64_t *words, const void *bytes,
                   size_t length) {
    /* A writer that died half-way left an odd sequence: go on to the next odd one. */
    uint64_t odd = (atomic_load_explicit(sequence, memory_order_relaxed) + 1) | 1;
    atomic_store_explicit(sequence, odd, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    for (size_t at = 0; at < length; at += WORD) {
        uint64_t word = 0;
        memcpy(&word, (const char *)bytes + at, part(length, at));
        atomic_store_explicit(&words[at / WORD], word, memory_order_relaxed);
    }
    atomic_store_explicit(sequence, odd + 1, memory_order_release);
}

static void copy_out(const _Atomic uint64_t *words, void *bytes, size_t length) {
    for (size_t at = 0; at < length; at += WORD) {
        uint64_t word = atomic_load_explicit(&words[at / WORD], memory_order_relaxed);
        memcpy((char *)bytes + at, &word, part(length, at));
    }
}

enum err seqlock_read(const _Atomic uint64_t *sequence, const _Atomic uint64_t *words, void *bytes,
                      size_t length) {
    for (int try = 0; try < READ_TRIES; try++) {
        uint64_t before = atomic_load_explicit(sequence, memory_order_acquire);
        if (before == 0) return ERR_STALE;
        if (before & 1) continue;
        copy_out(words, bytes, length);
        atomic_thread_fence(memory_order_acquire);
        if (atomic_load_explicit(sequence, memory_order_relaxed) == before) return ERR_OK;
    }
    return ERR_STALE;
}
