/* Making a process for a job: fork without exec, and nothing inherited that was not named. */
#pragma once

#include <signal.h>
#include <stddef.h>
#include <sys/types.h>

/* fork(). In the child (0): no signal is blocked, SIGTERM ends it, SIGINT and SIGHUP (which a
 * terminal sends to everybody) are ignored, and it does not outlive its parent. name: for ps and
 * the log, "keeper". */
pid_t process_fork(const char *name);

/* Closes every descriptor above standard error that is not in keep (which is sorted by the call;
 * negative ones are skipped). */
void process_keep_only(int *keep, size_t count);

/* Lets so many descriptors be open, or as many as the hard limit allows; returns how many. */
size_t process_descriptors(size_t wanted);

/* From now on these signals only raise the flag. */
const volatile sig_atomic_t *process_stop_on(const int *signals, size_t count);

/* Tells the parent that the job is ready, and what its sandbox achieved. */
void process_report(int ready_fd, const char *text);

/* What waitpid() reported, for people: "was killed by signal 9 (Killed)". */
const char *process_fate(int status, char *out, size_t room);
