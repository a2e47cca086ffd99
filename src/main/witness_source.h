/* A log as its readers see it: the folder public/ of a ledger, or the same over HTTP(S). What comes
 * from there is not believed: checkpoints are opened with the log's keys, and tiles count only as
 * far as they lead to the root of a checkpoint. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "ledger/checkpoint.h"
#include "ledger/policy.h"
#include "ledger/tile.h"
#include "main/witness_fetch.h"

enum { WITNESS_SOURCE_SLOTS = 2 * TILE_LEVELS, WITNESS_SOURCE_WHY_BYTES = 1024 };

struct witness_source {
    const char *place; /* as the operator gave it */
    char base[LIMIT_URL_BYTES];
    struct witness_fetch *fetch; /* NULL: base is a directory */
    struct tile_reader tiles;
    struct tile_slot slots[WITNESS_SOURCE_SLOTS];
    struct witness_fetch_request request;
    char why[WITNESS_SOURCE_WHY_BYTES]; /* what was last amiss */
};

/* A checkpoint as it came, and opened. */
struct witness_source_note {
    char text[LIMIT_NOTE_BYTES + 1];
    size_t length;
    struct checkpoint checkpoint;
};

/* place: a URL, a ledger's directory or any with a checkpoint in it. False: why. */
bool witness_source_open(struct witness_source *source, const char *place,
                         struct witness_fetch *fetch);
/* A file of the log. ERR_STALE: it is not there; ERR_IO; why says more. */
enum err witness_source_read(struct witness_source *source, const char *path, char *out,
                             size_t room, size_t *length);
/* Opens a note by the keys that the policy has for its origin. Errors as checkpoint_open. */
enum err witness_source_judge(struct witness_source_note *note, const struct policy *policy);
/* Reads and opens the checkpoint. ERR_IO, ERR_STALE: it cannot be read; others: it is not good. */
enum err witness_source_checkpoint(struct witness_source *source, const struct policy *policy,
                                   struct witness_source_note *out);
/* Hashes of the tree of that size, by its tiles. */
struct merkle_reader witness_source_tree(struct witness_source *source, uint64_t size);
/* Whether the tiles lead to the checkpoint's root, and the tree of old_size with old_root is its
 * beginning. ERR_PROOF: not so; ERR_IO, ERR_STALE: a tile cannot be read. */
enum err witness_source_consistent(struct witness_source *source, const struct checkpoint *now,
                                   uint64_t old_size, const struct merkle_hash *old_root);
