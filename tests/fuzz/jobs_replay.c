/* Replay of any sequence of records: a keeper survives whatever a ledger says that it was given,
 * and what comes out otherwise is reported. Input: how many sources are configured (modulo 4), then
 * records: each kind, two octets of length, bytes. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "jobs/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static struct config config;
static struct replay replay;
static void *memory;

/* As the keeper was configured whose records are in the corpus. */
static void configure(uint8_t sources) {
    config_default(&config);
    config.local = (struct config_local){true, 3, 1, 0, 0.01};
    config.makestep_threshold_s = 0.5;
    config.makestep_limit = -1;
    config.source_count = sources % 4;
    free(memory);
    memory = malloc(keeper_bytes(&config));
    CHECK(memory);
    replay_init(&replay, &config, memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    uint64_t index = 0;
    if (length == 0) return 0;
    configure(*bytes++);
    length--;
    while (length >= 3) {
        size_t size = (size_t)bytes[1] << 8 | bytes[2];
        if (size > length - 3) size = length - 3;
        if (bytes[0] == 0) {
            replay_gap(&replay);
        } else {
            enum err err = replay_take(&replay, index++, bytes[0], bytes + 3, size);
            CHECK(err != ERR_PROOF || replay.differs);
            if (replay.differs) CHECK(replay.differs_index < index);
        }
        bytes += 3 + size;
        length -= 3 + size;
    }
    replay_end(&replay);
    CHECK(replay.records + replay.unreplayable <= index);
    return 0;
}
