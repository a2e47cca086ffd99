/* Tiles and entry bundles of a log as files (c2sp.org/tlog-tiles, tile height 8): their names,
 * which of them a tree has, the hashes in them, the entries in them.
 *
 * Hash i of the tile at (level, index) is the complete subtree at level 8 * level, index
 * 256 * index + i. Bundle n holds the entries whose leaf hashes are in the tile at (0, n). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "ledger/merkle.h"

enum {
    TILE_HEIGHT = 8,
    TILE_WIDTH = 256,
    TILE_BYTES = TILE_WIDTH * MERKLE_HASH_BYTES,
    TILE_LEVELS = 8, /* that a tree of up to MERKLE_SIZE_MAX leaves has */
    TILE_PATH_BYTES = 64,
    TILE_ENTRY_BYTES = 65535, /* of the longest entry */
};

struct tile {
    bool entries;   /* an entry bundle; level is 0 */
    uint8_t level;  /* 0 .. TILE_LEVELS - 1 */
    uint16_t width; /* 1 .. TILE_WIDTH hashes or entries; below TILE_WIDTH it is a partial tile */
    uint64_t index;
};

/* "tile/0/x001/x234/067", "tile/1/000.p/17", "tile/entries/000.p/5", relative to the log's public
 * folder; returns out. The tile must be one that a tree can have (it is checked). */
const char *tile_path(const struct tile *tile, char out[TILE_PATH_BYTES]);
/* Exactly what tile_path writes: ERR_SYNTAX; ERR_RANGE: no tree can have that tile. */
MUST_USE enum err tile_path_parse(const char *text, size_t length, struct tile *out);

/* How wide the tile at (level, index) is in a tree of that size; 0: there is none. For bundles ask
 * for level 0. */
unsigned tile_width(unsigned level, uint64_t index, uint64_t size);

/* Walks over the tiles that a tree of size has and one of old_size has not (also those that were
 * narrower), each with its width at size: first the entry bundles if they are wanted, then level 0,
 * 1 and so on, indices ascending. With old_size 0: all tiles of the tree. */
struct tile_walk {
    uint64_t old_size, size;
    struct tile next; /* width 0: the end */
};

/* old_size <= size <= MERKLE_SIZE_MAX (it is checked). */
void tile_walk_init(struct tile_walk *walk, uint64_t old_size, uint64_t size, bool entries);
bool tile_walk_next(struct tile_walk *walk, struct tile *out);

/* Where the bytes of hash tiles come from: load writes exactly tile->width hashes to out. What a
 * loader gives is not authenticated: check the root or proof that is made of it. */
struct tile_loader {
    enum err (*load)(void *context, const struct tile *tile, struct merkle_hash *out);
    void *context;
};

struct tile_slot {
    uint64_t used; /* 0: holds nothing; otherwise when it was used last */
    struct tile tile;
    struct merkle_hash hashes[TILE_WIDTH];
};

/* A merkle_reader over tiles of a tree of that size. The caller hands in the slots of its cache
 * (one at least; one for each level is comfortable). A partial tile that cannot be loaded is looked
 * for in the full one, because logs may delete partial tiles once that is there. */
struct tile_reader {
    struct tile_loader loader;
    uint64_t size, uses;
    struct tile_slot *slots;
    size_t slot_count;
};

void tile_reader_init(struct tile_reader *reader, struct tile_loader loader, uint64_t size,
                      struct tile_slot *slots, size_t slot_count);
/* For struct merkle_reader: context is a struct tile_reader. ERR_RANGE: the tree has no such
 * subtree; otherwise the loader's error. */
MUST_USE enum err tile_read_hash(void *context, unsigned level, uint64_t index,
                                 struct merkle_hash *out);
struct merkle_reader tile_merkle_reader(struct tile_reader *reader);

/* Entry bundles: each entry is a length of two bytes, big-endian, and its bytes.
 * ERR_SHORT: the bundle ends within an entry (or before it); ERR_TOO_LONG: above TILE_ENTRY_BYTES;
 * ERR_FULL: the writer has no room (nothing is written then). */
MUST_USE enum err tile_entries_next(struct reader *bundle, const uint8_t **entry, size_t *length);
MUST_USE enum err tile_entries_put(struct writer *bundle, const void *entry, size_t length);
/* The entry at position, from 0. */
MUST_USE enum err tile_entries_at(const uint8_t *bundle, size_t length, unsigned position,
                                  const uint8_t **entry, size_t *entry_length);
/* Leaf hashes of a bundle that must hold exactly width entries: ERR_SHORT or ERR_TRAILING. */
MUST_USE enum err tile_entries_leaves(const uint8_t *bundle, size_t length, unsigned width,
                                      struct merkle_hash *out);
