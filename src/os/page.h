/* The clock page in shared memory: one anonymous file, sealed so that nobody but the processes
 * that inherit the writer's mapping can change it.
 *
 * The parent maps it writable, then seals future writing (F_SEAL_FUTURE_WRITE), then maps it
 * read-only. Keepers inherit the first mapping by fork, also when they are restarted; every other
 * job gives it up and keeps the second, which the seal prevents from ever becoming writable. */
#pragma once

#include <stdbool.h>

#include "clock/clock_page.h"

struct page {
    struct clock_page *writer;       /* NULL once given up */
    const struct clock_page *reader; /* stays valid */
    bool sealed;
};

/* False: *why says which call failed. */
MUST_USE bool page_create(struct page *page, const char **why);
/* Unmaps the writable view in this process. */
void page_renounce(struct page *page);
