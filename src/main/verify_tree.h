/* The tree made again: leaf hashes from entries, tiles from hashes, roots from tiles. */
#pragma once

#include "ledger/tile.h"
#include "main/verify_source.h"

enum { VERIFY_TREE_SLOTS = 2 * TILE_LEVELS };

struct verify_tree {
    const struct verify_source *source;
    struct verify_report *report;
    uint64_t size;
    struct tile_reader reader;
    struct tile_slot slots[VERIFY_TREE_SLOTS];
    char missing[BUNDLE_NAME_BYTES]; /* the tile that was not there, or not whole */
};

void verify_tree_init(struct verify_tree *tree, const struct verify_source *source, uint64_t size,
                      struct verify_report *report);
/* The root at a size up to that of the tree. False: a tile is missing, which is named in missing.
 */
bool verify_tree_root(struct verify_tree *tree, uint64_t size, struct merkle_hash *out);
/* Every tile against the tile above it, so that all lead to the root; then every entry against its
 * leaf hash. What was asked for and is not there is a gap, unless the log says it was pruned. */
void verify_tree_check(struct verify_tree *tree);
