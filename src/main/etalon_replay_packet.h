/* Packets judged again: the same bytes must give the same verdict, and an accepted reply the very
 * exchange that the keeper took. */
#pragma once

#include "config/config.h"
#include "jobs/record.h"

struct etalon_replay_packet {
    struct exchange newest[LIMIT_SOURCES]; /* accepted, not seen as a sample yet */
    bool waits[LIMIT_SOURCES];
    uint64_t judged, samples;
};

/* A record in the ledger's order; kinds other than receipts and samples are passed over. NULL if
 * all is well, else what is wrong. */
const char *etalon_replay_packet_take(struct etalon_replay_packet *packets,
                                      const struct config *config, enum record_kind kind,
                                      const struct message_record *record);
