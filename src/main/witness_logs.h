/* Which logs: verifier keys given one by one, or those of policy files. Keys of one origin are
 * gathered, so that a log may rotate its key. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "ledger/policy.h"
#include "ledger/witness.h"

struct witness_logs {
    size_t count;
    struct witness_log log[LIMIT_WITNESS_LOGS];
};

enum { WITNESS_LOGS_WHY_BYTES = LIMIT_PATH_BYTES + LIMIT_LOG_LINE_BYTES + 64 };

/* A verifier key, or the path of a policy file. */
bool witness_logs_add(struct witness_logs *logs, const char *text,
                      char why[WITNESS_LOGS_WHY_BYTES]);
/* The logs of a policy. False: too many. */
bool witness_logs_add_policy(struct witness_logs *logs, const struct policy *policy);
/* NULL: none of that origin. */
const struct witness_log *witness_logs_find(const struct witness_logs *logs, const char *origin);
/* Reads and parses a policy file. */
bool witness_logs_read_policy(const char *path, struct policy *out,
                              char why[WITNESS_LOGS_WHY_BYTES]);
/* Keys of a file public/vkey of a ledger, one a line: they go into the policy. */
bool witness_logs_read_vkeys(const char *text, size_t length, struct policy *policy);
