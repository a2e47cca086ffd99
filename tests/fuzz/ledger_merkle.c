/* Any sizes, index and proof given to the verifiers. The input is two sizes (or index and size) of
 * eight bytes, the length that the proof claims, and its hashes.
 *
 * Invariants: nothing is read beyond the array, whatever the proof claims; a tree whose leaves are
 * all alike proves itself at every size, and nothing else does in its place; text of a hash goes
 * both ways. */
#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "ledger/merkle.h"

struct even_tree {
    struct merkle_hash levels[MERKLE_LEVELS];
};

static enum err even_read(void *context, unsigned level, uint64_t index, struct merkle_hash *out) {
    const struct even_tree *tree = context;
    CHECK(level < MERKLE_LEVELS && index < MERKLE_SIZE_MAX >> level);
    *out = tree->levels[level];
    return ERR_OK;
}

static void check_given(uint64_t a, uint64_t b, const struct merkle_proof *given) {
    const struct merkle_hash *first = &given->hashes[0], *last = &given->hashes[63];
    enum err err = merkle_verify_inclusion(first, a, b, last, given);
    CHECK(err == ERR_OK || err == ERR_PROOF || err == ERR_RANGE);
    CHECK((err == ERR_RANGE) == (b > MERKLE_SIZE_MAX || a >= b));
    err = merkle_verify_consistency(a, first, b, last, given);
    CHECK(err == ERR_OK || err == ERR_PROOF || err == ERR_RANGE);
    CHECK((err == ERR_RANGE) == (b > MERKLE_SIZE_MAX || a > b));
}

static void check_inclusion(const struct merkle_reader *reader, const struct even_tree *tree,
                            uint64_t index, uint64_t size, const struct merkle_proof *given) {
    struct merkle_hash root;
    struct merkle_proof proof;
    if (size > MERKLE_SIZE_MAX || index >= size) return;
    CHECK(merkle_root(reader, size, &root) == ERR_OK);
    CHECK(merkle_inclusion(reader, index, size, &proof) == ERR_OK);
    const struct merkle_hash *leaf = &tree->levels[0];
    CHECK(merkle_verify_inclusion(leaf, index, size, &root, &proof) == ERR_OK);
    const bool same = proof.count == given->count &&
                      memcmp(proof.hashes, given->hashes, proof.count * sizeof root) == 0;
    CHECK((merkle_verify_inclusion(leaf, index, size, &root, given) == ERR_OK) == same);
}

static void check_consistency(const struct merkle_reader *reader, uint64_t old_size, uint64_t size,
                              const struct merkle_proof *given) {
    struct merkle_hash root, old_root;
    struct merkle_proof proof;
    if (size > MERKLE_SIZE_MAX || old_size > size) return;
    CHECK(merkle_root(reader, old_size, &old_root) == ERR_OK);
    CHECK(merkle_root(reader, size, &root) == ERR_OK);
    CHECK(merkle_consistency(reader, old_size, size, &proof) == ERR_OK);
    CHECK(merkle_verify_consistency(old_size, &old_root, size, &root, &proof) == ERR_OK);
    const bool same = proof.count == given->count &&
                      memcmp(proof.hashes, given->hashes, proof.count * sizeof root) == 0;
    CHECK((merkle_verify_consistency(old_size, &old_root, size, &root, given) == ERR_OK) == same);
}

static void check_text(const char *text, size_t length) {
    struct merkle_hash hash;
    char again[MERKLE_HASH_TEXT_BYTES];
    if (merkle_hash_parse(text, length, &hash) != ERR_OK) return;
    merkle_hash_text(&hash, again);
    CHECK(length == sizeof again - 1 && memcmp(text, again, length) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    struct reader r = reader_of(bytes, length);
    struct merkle_proof given = {.count = 0};
    struct even_tree tree;
    const struct merkle_reader reader = {even_read, &tree};
    const uint64_t a = bytes_get_u64(&r), b = bytes_get_u64(&r);
    given.count = bytes_get_u8(&r);
    if (given.count == 255) given.count = SIZE_MAX;
    const size_t left =
        reader_left(&r) < sizeof given.hashes ? reader_left(&r) : sizeof given.hashes;
    if (left > 0) bytes_get(&r, given.hashes, left);
    check_text((const char *)bytes, length);
    check_given(a, b, &given);
    merkle_leaf("even", 4, &tree.levels[0]);
    for (unsigned l = 1; l < MERKLE_LEVELS; l++)
        merkle_node(&tree.levels[l - 1], &tree.levels[l - 1], &tree.levels[l]);
    check_inclusion(&reader, &tree, a, b, &given);
    check_consistency(&reader, a, b, &given);
    return 0;
}
