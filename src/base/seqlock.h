/* A sequence lock over 64-bit words in shared memory: one writer, many readers, nobody waits.
 *
 * The sequence is odd while the words are being written; 0 says that they never were. A reader gets
 * a whole snapshot or ERR_STALE. */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Words that hold so many bytes. */
#define SEQLOCK_WORDS(bytes) (((bytes) + sizeof(uint64_t) - 1) / sizeof(uint64_t))

/* Single writer: the first length bytes of the words, which hold at least as many. */
void seqlock_write(_Atomic uint64_t *sequence, _Atomic uint64_t *words, const void *bytes,
                   size_t length);
/* ERR_STALE if nothing was ever written or the writer died while writing (bounded retries); bytes
 * may then hold a torn snapshot, which the caller throws away. */
MUST_USE enum err seqlock_read(const _Atomic uint64_t *sequence, const _Atomic uint64_t *words,
                               void *bytes, size_t length);
