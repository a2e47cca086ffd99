/* The Merkle tree of a transparency log (RFC 6962 section 2.1, SHA-256): hashes, proofs and their
 * verification (RFC 9162 sections 2.1.3 and 2.1.4), and the right edge of a growing tree.
 *
 * Everything is made of complete subtrees: the one at (level, index) holds the leaves from
 * index << level up to (index + 1) << level, exclusive. Nothing recurses, and every verification
 * takes any size, index and proof that a peer may name. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* The largest tree: sizes fit a signed 64-bit number, which is what other implementations have. */
#define MERKLE_SIZE_MAX ((uint64_t)INT64_MAX)

enum {
    MERKLE_HASH_BYTES = 32,
    MERKLE_HASH_TEXT_BYTES = 45, /* base64, with the terminating zero */
    MERKLE_LEVELS = 63,          /* complete subtrees of a tree have levels 0 to 62 */
    MERKLE_PROOF_HASHES = 64,    /* of the longest consistency proof; inclusion needs 63 */
};

struct merkle_hash {
    uint8_t bytes[MERKLE_HASH_BYTES];
};

struct merkle_proof {
    size_t count;
    struct merkle_hash hashes[MERKLE_PROOF_HASHES];
};

/* Where hashes of complete subtrees come from. Asked only for subtrees that the tree has. */
struct merkle_reader {
    enum err (*read)(void *context, unsigned level, uint64_t index, struct merkle_hash *out);
    void *context;
};

/* The right edge of a tree: nodes[level] is the complete subtree of that level which was completed
 * last, for every level that has one; that is the one at index (size >> level) - 1. So after an
 * append that made size a multiple of 1 << level, nodes[level] is what is new at that level. */
struct merkle_frontier {
    uint64_t size;
    struct merkle_hash nodes[MERKLE_LEVELS];
};

bool merkle_same(const struct merkle_hash *a, const struct merkle_hash *b);
/* Base64 as in checkpoints and proofs; returns out. Parsing takes exactly the 44 characters:
 * ERR_SYNTAX. */
const char *merkle_hash_text(const struct merkle_hash *hash, char out[MERKLE_HASH_TEXT_BYTES]);
MUST_USE enum err merkle_hash_parse(const char *text, size_t length, struct merkle_hash *out);

/* The root of no leaves; the hash of an entry; the hash above two others (out may be one of them).
 */
void merkle_empty(struct merkle_hash *out);
void merkle_leaf(const void *entry, size_t length, struct merkle_hash *out);
void merkle_node(const struct merkle_hash *left, const struct merkle_hash *right,
                 struct merkle_hash *out);

/* Made from what a reader gives; its errors are passed on. ERR_RANGE: size above MERKLE_SIZE_MAX,
 * index not below size, old_size above new_size. The consistency proof of 0 or of equal sizes has
 * no hashes. */
MUST_USE enum err merkle_root(const struct merkle_reader *reader, uint64_t size,
                              struct merkle_hash *out);
MUST_USE enum err merkle_inclusion(const struct merkle_reader *reader, uint64_t index,
                                   uint64_t size, struct merkle_proof *out);
MUST_USE enum err merkle_consistency(const struct merkle_reader *reader, uint64_t old_size,
                                     uint64_t new_size, struct merkle_proof *out);

/* ERR_RANGE as above; ERR_PROOF: the proof has another number of hashes than it must have, or does
 * not lead to the root(s). Growth from 0 needs the root of no leaves as old_root. */
MUST_USE enum err merkle_verify_inclusion(const struct merkle_hash *leaf, uint64_t index,
                                          uint64_t size, const struct merkle_hash *root,
                                          const struct merkle_proof *proof);
MUST_USE enum err merkle_verify_consistency(uint64_t old_size, const struct merkle_hash *old_root,
                                            uint64_t new_size, const struct merkle_hash *new_root,
                                            const struct merkle_proof *proof);

void merkle_frontier_init(struct merkle_frontier *frontier);
/* Of a tree that exists: one read for each level. ERR_RANGE, or the reader's error. */
MUST_USE enum err merkle_frontier_read(const struct merkle_reader *reader, uint64_t size,
                                       struct merkle_frontier *out);
/* One hash on average, one for each level at worst. ERR_FULL at MERKLE_SIZE_MAX. */
MUST_USE enum err merkle_frontier_append(struct merkle_frontier *frontier,
                                         const struct merkle_hash *leaf);
void merkle_frontier_root(const struct merkle_frontier *frontier, struct merkle_hash *out);
