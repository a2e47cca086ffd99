/* Many independent tasks on all processors: forked processes that take the next task from a shared
 * counter and leave its result in shared memory. A progress bar on a terminal; an interruption
 * (Ctrl-C) ends it early with what is done. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct etalon_pool {
    uint64_t count; /* tasks are numbered from 0 */
    unsigned jobs;  /* processes; 0: one for each processor */
    size_t result_bytes;
    /* In a process of its own: fills the result, which was zeroed. */
    void (*work)(void *context, uint64_t task, void *result);
    void *context;
    const char *what; /* for the progress bar, "runs"; NULL: no bar */
};

enum etalon_pool_end { ETALON_POOL_DONE, ETALON_POOL_INTERRUPTED, ETALON_POOL_FAILED };

struct etalon_pool_results {
    enum etalon_pool_end end;
    uint64_t done;          /* tasks */
    bool *has;              /* [count] */
    unsigned char *results; /* [count][result_bytes] */
    size_t bytes;           /* of the mapping */
    void *mapping;
};

/* ETALON_POOL_FAILED: a process died or could not be made; what is wrong was said. */
struct etalon_pool_results etalon_pool_run(const struct etalon_pool *pool);
void etalon_pool_free(struct etalon_pool_results *results);
