/* What `submit` and `follow` remember of a log between two looks: the last good checkpoint, in
 * DIR/last-<16 hex of the origin's hash>, whose date is when the log last grew; and findings.
 *
 * Invariant: only a checkpoint that continues the last one takes its place, whichever key signed
 * that one; and what is there and cannot be read is never taken for nothing. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "main/witness_findings.h"
#include "main/witness_source.h"

struct witness_memory {
    const char *directory;
    int lock;
    struct witness_findings findings;
    struct witness_source_note last; /* that was read last */
    bool broken;                     /* the memory itself failed, and not the log */
};

enum { WITNESS_MEMORY_WHY_BYTES = LIMIT_PATH_BYTES + 128 };

/* Makes the directory if need be, and locks it. False: why. */
bool witness_memory_open(struct witness_memory *memory, const char *directory,
                         char why[WITNESS_MEMORY_WHY_BYTES]);
void witness_memory_close(struct witness_memory *memory);

/* Path of a file for that log: DIR/<what>-<16 hex>. False: too long. */
bool witness_memory_path(const struct witness_memory *memory, const char *what, const char *origin,
                         char out[LIMIT_PATH_BYTES]);
/* A checkpoint of the source, opened: is it the last one, or does it continue it? It is remembered
 * then. ERR_PROOF: it does not, which is a finding by now. ERR_IO and others: the tiles or the
 * memory (then it is broken) cannot be read or written; the source's why says more. */
enum err witness_memory_take(struct witness_memory *memory, struct witness_source *source,
                             const struct policy *policy, const struct witness_source_note *note);
/* Seconds since the log last grew, by the machine's clock; 0 if nothing is remembered. */
double witness_memory_age(const struct witness_memory *memory, const char *origin);
