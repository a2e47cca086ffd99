/* The keeper's diary: every input that it is given, in order, so that its decisions can be made
 * again from the ledger and compared (jobs/replay).
 *
 * Exchanges are records of their own (RECORD_SAMPLE); what comes between two of them (wakes above
 * all, two a second) is packed into RECORD_JOURNAL, each of which carries a hash chain over what
 * the keeper did: digest' = SHA-256(digest || what was done). */
#pragma once

#include "jobs/job.h"
#include "jobs/record.h"

struct journal {
    bool on; /* false: every call does nothing */
    struct record_journal page;
    struct mono now; /* of the event before, 0 at the start of a page; likewise: */
    int64_t realtime_ns, suspended_ns; /* CLOCK_REALTIME minus the counter */
    double error_s, adjusted;
};

void journal_init(struct journal *journal, bool on);
/* Before the event is acted upon. */
void journal_take(struct journal *journal, const struct event *event, struct outbox *outbox);
/* After it: what stands in the outbox from `first` on. */
void journal_chain(struct journal *journal, const struct outbox *outbox, size_t first);
/* What was published. */
void journal_chain_clock(struct journal *journal, const struct clock_state *state);
/* Posts what was taken; nothing if that is nothing. */
void journal_flush(struct journal *journal, struct outbox *outbox);

/* Reads the events of a page back. */
struct journal_cursor {
    struct journal state; /* of the packing, nothing else */
    size_t at;
    struct message message;
};
void journal_open(struct journal_cursor *cursor, const struct record_journal *page);
/* The next event, with entropy NULL; its message, if any, is in the cursor. False: that was all.
 * ERR_SHORT, ERR_RANGE, ERR_KIND, ...: the page is damaged. */
MUST_USE enum err journal_next(struct journal_cursor *cursor, struct event *event, bool *end);
