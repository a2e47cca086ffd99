/* A page of shared memory with one writer (the clock page, the key page): an anonymous file, sealed
 * so that nobody but the processes that inherit the writer's mapping can change it.
 *
 * The parent maps it writable, then seals future writing (F_SEAL_FUTURE_WRITE), then maps it
 * read-only. The writing job inherits the first mapping by fork, also when it is restarted; every
 * other job gives it up and keeps the second, which the seal prevents from ever becoming writable,
 * or forgets both. */
#pragma once

#include <stdbool.h>

#include <stddef.h>

#include "base/err.h"

struct page {
    void *writer; /* NULL once given up */
    const void *reader;
    size_t bytes;
    bool sealed;
};

/* Of zeros; name: for the kernel's lists. False: *why says which call failed. */
MUST_USE bool page_create(struct page *page, const char *name, size_t bytes, const char **why);
/* Unmaps the writable view in this process. */
void page_renounce(struct page *page);
/* Unmaps both views. */
void page_forget(struct page *page);
