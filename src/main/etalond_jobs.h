/* Building the jobs: one in a process of its own, or all in one. */
#pragma once

#include <signal.h>

#include "main/etalond.h"

/* In a child: becomes that job, for good. */
_Noreturn void etalond_jobs_become(struct etalond *etalond, enum job_id job, uint8_t instance,
                                   int ready_fd);
/* All jobs in this process, until *stop. */
void etalond_jobs_run_all(struct etalond *etalond, const volatile sig_atomic_t *stop);
