/* The key page: struct nts_keys under a sequence lock. Invariant: *out is whole or untouched, and
 * no torn copy stays on the stack. */
#include "jobs/key_page.h"

#include "crypto/wipe.h"

void key_page_publish(struct key_page *page, const struct nts_keys *keys) {
    seqlock_write(&page->sequence, page->words, keys, sizeof *keys);
}

uint64_t key_page_version(const struct key_page *page) {
    return atomic_load_explicit(&page->sequence, memory_order_acquire);
}

enum err key_page_read(const struct key_page *page, struct nts_keys *out) {
    struct nts_keys keys;
    enum err err = seqlock_read(&page->sequence, page->words, &keys, sizeof keys);
    if (err == ERR_OK) *out = keys;
    wipe(&keys, sizeof keys);
    return err;
}
