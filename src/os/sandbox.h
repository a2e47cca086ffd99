/* What a process gives up: root, capabilities, files, system calls. Every step says what came of
 * it; a kernel that lacks one is no reason not to take the others.
 *
 * The parent drops root once everything that needs it is open, keeping CAP_SYS_TIME only if a
 * keeper of its will steer the clock; each job then drops the rest. Builds with AddressSanitizer
 * keep files and system calls, because the sanitizer needs them to report. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/limits.h"
#include "jobs/message.h"

enum { SANDBOX_TEXT_BYTES = sizeof((struct message_process *)0)->sandbox };

/* If we are root, becomes `user` (empty: stays root); gives up every capability but CAP_SYS_TIME,
 * and that too unless keep_time. False: why names what failed. */
MUST_USE bool sandbox_drop_root(const char *user, bool keep_time, char *why, size_t why_room);

/* True in builds that keep files and system calls. */
bool sandbox_left_off(void);

struct sandbox_wish {
    enum job_id job;
    bool steers;               /* keeper: keep CAP_SYS_TIME and the call that uses it */
    const char *modify_dir;    /* parent: where it writes; NULL: nowhere */
    const char *keys_dir;      /* parent: a second such directory; NULL: none */
    const char *reports_dir;   /* parent: a third; NULL: none */
    const char *ledger_dir;    /* recorder, and so the parent: the ledger; NULL: none */
    const char *public_dir;    /* mirror: the public side of the ledger; NULL: none */
    const char *remove_dir;    /* parent: where it removes its control socket; NULL: nowhere */
    const uint16_t *tcp_ports; /* keyer, and so the parent: what it connects to */
    size_t tcp_port_count;
};

/* Enters the sandbox of a job, for good. achieved: for people, such as
 * "seccomp landlock-7 nnp user=etalon caps=none". */
void sandbox_enter(const struct sandbox_wish *wish, char achieved[SANDBOX_TEXT_BYTES]);
