/* The system calls each job may make: seccomp allow-lists (libseccomp), arguments filtered where
 * that matters. A call outside the list ends the process; the resolver, in which the C library
 * loads modules that nobody here chose, gets EPERM instead. */
#pragma once

#include <stdbool.h>

#include "jobs/message.h"

/* Installs the filter of that job; steers: the keeper may adjust the clock. The parent, whose
 * filter its children inherit, is denied what none of them needs (exec, ptrace, mount and more).
 * False: no filter is in force; *why says what failed. */
bool syscalls_restrict(enum job_id job, bool steers, const char **why);
