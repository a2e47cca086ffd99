/* What etalon-witness gives up before it hears a stranger: `serve` root, capabilities, files but
 * for its state, outgoing connections, system calls; `submit` and `follow`, which are clients of
 * strangers' servers, all files but for their state and what they read, running programs, and
 * listening. Their system calls are not filtered, for the system's name resolution chooses those;
 * the unit of systemd does. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/limits.h"

enum { WITNESS_SANDBOX_TEXT_BYTES = 96 };

/* modify: the directory that may be written beneath. achieved: for people. */
void witness_sandbox_enter(const char *modify, char achieved[WITNESS_SANDBOX_TEXT_BYTES]);
enum { WITNESS_SANDBOX_PLACES = LIMIT_WITNESS_LOGS + 1 };
/* The same for a client, which reads beneath those places and what name resolution and TLS need.
 * NULL places are skipped. */
void witness_sandbox_client(const char *modify, const char *const *places, size_t count,
                            char achieved[WITNESS_SANDBOX_TEXT_BYTES]);
