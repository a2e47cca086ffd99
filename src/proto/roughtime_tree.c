/* Roughtime's Merkle tree. Invariant: once grown, every level but the root has an even count, and
 * no leaf waits for its hash. Source: RFC 10049 section 5.3. */
#include "proto/roughtime_tree.h"

#include <string.h>

#include "base/check.h"

enum { HASH = ROUGHTIME_PROOF_HASH_BYTES, NODE_BYTES = 1 + 2 * HASH };

_Static_assert(LIMIT_ROUGHTIME_BATCH <= 1 << ROUGHTIME_TREE_DEPTH_MAX, "tree too deep");

void roughtime_tree_init(struct roughtime_tree *tree, enum hash_lanes_way way) {
    tree->way = way;
    roughtime_tree_clear(tree);
}

void roughtime_tree_clear(struct roughtime_tree *tree) {
    tree->leaves = tree->depth = tree->waiting = 0;
}

static void hash_waiting(struct roughtime_tree *tree) {
    struct hash_piece messages[HASH_LANES_MAX];
    for (size_t i = 0; i < tree->waiting; i++)
        messages[i] = (struct hash_piece){tree->requests[i].bytes, tree->requests[i].length};
    roughtime_proof_hashes(tree->way, messages, tree->waiting,
                           tree->nodes + tree->leaves - tree->waiting);
    tree->waiting = 0;
}

size_t roughtime_tree_add(struct roughtime_tree *tree, const uint8_t *packet, size_t length) {
    CHECK(tree->leaves < LIMIT_ROUGHTIME_BATCH && length <= LIMIT_DATAGRAM_BYTES);
    struct roughtime_tree_request *request = &tree->requests[tree->waiting++];
    request->length = 1 + length;
    request->bytes[0] = ROUGHTIME_PROOF_LEAF;
    memcpy(request->bytes + 1, packet, length);
    size_t leaf = tree->leaves++;
    if (tree->waiting == hash_lanes_width(tree->way)) hash_waiting(tree);
    return leaf;
}

/* The level above count nodes, an even number. */
static void grow_level(enum hash_lanes_way way, uint8_t (*below)[HASH], size_t count,
                       uint8_t (*above)[HASH]) {
    uint8_t bytes[HASH_LANES_MAX][NODE_BYTES];
    struct hash_piece messages[HASH_LANES_MAX];
    for (size_t first = 0; first < count / 2; first += HASH_LANES_MAX) {
        size_t group = count / 2 - first;
        if (group > HASH_LANES_MAX) group = HASH_LANES_MAX;
        for (size_t i = 0; i < group; i++) {
            bytes[i][0] = ROUGHTIME_PROOF_NODE;
            memcpy(bytes[i] + 1, below[2 * (first + i)], (size_t)2 * HASH);
            messages[i] = (struct hash_piece){bytes[i], NODE_BYTES};
        }
        roughtime_proof_hashes(way, messages, group, above + first);
    }
}

/* An odd level is filled up with zeros: no request hashes to them. */
const uint8_t *roughtime_tree_grow(struct roughtime_tree *tree) {
    CHECK(tree->leaves > 0);
    if (tree->waiting > 0) hash_waiting(tree);
    size_t start = 0, count = tree->leaves;
    tree->depth = 0;
    tree->level_start[0] = 0;
    while (count > 1) {
        if (count % 2 != 0) memset(tree->nodes[start + count++], 0, HASH);
        size_t above = start + count;
        grow_level(tree->way, tree->nodes + start, count, tree->nodes + above);
        tree->level_start[++tree->depth] = above;
        start = above;
        count /= 2;
    }
    return tree->nodes[start];
}

size_t roughtime_tree_path_length(const struct roughtime_tree *tree) {
    return tree->depth * HASH;
}

void roughtime_tree_path(const struct roughtime_tree *tree, size_t leaf, uint8_t *out) {
    for (size_t level = 0; level < tree->depth; level++) {
        size_t sibling = (leaf >> level) ^ 1;
        memcpy(out + level * HASH, tree->nodes[tree->level_start[level] + sibling], HASH);
    }
}
