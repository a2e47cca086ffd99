/* The configuration as a ledger has it: texts in parts, to be joined and held against the hashes
 * that they were recorded with. */
#pragma once

#include "config/config.h"
#include "crypto/hash.h"
#include "main/etalon_entry.h"

struct etalon_replay_text {
    char path[LIMIT_PATH_BYTES];
    char sha256[2 * HASH_SHA256_BYTES + 1]; /* of the whole, as recorded */
    uint64_t size;                          /* likewise */
    char *bytes;                            /* joined so far */
    size_t length;
};

struct etalon_replay_texts {
    struct etalon_replay_text files[LIMIT_CONFIG_FILES];
    size_t count;
    bool torn; /* parts do not fit together, or there are too many */
};

/* An entry of kind "config". */
void etalon_replay_texts_take(struct etalon_replay_texts *texts, const struct etalon_entry *entry);
void etalon_replay_texts_forget(struct etalon_replay_texts *texts);
bool etalon_replay_texts_same(const struct etalon_replay_texts *a,
                              const struct etalon_replay_texts *b);
/* NULL, or why the configuration cannot be had from them: a sentence in `text`, or static. */
enum { ETALON_REPLAY_TEXTS_WHY_BYTES = 2 * LIMIT_PATH_BYTES + 512 };
const char *etalon_replay_texts_parse(struct etalon_replay_texts *texts, struct config *out,
                                      char text[ETALON_REPLAY_TEXTS_WHY_BYTES]);
