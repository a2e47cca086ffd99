/* Merkle trees. Source: RFC 6962 section 2.1 (what the hashes and proofs are), RFC 9162 sections
 * 2.1.3.2 and 2.1.4.2 (verification from the leaf upwards).
 *
 * At one level the tree has the nodes 0 to last. All are complete subtrees but the last one, which
 * covers the leaves that are left; it is made of the complete subtrees that the low bits of the
 * size name. On the way up from a node its neighbour is on the left if its index is odd, on the
 * right if it is even and not the last; a last node with an even index has none and goes up
 * unhashed. Generation and verification walk the same way, so that they cannot differ in its
 * length. */
#include "ledger/merkle.h"

#include <string.h>

#include "base/base64.h"
#include "crypto/hash.h"

_Static_assert((int)MERKLE_HASH_BYTES == (int)HASH_SHA256_BYTES, "the tree is made of SHA-256");
_Static_assert(MERKLE_HASH_TEXT_BYTES == BASE64_TEXT_BYTES(MERKLE_HASH_BYTES), "text of a hash");

bool merkle_same(const struct merkle_hash *a, const struct merkle_hash *b) {
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

const char *merkle_hash_text(const struct merkle_hash *hash, char out[MERKLE_HASH_TEXT_BYTES]) {
    return base64_text(hash->bytes, sizeof hash->bytes, out, MERKLE_HASH_TEXT_BYTES);
}

enum err merkle_hash_parse(const char *text, size_t length, struct merkle_hash *out) {
    struct merkle_hash hash;
    size_t got = 0;
    if (length != MERKLE_HASH_TEXT_BYTES - 1 ||
        base64_bytes(text, length, hash.bytes, sizeof hash.bytes, &got) != ERR_OK ||
        got != sizeof hash.bytes)
        return ERR_SYNTAX;
    *out = hash;
    return ERR_OK;
}

void merkle_empty(struct merkle_hash *out) {
    hash_sha256(NULL, 0, out->bytes);
}

void merkle_leaf(const void *entry, size_t length, struct merkle_hash *out) {
    const struct hash_piece pieces[] = {{"\0", 1}, {entry, length}};
    hash_sha256(pieces, length ? 2 : 1, out->bytes);
}

void merkle_node(const struct merkle_hash *left, const struct merkle_hash *right,
                 struct merkle_hash *out) {
    uint8_t bytes[1 + 2 * MERKLE_HASH_BYTES] = {1}; /* in one piece: a fifth faster than in three */
    memcpy(bytes + 1, left->bytes, MERKLE_HASH_BYTES);
    memcpy(bytes + 1 + MERKLE_HASH_BYTES, right->bytes, MERKLE_HASH_BYTES);
    hash_sha256(&(const struct hash_piece){bytes, sizeof bytes}, 1, out->bytes);
}

/* The last node at that level, complete or not. size is not 0; level 63 gives the root. */
static enum err read_last(const struct merkle_reader *reader, uint64_t size, unsigned level,
                          struct merkle_hash *out) {
    const uint64_t low = size & ((UINT64_C(1) << level) - 1);
    if (low == 0) return reader->read(reader->context, level, (size >> level) - 1, out);
    struct merkle_hash sum, left;
    bool first = true;
    for (unsigned at = 0; at < level; at++) {
        if (!(low >> at & 1)) continue;
        enum err err = reader->read(reader->context, at, (size >> at) - 1, first ? &sum : &left);
        if (err != ERR_OK) return err;
        if (!first) merkle_node(&left, &sum, &sum);
        first = false;
    }
    *out = sum;
    return ERR_OK;
}

enum err merkle_root(const struct merkle_reader *reader, uint64_t size, struct merkle_hash *out) {
    if (size > MERKLE_SIZE_MAX) return ERR_RANGE;
    if (size > 0) return read_last(reader, size, MERKLE_LEVELS, out);
    merkle_empty(out);
    return ERR_OK;
}

/* Appends the neighbours on the way up from a node to the root. */
static enum err read_neighbours(const struct merkle_reader *reader, unsigned level, uint64_t index,
                                uint64_t size, struct merkle_proof *proof) {
    for (uint64_t last = (size - 1) >> level; last > 0; last >>= 1, index >>= 1, level++) {
        struct merkle_hash *to = &proof->hashes[proof->count];
        enum err err;
        if (index & 1)
            err = reader->read(reader->context, level, index - 1, to);
        else if (index + 1 < last)
            err = reader->read(reader->context, level, index + 1, to);
        else if (index < last)
            err = read_last(reader, size, level, to);
        else
            continue;
        if (err != ERR_OK) return err;
        proof->count++;
    }
    return ERR_OK;
}

enum err merkle_inclusion(const struct merkle_reader *reader, uint64_t index, uint64_t size,
                          struct merkle_proof *out) {
    if (size > MERKLE_SIZE_MAX || index >= size) return ERR_RANGE;
    struct merkle_proof proof = {.count = 0};
    enum err err = read_neighbours(reader, 0, index, size, &proof);
    if (err == ERR_OK) *out = proof;
    return err;
}

static bool is_power_of_two(uint64_t size) {
    return (size & (size - 1)) == 0;
}

enum err merkle_consistency(const struct merkle_reader *reader, uint64_t old_size,
                            uint64_t new_size, struct merkle_proof *out) {
    if (new_size > MERKLE_SIZE_MAX || old_size > new_size) return ERR_RANGE;
    struct merkle_proof proof = {.count = 0};
    enum err err = ERR_OK;
    if (old_size > 0 && old_size < new_size) {
        /* From the last complete subtree of the old tree, which is known if it is the whole. */
        const unsigned level = (unsigned)__builtin_ctzll(old_size);
        const uint64_t index = (old_size - 1) >> level;
        if (!is_power_of_two(old_size)) {
            err = reader->read(reader->context, level, index, &proof.hashes[0]);
            proof.count = 1;
        }
        if (err == ERR_OK) err = read_neighbours(reader, level, index, new_size, &proof);
    }
    if (err == ERR_OK) *out = proof;
    return err;
}

enum err merkle_verify_inclusion(const struct merkle_hash *leaf, uint64_t index, uint64_t size,
                                 const struct merkle_hash *root, const struct merkle_proof *proof) {
    if (size > MERKLE_SIZE_MAX || index >= size) return ERR_RANGE;
    struct merkle_hash sum = *leaf;
    size_t used = 0;
    for (uint64_t last = size - 1; last > 0; last >>= 1, index >>= 1) {
        if (!(index & 1) && index == last) continue;
        if (used == proof->count) return ERR_PROOF;
        const struct merkle_hash *neighbour = &proof->hashes[used++];
        if (index & 1)
            merkle_node(neighbour, &sum, &sum);
        else
            merkle_node(&sum, neighbour, &sum);
    }
    return used == proof->count && merkle_same(&sum, root) ? ERR_OK : ERR_PROOF;
}

/* For 0 < old_size < new_size. What is on the left belongs to both trees, what is on the right to
 * the new one only. */
static enum err verify_growth(uint64_t old_size, const struct merkle_hash *old_root,
                              uint64_t new_size, const struct merkle_hash *new_root,
                              const struct merkle_proof *proof) {
    const unsigned level = (unsigned)__builtin_ctzll(old_size);
    uint64_t index = (old_size - 1) >> level;
    size_t used = is_power_of_two(old_size) ? 0 : 1;
    if (used > proof->count) return ERR_PROOF;
    struct merkle_hash old_sum = used ? proof->hashes[0] : *old_root, new_sum = old_sum;
    for (uint64_t last = (new_size - 1) >> level; last > 0; last >>= 1, index >>= 1) {
        if (!(index & 1) && index == last) continue;
        if (used == proof->count) return ERR_PROOF;
        const struct merkle_hash *neighbour = &proof->hashes[used++];
        if (index & 1) {
            merkle_node(neighbour, &old_sum, &old_sum);
            merkle_node(neighbour, &new_sum, &new_sum);
        } else {
            merkle_node(&new_sum, neighbour, &new_sum);
        }
    }
    return used == proof->count && merkle_same(&old_sum, old_root) &&
                   merkle_same(&new_sum, new_root)
               ? ERR_OK
               : ERR_PROOF;
}

enum err merkle_verify_consistency(uint64_t old_size, const struct merkle_hash *old_root,
                                   uint64_t new_size, const struct merkle_hash *new_root,
                                   const struct merkle_proof *proof) {
    if (new_size > MERKLE_SIZE_MAX || old_size > new_size) return ERR_RANGE;
    if (old_size > 0 && old_size < new_size)
        return verify_growth(old_size, old_root, new_size, new_root, proof);
    struct merkle_hash empty;
    merkle_empty(&empty);
    bool good = proof->count == 0;
    if (old_size == 0) good = good && merkle_same(old_root, &empty);
    if (old_size == new_size) good = good && merkle_same(old_root, new_root);
    return good ? ERR_OK : ERR_PROOF;
}

void merkle_frontier_init(struct merkle_frontier *frontier) {
    *frontier = (struct merkle_frontier){.size = 0};
}

enum err merkle_frontier_read(const struct merkle_reader *reader, uint64_t size,
                              struct merkle_frontier *out) {
    if (size > MERKLE_SIZE_MAX) return ERR_RANGE;
    struct merkle_frontier frontier = {.size = size};
    for (unsigned level = 0; size >> level > 0; level++) {
        enum err err =
            reader->read(reader->context, level, (size >> level) - 1, &frontier.nodes[level]);
        if (err != ERR_OK) return err;
    }
    *out = frontier;
    return ERR_OK;
}

enum err merkle_frontier_append(struct merkle_frontier *frontier, const struct merkle_hash *leaf) {
    if (frontier->size >= MERKLE_SIZE_MAX) return ERR_FULL;
    struct merkle_hash sum = *leaf;
    unsigned level = 0;
    for (; frontier->size >> level & 1; level++) {
        struct merkle_hash *left = &frontier->nodes[level], done = sum;
        merkle_node(left, &sum, &sum);
        *left = done;
    }
    frontier->nodes[level] = sum;
    frontier->size++;
    return ERR_OK;
}

void merkle_frontier_root(const struct merkle_frontier *frontier, struct merkle_hash *out) {
    const uint64_t size = frontier->size;
    if (size == 0) {
        merkle_empty(out);
        return;
    }
    unsigned level = (unsigned)__builtin_ctzll(size);
    struct merkle_hash sum = frontier->nodes[level];
    while (size >> ++level > 0)
        if (size >> level & 1) merkle_node(&frontier->nodes[level], &sum, &sum);
    *out = sum;
}
