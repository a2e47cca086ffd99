/* The right edge of a log in memory: the last tile of every level and the last bundle, and what is
 * due to be written of them.
 *
 * The root comes from the frontier; before anything is signed, right_edge_root makes it again from
 * the tiles as they were written. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "ledger/merkle.h"
#include "ledger/store.h"
#include "ledger/tile.h"

enum { RIGHT_EDGE_BUNDLE_BYTES = TILE_WIDTH * (TILE_ENTRY_BYTES + 2) };

struct right_edge {
    struct merkle_frontier frontier;
    uint64_t flushed; /* size up to which full tiles are on disk */
    uint64_t written; /* size at which all tiles were written last, and are durable */
    struct merkle_hash written_root;
    bool lost;             /* what was written after that may not be on disk: to be loaded again */
    uint32_t bundle_bytes; /* of entries in the last bundle */
    struct merkle_hash tiles[TILE_LEVELS][TILE_WIDTH];
    uint8_t bundle[RIGHT_EDGE_BUNDLE_BYTES];
};

void right_edge_init(struct right_edge *edge);
/* Of a tree that is on disk: loads the last tiles and the last bundle and compares them with the
 * root. ERR_MISSING, ERR_DAMAGED (also: cut short), ERR_PROOF, ERR_IO; path is then the file, and
 * *detail says what is wrong with it. */
MUST_USE enum err right_edge_load(struct right_edge *edge, const struct ledger_store *store,
                                  uint64_t size, const struct merkle_hash *root,
                                  char path[STORE_PATH_BYTES], const char **detail);
/* Takes an entry; first writes the tiles that are full: durable after right_edge_flush or
 * right_edge_write. On an error of one of the three path is what could not be written, and only
 * right_edge_recover helps. */
MUST_USE enum err right_edge_append(struct right_edge *edge, const struct ledger_store *store,
                                    const void *entry, size_t length,
                                    const struct merkle_hash *leaf, char path[STORE_PATH_BYTES]);
/* Makes durable what was written so far, and the tiles that are full. */
MUST_USE enum err right_edge_flush(struct right_edge *edge, const struct ledger_store *store,
                                   char path[STORE_PATH_BYTES]);
/* Writes what a checkpoint of the present size needs and is not there yet, durably. No file is
 * written again after it once succeeded: a checkpoint may rest on it, even if replacing that seemed
 * to fail. */
MUST_USE enum err right_edge_write(struct right_edge *edge, const struct ledger_store *store,
                                   char path[STORE_PATH_BYTES]);
/* After a failed write, back to where right_edge_write succeeded last: what came later is to be
 * appended again. Errors as right_edge_load; try again then. */
MUST_USE enum err right_edge_recover(struct right_edge *edge, const struct ledger_store *store,
                                     char path[STORE_PATH_BYTES], const char **detail);
/* From the tiles. ERR_PROOF: the frontier has another root. */
MUST_USE enum err right_edge_root(const struct right_edge *edge, struct merkle_hash *out);
/* Removes the partial tiles of those that were filled between the two sizes; with equal sizes those
 * of the newest full tile of each level, which a crash may have left. What cannot be removed stays:
 * it is superfluous, not wrong. */
void right_edge_tidy(const struct ledger_store *store, uint64_t old_size, uint64_t size);
