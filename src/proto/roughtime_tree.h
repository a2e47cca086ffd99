/* The Merkle tree of a Roughtime batch (RFC 10049 section 5.3): requests in, root and paths out.
 *
 * Requests are hashed as many at once as the processor has lanes (crypto/hash_lanes), hence a few
 * are kept until their hash is due. The tree is the same whichever way was taken. */
#pragma once

#include "base/limits.h"
#include "crypto/hash_lanes.h"
#include "proto/roughtime_proof.h"

enum {
    ROUGHTIME_TREE_DEPTH_MAX = 10, /* 1,024 requests */
    ROUGHTIME_TREE_PATH_BYTES = ROUGHTIME_TREE_DEPTH_MAX * ROUGHTIME_PROOF_HASH_BYTES,
};

/* A request that is to be hashed, behind the byte that makes it a leaf. */
struct roughtime_tree_request {
    size_t length; /* of both */
    uint8_t bytes[1 + LIMIT_DATAGRAM_BYTES];
};

struct roughtime_tree {
    enum hash_lanes_way way;
    size_t leaves, depth;
    size_t waiting; /* the last leaves, which have no hash yet */
    struct roughtime_tree_request requests[HASH_LANES_MAX];
    /* Level 0 are the leaves; each further level begins behind the one below, which was padded to
     * an even count. */
    size_t level_start[ROUGHTIME_TREE_DEPTH_MAX + 1];
    uint8_t nodes[2 * LIMIT_ROUGHTIME_BATCH][ROUGHTIME_PROOF_HASH_BYTES];
};

void roughtime_tree_init(struct roughtime_tree *tree, enum hash_lanes_way way);
/* Returns the leaf's index. At most LIMIT_ROUGHTIME_BATCH leaves of LIMIT_DATAGRAM_BYTES. */
size_t roughtime_tree_add(struct roughtime_tree *tree, const uint8_t *packet, size_t length);
/* The root over the leaves, of which there is one at least. */
const uint8_t *roughtime_tree_grow(struct roughtime_tree *tree);
/* The length of the path of every leaf, once the tree is grown. */
size_t roughtime_tree_path_length(const struct roughtime_tree *tree);
/* The path of a leaf of the grown tree, from the bottom up; out has room for that length. */
void roughtime_tree_path(const struct roughtime_tree *tree, size_t leaf, uint8_t *out);
/* No leaves. */
void roughtime_tree_clear(struct roughtime_tree *tree);
