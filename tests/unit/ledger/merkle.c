/* The Merkle tree against the eight leaves that RFC 6962's authors test with, against the recursive
 * definition for every index and size up to 130, and in trees of up to 2^63 - 1 leaves, in which
 * all leaves but one are alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ledger/merkle.h"
#include "naive_tree.h"

enum { SMALL = 130 };

static const struct merkle_reader naive = {naive_read, NULL};
static const uint64_t anchors[] = {1, 2, 3, 255, 256, 257, 65535, 65536, 65537, 70000};
enum { ANCHORS = sizeof anchors / sizeof anchors[0] };

static uint64_t next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* A tree of any size in which one leaf is unlike all others. */
struct odd_tree {
    uint64_t odd;
    struct merkle_hash same[MERKLE_LEVELS], with_odd[MERKLE_LEVELS];
};

static void odd_tree_init(struct odd_tree *tree, uint64_t odd) {
    tree->odd = odd;
    merkle_leaf("same", 4, &tree->same[0]);
    merkle_leaf("odd", 3, &tree->with_odd[0]);
    for (unsigned l = 1; l < MERKLE_LEVELS; l++) {
        merkle_node(&tree->same[l - 1], &tree->same[l - 1], &tree->same[l]);
        if (odd >> (l - 1) & 1)
            merkle_node(&tree->same[l - 1], &tree->with_odd[l - 1], &tree->with_odd[l]);
        else
            merkle_node(&tree->with_odd[l - 1], &tree->same[l - 1], &tree->with_odd[l]);
    }
}

static enum err odd_tree_read(void *context, unsigned level, uint64_t index,
                              struct merkle_hash *out) {
    const struct odd_tree *tree = context;
    assert_true(level < MERKLE_LEVELS);
    *out = index == tree->odd >> level ? tree->with_odd[level] : tree->same[level];
    return ERR_OK;
}

static void expect_hash(const struct merkle_hash *hash, const char *hex) {
    char text[2 * MERKLE_HASH_BYTES + 1];
    for (size_t i = 0; i < MERKLE_HASH_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02x", (unsigned)hash->bytes[i]);
    assert_string_equal(text, hex);
}

static void expect_same_proof(const struct merkle_proof *a, const struct merkle_proof *b) {
    assert_int_equal(a->count, b->count);
    assert_memory_equal(a->hashes, b->hashes, a->count * sizeof a->hashes[0]);
}

static void known_roots(void **state) {
    (void)state;
    static const uint8_t leaves[] = {0x00, 0x10, 0x20, 0x21, 0x30, 0x31, 0x40, 0x41, 0x42,
                                     0x43, 0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57,
                                     0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68,
                                     0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f};
    static const size_t lengths[] = {0, 1, 1, 2, 2, 4, 8, 16};
    static const char *const roots[] = {
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
    struct merkle_frontier frontier;
    struct merkle_hash hash;
    merkle_frontier_init(&frontier);
    merkle_frontier_root(&frontier, &hash);
    expect_hash(&hash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (size_t i = 0, at = 0; i < 8; at += lengths[i++]) {
        merkle_leaf(leaves + at, lengths[i], &hash);
        assert_int_equal(merkle_frontier_append(&frontier, &hash), ERR_OK);
        merkle_frontier_root(&frontier, &hash);
        expect_hash(&hash, roots[i]);
    }
}

static void roots_are_the_definition(void **state) {
    (void)state;
    for (uint64_t size = 0; size <= SMALL; size++) {
        struct merkle_hash root, expected = naive_root(0, size);
        assert_int_equal(merkle_root(&naive, size, &root), ERR_OK);
        assert_true(merkle_same(&root, &expected));
    }
}

/* The frontier's nodes are what the header says, also when they are read back. */
static void frontier_keeps_the_last_of_each_level(void **state) {
    (void)state;
    struct merkle_frontier frontier, read;
    merkle_frontier_init(&frontier);
    for (uint64_t size = 0; size <= SMALL; size++) {
        struct merkle_hash root, expected = naive_root(0, size);
        merkle_frontier_root(&frontier, &root);
        assert_true(merkle_same(&root, &expected));
        assert_int_equal(merkle_frontier_read(&naive, size, &read), ERR_OK);
        assert_memory_equal(&frontier, &read, sizeof read);
        for (unsigned l = 0; size >> l > 0; l++) {
            expected = naive_root(((size >> l) - 1) << l, UINT64_C(1) << l);
            assert_true(merkle_same(&frontier.nodes[l], &expected));
        }
        const struct merkle_hash leaf = naive_leaf(size);
        assert_int_equal(merkle_frontier_append(&frontier, &leaf), ERR_OK);
    }
}

static void every_inclusion(void **state) {
    (void)state;
    for (uint64_t size = 1; size <= SMALL; size++) {
        const struct merkle_hash root = naive_root(0, size);
        for (uint64_t index = 0; index < size; index++) {
            const struct merkle_hash leaf = naive_leaf(index);
            struct merkle_proof proof, expected;
            naive_path(index, 0, size, &expected);
            assert_int_equal(merkle_inclusion(&naive, index, size, &proof), ERR_OK);
            expect_same_proof(&proof, &expected);
            assert_int_equal(merkle_verify_inclusion(&leaf, index, size, &root, &proof), ERR_OK);
        }
    }
}

static void every_consistency(void **state) {
    (void)state;
    for (uint64_t size = 0; size <= SMALL; size++) {
        const struct merkle_hash root = naive_root(0, size);
        for (uint64_t old = 0; old <= size; old++) {
            const struct merkle_hash old_root = naive_root(0, old);
            struct merkle_proof proof, expected;
            naive_consistency(old, size, &expected);
            assert_int_equal(merkle_consistency(&naive, old, size, &proof), ERR_OK);
            expect_same_proof(&proof, &expected);
            assert_int_equal(merkle_verify_consistency(old, &old_root, size, &root, &proof),
                             ERR_OK);
        }
    }
}

/* No other index, size or number of hashes is shown by the same proof. */
static void inclusion_shows_one_thing(void **state) {
    (void)state;
    enum { SIZE = 21 };
    const struct merkle_hash root = naive_root(0, SIZE);
    for (uint64_t index = 0; index < SIZE; index++) {
        const struct merkle_hash leaf = naive_leaf(index);
        struct merkle_proof proof;
        assert_int_equal(merkle_inclusion(&naive, index, SIZE, &proof), ERR_OK);
        for (uint64_t i = 0; i < SIZE; i++)
            if (i != index)
                assert_int_equal(merkle_verify_inclusion(&leaf, i, SIZE, &root, &proof), ERR_PROOF);
        for (size_t bit = 0; bit < proof.count * 256; bit += 37) {
            struct merkle_proof bad = proof;
            bad.hashes[bit / 256].bytes[bit % 256 / 8] ^= (uint8_t)(1 << bit % 8);
            assert_int_equal(merkle_verify_inclusion(&leaf, index, SIZE, &root, &bad), ERR_PROOF);
        }
        for (size_t count = 0; count < 70; count++) {
            const size_t right = proof.count;
            proof.count = count;
            assert_int_equal(merkle_verify_inclusion(&leaf, index, SIZE, &root, &proof),
                             count == right ? ERR_OK : ERR_PROOF);
            proof.count = right;
        }
        proof.count = SIZE_MAX;
        assert_int_equal(merkle_verify_inclusion(&leaf, index, SIZE, &root, &proof), ERR_PROOF);
    }
}

static void consistency_shows_one_thing(void **state) {
    (void)state;
    enum { SIZE = 21 };
    const struct merkle_hash root = naive_root(0, SIZE);
    for (uint64_t old = 1; old < SIZE; old++) {
        const struct merkle_hash old_root = naive_root(0, old), other = naive_root(1, old);
        struct merkle_proof proof;
        assert_int_equal(merkle_consistency(&naive, old, SIZE, &proof), ERR_OK);
        assert_int_equal(merkle_verify_consistency(old, &other, SIZE, &root, &proof), ERR_PROOF);
        assert_int_equal(merkle_verify_consistency(old, &old_root, SIZE, &other, &proof),
                         ERR_PROOF);
        for (size_t bit = 0; bit < proof.count * 256; bit += 37) {
            struct merkle_proof bad = proof;
            bad.hashes[bit / 256].bytes[bit % 256 / 8] ^= (uint8_t)(1 << bit % 8);
            assert_int_equal(merkle_verify_consistency(old, &old_root, SIZE, &root, &bad),
                             ERR_PROOF);
        }
        for (size_t count = 0; count < 70; count++) {
            const size_t right = proof.count;
            proof.count = count;
            assert_int_equal(merkle_verify_consistency(old, &old_root, SIZE, &root, &proof),
                             count == right ? ERR_OK : ERR_PROOF);
            proof.count = right;
        }
        proof.count = SIZE_MAX;
        assert_int_equal(merkle_verify_consistency(old, &old_root, SIZE, &root, &proof), ERR_PROOF);
    }
}

static void nothing_grows_from_the_wrong_nothing(void **state) {
    (void)state;
    const struct merkle_hash empty = naive_root(0, 0), root = naive_root(0, 3);
    struct merkle_proof none = {.count = 0}, one = {.count = 1};
    assert_int_equal(merkle_verify_consistency(0, &empty, 3, &root, &none), ERR_OK);
    assert_int_equal(merkle_verify_consistency(0, &empty, 3, &root, &one), ERR_PROOF);
    assert_int_equal(merkle_verify_consistency(0, &root, 3, &root, &none), ERR_PROOF);
    assert_int_equal(merkle_verify_consistency(0, &empty, 0, &empty, &none), ERR_OK);
    assert_int_equal(merkle_verify_consistency(0, &empty, 0, &root, &none), ERR_PROOF);
    assert_int_equal(merkle_verify_consistency(3, &root, 3, &root, &none), ERR_OK);
    assert_int_equal(merkle_verify_consistency(3, &root, 3, &root, &one), ERR_PROOF);
    assert_int_equal(merkle_verify_consistency(3, &empty, 3, &root, &none), ERR_PROOF);
}

static void ranges(void **state) {
    (void)state;
    const uint64_t above = MERKLE_SIZE_MAX + 1;
    struct merkle_hash hash = naive_leaf(0);
    struct merkle_frontier frontier;
    struct merkle_proof proof = {.count = 0};
    assert_int_equal(merkle_root(&naive, above, &hash), ERR_RANGE);
    assert_int_equal(merkle_frontier_read(&naive, above, &frontier), ERR_RANGE);
    assert_int_equal(merkle_inclusion(&naive, 0, 0, &proof), ERR_RANGE);
    assert_int_equal(merkle_inclusion(&naive, 5, 5, &proof), ERR_RANGE);
    assert_int_equal(merkle_inclusion(&naive, 0, above, &proof), ERR_RANGE);
    assert_int_equal(merkle_consistency(&naive, 6, 5, &proof), ERR_RANGE);
    assert_int_equal(merkle_consistency(&naive, 1, UINT64_MAX, &proof), ERR_RANGE);
    assert_int_equal(merkle_verify_inclusion(&hash, 0, 0, &hash, &proof), ERR_RANGE);
    assert_int_equal(merkle_verify_inclusion(&hash, 1, 1, &hash, &proof), ERR_RANGE);
    assert_int_equal(merkle_verify_inclusion(&hash, 0, above, &hash, &proof), ERR_RANGE);
    assert_int_equal(merkle_verify_consistency(2, &hash, 1, &hash, &proof), ERR_RANGE);
    assert_int_equal(merkle_verify_consistency(1, &hash, above, &hash, &proof), ERR_RANGE);
}

/* Shows the odd leaf in a tree, and in no other place of it. */
static void check_odd_inclusion(uint64_t index, uint64_t size) {
    struct odd_tree tree;
    odd_tree_init(&tree, index);
    const struct merkle_reader reader = {odd_tree_read, &tree};
    struct merkle_proof proof;
    struct merkle_hash root;
    assert_int_equal(merkle_root(&reader, size, &root), ERR_OK);
    assert_int_equal(merkle_inclusion(&reader, index, size, &proof), ERR_OK);
    assert_true(proof.count <= MERKLE_PROOF_HASHES - 1);
    assert_int_equal(merkle_verify_inclusion(&tree.with_odd[0], index, size, &root, &proof),
                     ERR_OK);
    for (unsigned bit = 0; bit < 63; bit++)
        if ((index ^ UINT64_C(1) << bit) < size)
            assert_int_equal(merkle_verify_inclusion(&tree.with_odd[0], index ^ UINT64_C(1) << bit,
                                                     size, &root, &proof),
                             ERR_PROOF);
}

static void check_odd_consistency(uint64_t odd, uint64_t old, uint64_t size) {
    struct odd_tree tree;
    odd_tree_init(&tree, odd);
    const struct merkle_reader reader = {odd_tree_read, &tree};
    struct merkle_proof proof;
    struct merkle_hash old_root, root;
    assert_int_equal(merkle_root(&reader, old, &old_root), ERR_OK);
    assert_int_equal(merkle_root(&reader, size, &root), ERR_OK);
    assert_int_equal(merkle_consistency(&reader, old, size, &proof), ERR_OK);
    assert_int_equal(merkle_verify_consistency(old, &old_root, size, &root, &proof), ERR_OK);
    if (old == 0 || old == size) return;
    odd_tree_init(&tree, old - 1 == odd ? old - 2 : old - 1); /* another past */
    struct merkle_hash other;
    assert_int_equal(merkle_root(&reader, old, &other), ERR_OK);
    assert_int_equal(merkle_verify_consistency(old, &other, size, &root, &proof),
                     merkle_same(&other, &old_root) ? ERR_OK : ERR_PROOF);
}

static void sizes_that_matter(void **state) {
    (void)state;
    for (size_t i = 0; i < ANCHORS; i++) {
        const uint64_t size = anchors[i];
        check_odd_inclusion(0, size);
        check_odd_inclusion(size / 2, size);
        check_odd_inclusion(size - 1, size);
        for (size_t k = 0; k <= i; k++) check_odd_consistency(anchors[k] / 2, anchors[k], size);
        check_odd_consistency(0, 0, size);
    }
}

static void up_to_the_largest(void **state) {
    (void)state;
    uint64_t seed = 88172645463325252;
    check_odd_inclusion(0, MERKLE_SIZE_MAX);
    check_odd_inclusion(MERKLE_SIZE_MAX - 1, MERKLE_SIZE_MAX);
    check_odd_consistency(1, MERKLE_SIZE_MAX - 1, MERKLE_SIZE_MAX);
    check_odd_consistency(1, MERKLE_SIZE_MAX / 2 + 1, MERKLE_SIZE_MAX);
    check_odd_consistency(1, 3, MERKLE_SIZE_MAX);
    for (int i = 0; i < 1500; i++) {
        const uint64_t size = (next_random(&seed) >> 1 >> next_random(&seed) % 62) + 1;
        if (size > MERKLE_SIZE_MAX) continue;
        check_odd_inclusion(next_random(&seed) % size, size);
        const uint64_t old = next_random(&seed) % (size + 1);
        check_odd_consistency(old > 0 ? next_random(&seed) % old : 0, old, size);
    }
}

/* The longest consistency proof fills the array and no more. */
static void longest_proof(void **state) {
    (void)state;
    struct odd_tree tree;
    odd_tree_init(&tree, 0);
    const struct merkle_reader reader = {odd_tree_read, &tree};
    struct merkle_proof proof;
    assert_int_equal(merkle_consistency(&reader, (UINT64_C(1) << 62) - 1, MERKLE_SIZE_MAX, &proof),
                     ERR_OK);
    assert_int_equal(proof.count, MERKLE_PROOF_HASHES);
    assert_int_equal(merkle_inclusion(&reader, 1, MERKLE_SIZE_MAX, &proof), ERR_OK);
    assert_int_equal(proof.count, MERKLE_PROOF_HASHES - 1);
}

static void frontier_up_to_the_largest(void **state) {
    (void)state;
    struct odd_tree tree;
    odd_tree_init(&tree, 5);
    const struct merkle_reader reader = {odd_tree_read, &tree};
    struct merkle_frontier frontier;
    struct merkle_hash root, expected;
    assert_int_equal(merkle_frontier_read(&reader, MERKLE_SIZE_MAX - 70, &frontier), ERR_OK);
    for (uint64_t size = MERKLE_SIZE_MAX - 69; size <= MERKLE_SIZE_MAX; size++) {
        assert_int_equal(merkle_frontier_append(&frontier, &tree.same[0]), ERR_OK);
        merkle_frontier_root(&frontier, &root);
        assert_int_equal(merkle_root(&reader, size, &expected), ERR_OK);
        assert_true(merkle_same(&root, &expected));
    }
    assert_int_equal(merkle_frontier_append(&frontier, &tree.same[0]), ERR_FULL);
    assert_int_equal(frontier.size, MERKLE_SIZE_MAX);
}

/* Fails at the n-th read. */
static enum err failing_read(void *context, unsigned level, uint64_t index,
                             struct merkle_hash *out) {
    int *left = context;
    if ((*left)-- == 0) return ERR_IO;
    return naive_read(NULL, level, index, out);
}

static void errors_of_the_reader_are_passed_on(void **state) {
    (void)state;
    int left;
    const struct merkle_reader reader = {failing_read, &left};
    struct merkle_hash root = {{0x5a}};
    struct merkle_proof proof = {.count = 99};
    struct merkle_frontier frontier = {.size = 99};
    for (int at = 0; at < 3; at++) {
        left = at;
        assert_int_equal(merkle_root(&reader, 7, &root), ERR_IO);
        left = at;
        assert_int_equal(merkle_inclusion(&reader, 2, 7, &proof), ERR_IO);
        left = at;
        assert_int_equal(merkle_consistency(&reader, 3, 7, &proof), ERR_IO);
        left = at;
        assert_int_equal(merkle_frontier_read(&reader, 7, &frontier), ERR_IO);
    }
    assert_int_equal(root.bytes[0], 0x5a);
    assert_int_equal(proof.count, 99);
    assert_int_equal(frontier.size, 99);
}

static void text_of_a_hash(void **state) {
    (void)state;
    struct merkle_hash hash, back;
    char text[MERKLE_HASH_TEXT_BYTES];
    merkle_empty(&hash);
    assert_string_equal(merkle_hash_text(&hash, text),
                        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    assert_int_equal(merkle_hash_parse(text, 44, &back), ERR_OK);
    assert_true(merkle_same(&hash, &back));
    assert_int_equal(merkle_hash_parse(text, 43, &back), ERR_SYNTAX);
    assert_int_equal(merkle_hash_parse(text, 40, &back), ERR_SYNTAX);
    text[43] = 'A'; /* 33 bytes */
    assert_int_equal(merkle_hash_parse(text, 44, &back), ERR_SYNTAX);
    text[42] = text[43] = '='; /* 31 bytes */
    assert_int_equal(merkle_hash_parse(text, 44, &back), ERR_SYNTAX);
    memcpy(text + 42, "V=", 3); /* bits that no byte has */
    assert_int_equal(merkle_hash_parse(text, 44, &back), ERR_SYNTAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_roots),
        cmocka_unit_test(roots_are_the_definition),
        cmocka_unit_test(frontier_keeps_the_last_of_each_level),
        cmocka_unit_test(every_inclusion),
        cmocka_unit_test(every_consistency),
        cmocka_unit_test(inclusion_shows_one_thing),
        cmocka_unit_test(consistency_shows_one_thing),
        cmocka_unit_test(nothing_grows_from_the_wrong_nothing),
        cmocka_unit_test(ranges),
        cmocka_unit_test(sizes_that_matter),
        cmocka_unit_test(up_to_the_largest),
        cmocka_unit_test(longest_proof),
        cmocka_unit_test(frontier_up_to_the_largest),
        cmocka_unit_test(errors_of_the_reader_are_passed_on),
        cmocka_unit_test(text_of_a_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
