/* Packets judged again: the same bytes must give the same verdict, an accepted reply the very
 * exchange that the keeper took, and every exchange that the keeper took must have had its packet.
 *
 * A receipt is posted before its sample, but the two come by different queues: a sample waits for
 * its receipt until a later packet of that source shows that none will come. What is known to be
 * missing is no contradiction: it is counted. */
#pragma once

#include "config/config.h"
#include "jobs/record.h"

enum {
    ETALON_REPLAY_RECEIPTS = 8,  /* accepted and not seen as a sample yet, of each source */
    ETALON_REPLAY_ORPHANS = 256, /* samples that wait for their receipt */
    ETALON_REPLAY_TAIL = 64,     /* the newest entries: what belongs to them may come yet */
};

/* What an entry says about its record. */
struct etalon_replay_from {
    uint64_t index;
    int64_t pid, sequence; /* 0: not counted, in one process */
    int64_t counter;       /* when it was posted */
};

struct etalon_replay_packet {
    void (*blame)(void *context, uint64_t index, const char *why);
    void *context;
    struct {
        struct exchange exchanges[ETALON_REPLAY_RECEIPTS];
        bool waits[ETALON_REPLAY_RECEIPTS];
        size_t next;
    } receipts[LIMIT_SOURCES];
    struct etalon_replay_orphan {
        uint64_t index;
        struct exchange exchange;
    } orphans[ETALON_REPLAY_ORPHANS];
    size_t orphan_count;
    int64_t pid, sequence; /* of the source job's newest record */
    int64_t lost_before;   /* counter: packets until then may have lost their receipts */
    uint64_t judged, samples;
    uint64_t unproven; /* samples whose receipt may have been lost */
};

/* A record in the ledger's order, of any kind and job. */
void etalon_replay_packet_take(struct etalon_replay_packet *packets, const struct config *config,
                               const struct etalon_replay_from *from, enum record_kind kind,
                               const struct message_record *record);
/* Receipts were lost, until that counter. */
void etalon_replay_packet_lost(struct etalon_replay_packet *packets, int64_t counter);
/* Nothing that came before belongs to what follows: the ledger ends at that size, or another
 * daemon writes on. */
void etalon_replay_packet_end(struct etalon_replay_packet *packets, uint64_t size);
