/* The key page: the cookie keys in shared memory, written by the keyer alone, read by the server
 * jobs without waiting (base/seqlock). It outlives the processes, so a keyer that is started again
 * goes on with the same keys. Holds secrets: jobs that need none of them unmap it. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#include "base/err.h"
#include "base/seqlock.h"
#include "proto/nts_cookie.h"

struct key_page {
    _Atomic uint64_t sequence;
    _Atomic uint64_t words[SEQLOCK_WORDS(sizeof(struct nts_keys))];
};

/* Single writer. */
void key_page_publish(struct key_page *page, const struct nts_keys *keys);
/* Changes with every publication; 0: never published. */
uint64_t key_page_version(const struct key_page *page);
/* ERR_STALE: none there, or its writer died while writing. */
MUST_USE enum err key_page_read(const struct key_page *page, struct nts_keys *out);
