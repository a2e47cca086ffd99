/* Many independent tasks on a few processes: each takes the next task that is left and puts its
 * result where the parent sees it. What a task computes depends on its index only, so the results
 * are the same whatever the number of processes; one that dies takes nobody else's work with it. */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum crew_end {
    CREW_DONE,
    CREW_INTERRUPTED, /* the flag was raised: what was done until then is there */
    CREW_FAILED,      /* a process died of a task, or none could be started */
};

struct crew {
    size_t tasks;
    unsigned jobs; /* processes; 0: one for each processor */
    size_t result_bytes;
    void (*work)(void *context, size_t task, void *result);
    /* Now and then, and at the end, in the parent; or NULL. */
    void (*tell)(void *context, size_t done);
    void *context;
    const volatile sig_atomic_t *stop; /* as of process_stop_on; or NULL */
    /* Filled by crew_run: */
    uint8_t *results; /* of task i at i * result_bytes; zeroed where it was not done */
    size_t done;
    size_t failed_task; /* CREW_FAILED: the first one that a process died of; SIZE_MAX: none */
};

enum crew_end crew_run(struct crew *crew);
/* Whether that task was done. */
bool crew_did(const struct crew *crew, size_t task);
void crew_release(struct crew *crew);
