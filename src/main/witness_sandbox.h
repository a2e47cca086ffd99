/* What `etalon-witness serve` gives up before it hears a stranger: root, capabilities, files but
 * for its state, outgoing connections, system calls. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { WITNESS_SANDBOX_TEXT_BYTES = 96 };

/* modify: the directory that may be written beneath. achieved: for people. */
void witness_sandbox_enter(const char *modify, char achieved[WITNESS_SANDBOX_TEXT_BYTES]);
