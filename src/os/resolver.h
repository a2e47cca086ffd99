/* Names to addresses. The only code that parses DNS answers (in the C library); it runs in a job
 * of its own, so that what breaks there can neither hear nor tell the time. In `--single` a name is
 * looked up in the one loop, which waits for it: write addresses there where that matters. */
#pragma once

#include "jobs/message.h"
#include "os/mailbox.h"

/* Looks one name up; waits as long as the system's resolver does. Never fails: no answer is an
 * answer with count 0. */
void resolver_look_up(const struct message_resolve *question, struct message *answer);
/* The resolver job: serves its mailbox until the process is told to end. */
_Noreturn void resolver_run(struct mailboxes *boxes);
