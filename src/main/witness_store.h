/* What a witness remembers: for each log the checkpoint that it cosigned last, in
 * DIR/<hex SHA-256 of the origin>/checkpoint, and DIR/evidence/. One process at a time (DIR/lock).
 *
 * Invariant: what was cosigned is on disk before anybody gets the cosignature, and a record that
 * cannot be read stops the witness, because one that forgets can be led to sign two histories. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "ledger/witness.h"
#include "main/witness_logs.h"

struct witness_store_log {
    char path[LIMIT_PATH_BYTES]; /* of the record */
    struct witness_state state;
    size_t record_length;                        /* 0: none */
    char record[LIMIT_WITNESS_RECORD_BYTES + 1]; /* so that what is too long is seen */
};

struct witness_store {
    const char *directory;
    int lock;
    const struct witness_logs *logs;
    struct witness_store_log log[LIMIT_WITNESS_LOGS]; /* as logs */
};

enum { WITNESS_STORE_WHY_BYTES = 2 * LIMIT_PATH_BYTES + 256 };

/* Makes what is missing, locks, reads. False: why names the file and what is wrong. */
bool witness_store_open(struct witness_store *store, const char *directory,
                        const struct witness_logs *logs, char why[WITNESS_STORE_WHY_BYTES]);
/* Puts the verdict's record on disk and remembers it. False: it is not on disk, the old one is. */
bool witness_store_keep(struct witness_store *store, size_t log,
                        const struct witness_verdict *verdict, const char **why);
void witness_store_close(struct witness_store *store);
