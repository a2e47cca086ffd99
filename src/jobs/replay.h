/* The keeper run again from what the ledger holds: the same inputs must give the same records, byte
 * for byte, in the same order (its verdicts, intents, effects, and the hash chain over the rest).
 *
 * What a keeper did after its last recorded input, before it died, cannot be run again, nor what
 * follows a gap until the next keeper begins: both are counted, not guessed. */
#pragma once

#include "clock/clock_page.h"
#include "config/config.h"
#include "jobs/job.h"
#include "jobs/keeper.h"
#include "jobs/record.h"

/* REPLAY_TAIL: more than that does not come after a keeper's last page. */
enum { REPLAY_PENDING = 1024, REPLAY_TAIL = 64 };

struct replay_pending {
    uint64_t index; /* in the ledger */
    uint8_t kind;   /* enum record_kind */
    uint8_t digest[RECORD_DIGEST_BYTES];
};

struct replay {
    const struct config *config;
    void *memory;          /* keeper_bytes() */
    struct keeper *keeper; /* NULL: none began yet, or it cannot be followed */
    struct clock_page page;
    struct outbox outbox;
    /* What one side has and the other not yet: recorded and not made again, or, with ahead, made
     * and not read. */
    struct replay_pending pending[REPLAY_PENDING];
    size_t first, count;
    bool ahead;
    uint64_t keepers, events, records; /* begun; run again; that came out the same */
    uint64_t unreplayable;             /* records; of these, what */
    uint64_t tail;                     /* keepers did after their last page of inputs */
    bool overrun; /* more was made than the ledger has of it: it cannot be compared */
    bool differs;
    uint64_t differs_index; /* the first record that came out differently, and */
    uint8_t differs_kind;
};

/* memory: keeper_bytes(config), aligned for any type. */
void replay_init(struct replay *replay, const struct config *config, void *memory);
/* A record of the keeper, in the ledger's order. ERR_OK; ERR_PROOF: it, or one before it, came out
 * differently (replay->differs); others: it cannot be read. */
MUST_USE enum err replay_take(struct replay *replay, uint64_t index, enum record_kind kind,
                              const uint8_t *bytes, size_t length);
/* Records are missing here: nothing is made again until the next keeper begins. */
void replay_gap(struct replay *replay);
/* No record of this keeper follows. */
void replay_end(struct replay *replay);
