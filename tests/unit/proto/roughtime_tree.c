/* The Merkle tree in any lanes: root and paths against hashes made one at a time, by the client's
 * own walk up the path (RFC 10049 section 5.4). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/roughtime_tree.h"

enum { HASH = ROUGHTIME_PROOF_HASH_BYTES, BYTES = 1100 };

static struct roughtime_tree tree;

/* Packets differ in content and in length. */
static size_t packet_of(size_t i, uint8_t out[BYTES]) {
    size_t length = i % 7 == 3 ? 20 + i : 1036;
    for (size_t k = 0; k < length; k++) out[k] = (uint8_t)(k * 5 + i * 11 + k / 256);
    return length;
}

static void root_by_path(size_t leaf, uint8_t out[HASH]) {
    uint8_t packet[BYTES], path[ROUGHTIME_TREE_PATH_BYTES];
    size_t length = roughtime_tree_path_length(&tree), index = leaf;
    roughtime_tree_path(&tree, leaf, path);
    roughtime_proof_leaf(packet, packet_of(leaf, packet), out);
    for (size_t at = 0; at < length; at += HASH, index /= 2)
        if (index % 2 == 0)
            roughtime_proof_node(out, path + at, out);
        else
            roughtime_proof_node(path + at, out, out);
    assert_int_equal(index, 0);
}

static void check_size(enum hash_lanes_way way, size_t leaves) {
    uint8_t packet[BYTES], root[HASH], walked[HASH];
    size_t depth = 0;
    while ((size_t)1 << depth < leaves) depth++;
    roughtime_tree_init(&tree, way);
    for (size_t i = 0; i < leaves; i++) {
        size_t length = packet_of(i, packet);
        assert_int_equal(roughtime_tree_add(&tree, packet, length), i);
        memset(packet, 0xee, length); /* the caller's bytes are not needed any more */
    }
    memcpy(root, roughtime_tree_grow(&tree), HASH);
    assert_int_equal(roughtime_tree_path_length(&tree), depth * HASH);
    for (size_t i = 0; i < leaves; i++) {
        root_by_path(i, walked);
        assert_memory_equal(walked, root, HASH);
    }
    assert_memory_equal(roughtime_tree_grow(&tree), root, HASH); /* as often as one likes */
}

static void every_leaf_leads_to_the_root(void **state) {
    (void)state;
    for (enum hash_lanes_way way = 0; way < HASH_LANES_WAYS; way++) {
        if (!hash_lanes_can(way)) continue;
        for (size_t leaves = 1; leaves <= 40; leaves++) check_size(way, leaves);
        check_size(way, LIMIT_ROUGHTIME_BATCH - 1);
        check_size(way, LIMIT_ROUGHTIME_BATCH);
    }
}

/* A batch that was given up leaves nothing behind. */
static void cleared(void **state) {
    (void)state;
    uint8_t packet[BYTES], expected[HASH];
    roughtime_tree_init(&tree, hash_lanes_best());
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(roughtime_tree_add(&tree, packet, packet_of(9 + i, packet)), i);
    roughtime_tree_clear(&tree);
    size_t length = packet_of(1, packet);
    assert_int_equal(roughtime_tree_add(&tree, packet, length), 0);
    roughtime_proof_leaf(packet, length, expected);
    assert_memory_equal(roughtime_tree_grow(&tree), expected, HASH);
    assert_int_equal(roughtime_tree_path_length(&tree), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_leaf_leads_to_the_root),
        cmocka_unit_test(cleared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
