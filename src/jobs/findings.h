/* What witnesses found: `etalon-witness submit` adds a line to the ledger's inbox for each finding
 * (a fork, a split view, a stall; etalon-witness(1)), and each line becomes an entry, so that what
 * was said against the ledger is in the ledger. The lines are somebody else's words: text, never
 * read as anything else.
 *
 * Whoever may write the inbox can make entries this way, so no more than LIMIT_FINDINGS_LOOK lines
 * are taken every five seconds, and of each LIMIT_FINDING_BYTES; what is more waits, or is left
 * out. How far it was read is remembered in a file once the entries are durable: a crash may record
 * a line twice, and loses none. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/times.h"
#include "ledger/store.h"

#define FINDINGS_INBOX    STORE_INBOX "/findings"
#define FINDINGS_READ     "findings-read" /* "<bytes>\n" */
#define FINDINGS_READ_NEW "findings-read.new"

struct findings {
    const struct ledger_store *store; /* NULL: nothing is looked at */
    struct mono next;                 /* look */
    uint64_t offset;                  /* of the next line */
    uint64_t read;                    /* what the file says; may be less */
    bool recalled;
    bool skipping; /* the rest of a line that is too long */
    size_t used;
    char bytes[LIMIT_FINDING_BYTES + 2];
    char line[LIMIT_FINDING_BYTES + 1];
    bool cut;     /* there was more of that line */
    enum err err; /* of the inbox, as it was told last */
};

void findings_init(struct findings *findings, const struct ledger_store *store);
/* Whether it is time to look. Then the next time is set, and findings_take may be called. */
bool findings_due(struct findings *findings, struct mono now);
/* The next line, into findings->line. ERR_STALE: none; other errors: the inbox cannot be read, or
 * was begun anew (ERR_DAMAGED), and is read from its start from now on. */
MUST_USE enum err findings_take(struct findings *findings);
/* The line that was taken last has become an entry: the next one is next. */
void findings_pass(struct findings *findings);
/* All that was passed is durable. Fails in silence: then it is read once more after a restart. */
void findings_keep(struct findings *findings);
