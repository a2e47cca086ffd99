/* Tiles against the examples of tlog-tiles (size 70,000, index 1234067), walks against the
 * definition, and roots and proofs read from tiles against the recursive definition. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ledger/tile.h"
#include "naive_tree.h"

static void expect_path(struct tile tile, const char *text) {
    char path[TILE_PATH_BYTES];
    struct tile back;
    assert_string_equal(tile_path(&tile, path), text);
    assert_int_equal(tile_path_parse(text, strlen(text), &back), ERR_OK);
    assert_int_equal(back.entries, tile.entries);
    assert_int_equal(back.level, tile.level);
    assert_int_equal(back.width, tile.width);
    assert_int_equal(back.index, tile.index);
}

static void paths(void **state) {
    (void)state;
    expect_path((struct tile){false, 0, 256, 0}, "tile/0/000");
    expect_path((struct tile){false, 0, 112, 273}, "tile/0/273.p/112");
    expect_path((struct tile){false, 1, 17, 1}, "tile/1/001.p/17");
    expect_path((struct tile){false, 2, 1, 0}, "tile/2/000.p/1");
    expect_path((struct tile){false, 0, 256, 999}, "tile/0/999");
    expect_path((struct tile){false, 0, 256, 1000}, "tile/0/x001/000");
    expect_path((struct tile){false, 3, 255, 1234067}, "tile/3/x001/x234/067.p/255");
    expect_path((struct tile){true, 0, 256, 1234067}, "tile/entries/x001/x234/067");
    expect_path((struct tile){true, 0, 9, 7}, "tile/entries/007.p/9");
    expect_path((struct tile){false, 7, 127, 0}, "tile/7/000.p/127");
    expect_path((struct tile){true, 0, 255, (UINT64_C(1) << 55) - 1},
                "tile/entries/x036/x028/x797/x018/x963/967.p/255");
}

static void paths_that_are_none(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "/tile/0/000",
        "tile/0/000/",
        "tile//000",
        "tile/00/000",
        "tile/-1/000",
        "tile/+1/000",
        "tile/01/000",
        "tile/64/000",
        "tile/256/000",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/1000",
        "tile/0/x000/000",
        "tile/0/x001/x000",
        "tile/0/001/000",
        "tile/0/x1/000",
        "tile/0/x001000",
        "tile/0/X001/000",
        "tile/0/000.p",
        "tile/0/000.p/",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/1/",
        "tile/0/000.p/1 ",
        "tile/0/000.P/1",
        "tile/0/000.p/1000",
        " tile/0/000",
        "tile/0/000\n",
        "tile/0/../000",
        "tile/entries",
        "tile/entries/",
        "tile/entriesx001/000",
        "tile/entries/0/000",
        "tile/data/000",
        "tile/8/0/000",
        "tile/0/00a",
        "tile/0/x00a/000",
        "tile/0/x001//000",
        "checkpoint",
        "tile/0/x001/x001/x001/x001/x001/x001/x001/x001/x001/x001/x001/000"};
    struct tile tile = {.width = 77};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(tile_path_parse(bad[i], strlen(bad[i]), &tile), ERR_SYNTAX);
    assert_int_equal(tile_path_parse("tile/0/000\0", 11, &tile), ERR_SYNTAX);
    assert_int_equal(tile.width, 77);
}

static void paths_of_no_tree(void **state) {
    (void)state;
    struct tile tile = {.width = 77};
    static const char *const beyond[] = {"tile/8/000",
                                         "tile/63/000",
                                         "tile/7/000",
                                         "tile/7/000.p/128",
                                         "tile/7/001.p/1",
                                         "tile/0/x036/x028/x797/x018/x963/967",
                                         "tile/0/x036/x028/x797/x018/x963/968.p/1",
                                         "tile/0/x999/x999/x999/x999/x999/x999/x999/999"};
    for (size_t i = 0; i < sizeof beyond / sizeof beyond[0]; i++)
        assert_int_equal(tile_path_parse(beyond[i], strlen(beyond[i]), &tile), ERR_RANGE);
    assert_int_equal(tile.width, 77);
}

static void widths(void **state) {
    (void)state;
    assert_int_equal(tile_width(0, 272, 70000), 256);
    assert_int_equal(tile_width(0, 273, 70000), 112);
    assert_int_equal(tile_width(0, 274, 70000), 0);
    assert_int_equal(tile_width(1, 0, 70000), 256);
    assert_int_equal(tile_width(1, 1, 70000), 17);
    assert_int_equal(tile_width(2, 0, 70000), 1);
    assert_int_equal(tile_width(3, 0, 70000), 0);
    assert_int_equal(tile_width(0, 0, 0), 0);
    assert_int_equal(tile_width(1, 0, 255), 0);
    assert_int_equal(tile_width(0, 1, 256), 0);
    assert_int_equal(tile_width(1, 0, 256), 1);
    assert_int_equal(tile_width(0, UINT64_MAX, MERKLE_SIZE_MAX), 0);
    assert_int_equal(tile_width(7, 0, MERKLE_SIZE_MAX), 127);
    assert_int_equal(tile_width(8, 0, MERKLE_SIZE_MAX), 0);
    assert_int_equal(tile_width(UINT32_MAX, 0, MERKLE_SIZE_MAX), 0);
}

/* A tree of 70,000: 273 full bundles and tiles, one of 112; 1 full tile and one of 17; one of 1. */
static void tiles_of_seventy_thousand(void **state) {
    (void)state;
    struct tile_walk walk;
    struct tile tile;
    unsigned full[2][3] = {{0}}, partial[2][3] = {{0}}, count = 0;
    tile_walk_init(&walk, 0, 70000, true);
    while (tile_walk_next(&walk, &tile)) {
        count++;
        assert_true(tile.level < 3);
        if (tile.width == TILE_WIDTH)
            full[tile.entries][tile.level]++;
        else
            partial[tile.entries][tile.level] += tile.width;
    }
    assert_false(tile_walk_next(&walk, &tile));
    assert_int_equal(count, 274 * 2 + 2 + 1);
    for (int entries = 0; entries < 2; entries++) {
        assert_int_equal(full[entries][0], 273);
        assert_int_equal(partial[entries][0], 112);
    }
    assert_int_equal(full[0][1], 1);
    assert_int_equal(partial[0][1], 17);
    assert_int_equal(full[0][2], 0);
    assert_int_equal(partial[0][2], 1);
}

/* The next tile that the definition asks for, from (level, index) on: wider than it was. */
static bool next_changed(uint64_t old, uint64_t size, struct tile *at) {
    for (; at->level < TILE_LEVELS; at->level++, at->index = 0) {
        for (; tile_width(at->level, at->index, size) > 0; at->index++) {
            at->width = (uint16_t)tile_width(at->level, at->index, size);
            if (at->width > tile_width(at->level, at->index, old)) return true;
        }
    }
    return false;
}

static void walks_between_sizes(void **state) {
    (void)state;
    static const uint64_t sizes[] = {0,   1,     2,     255,   256,   257,    511,   512,
                                     513, 65535, 65536, 65537, 65792, 131072, 131073};
    enum { SIZES = sizeof sizes / sizeof sizes[0] };
    for (size_t a = 0; a < SIZES; a++) {
        for (size_t b = a; b < SIZES; b++) {
            struct tile_walk walk;
            struct tile tile, expected = {.level = 0};
            tile_walk_init(&walk, sizes[a], sizes[b], false);
            for (; next_changed(sizes[a], sizes[b], &expected); expected.index++) {
                assert_true(tile_walk_next(&walk, &tile));
                assert_false(tile.entries);
                assert_int_equal(tile.level, expected.level);
                assert_int_equal(tile.index, expected.index);
                assert_int_equal(tile.width, expected.width);
            }
            assert_false(tile_walk_next(&walk, &tile));
        }
    }
}

static void walk_with_bundles(void **state) {
    (void)state;
    static const struct tile expected[] = {
        {true, 0, 256, 0}, {true, 0, 3, 1}, {false, 0, 256, 0}, {false, 0, 3, 1}, {false, 1, 1, 0}};
    struct tile_walk walk;
    struct tile tile;
    tile_walk_init(&walk, 200, 259, true);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        assert_true(tile_walk_next(&walk, &tile));
        assert_int_equal(tile.entries, expected[i].entries);
        assert_int_equal(tile.level, expected[i].level);
        assert_int_equal(tile.index, expected[i].index);
        assert_int_equal(tile.width, expected[i].width);
    }
    assert_false(tile_walk_next(&walk, &tile));
    tile_walk_init(&walk, 259, 259, true);
    assert_false(tile_walk_next(&walk, &tile));
    tile_walk_init(&walk, MERKLE_SIZE_MAX - 1, MERKLE_SIZE_MAX, true);
    assert_true(tile_walk_next(&walk, &tile) && tile.entries && tile.width == 255);
    assert_true(tile_walk_next(&walk, &tile) && !tile.entries && tile.level == 0);
    assert_false(tile_walk_next(&walk, &tile));
}

/* Tiles made from the definition on demand. */
struct shelf {
    uint64_t size;
    unsigned loads, failures;
    bool only_full, broken;
};

static enum err shelf_load(void *context, const struct tile *tile, struct merkle_hash *out) {
    struct shelf *shelf = context;
    shelf->loads++;
    if (shelf->broken) return ERR_SHORT;
    if ((shelf->only_full && tile->width < TILE_WIDTH) ||
        tile_width(tile->level, tile->index, shelf->size) < tile->width) {
        shelf->failures++;
        return ERR_IO;
    }
    for (unsigned i = 0; i < tile->width; i++) {
        const uint64_t count = UINT64_C(1) << TILE_HEIGHT * tile->level;
        out[i] = naive_root((tile->index * TILE_WIDTH + i) * count, count);
    }
    return ERR_OK;
}

static void read_and_compare(struct tile_reader *reader, uint64_t size) {
    const struct merkle_reader tiles = tile_merkle_reader(reader);
    const struct merkle_hash expected = naive_root(0, size);
    const uint64_t last = size - 1, indices[] = {0, last / 2, last};
    struct merkle_hash root;
    struct merkle_proof proof;
    assert_int_equal(merkle_root(&tiles, size, &root), ERR_OK);
    assert_true(merkle_same(&root, &expected));
    for (size_t i = 0; i < 3; i++) {
        const struct merkle_hash leaf = naive_leaf(indices[i]);
        assert_int_equal(merkle_inclusion(&tiles, indices[i], size, &proof), ERR_OK);
        assert_int_equal(merkle_verify_inclusion(&leaf, indices[i], size, &root, &proof), ERR_OK);
        const struct merkle_hash old = naive_root(0, indices[i]);
        assert_int_equal(merkle_consistency(&tiles, indices[i], size, &proof), ERR_OK);
        assert_int_equal(merkle_verify_consistency(indices[i], &old, size, &root, &proof), ERR_OK);
    }
}

static void hashes_come_out_of_tiles(void **state) {
    (void)state;
    static const uint64_t sizes[] = {1, 2, 255, 256, 257, 511, 512, 3000, 65536, 70000};
    struct tile_slot *slots = malloc(4 * sizeof *slots);
    assert_non_null(slots);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (size_t count = 1; count <= 4; count += 3) {
            struct shelf shelf = {.size = sizes[i]};
            struct tile_reader reader;
            tile_reader_init(&reader, (struct tile_loader){shelf_load, &shelf}, sizes[i], slots,
                             count);
            read_and_compare(&reader, sizes[i]);
            assert_int_equal(shelf.failures, 0);
        }
    }
    free(slots);
}

static void the_cache_spares_loads(void **state) {
    (void)state;
    struct tile_slot *slots = malloc(2 * sizeof *slots);
    assert_non_null(slots);
    struct shelf shelf = {.size = 1000};
    struct tile_reader reader;
    struct merkle_hash hash, leaf;
    tile_reader_init(&reader, (struct tile_loader){shelf_load, &shelf}, 1000, slots, 2);
    static const struct {
        uint64_t index;
        unsigned loads;
    } reads[] = {{0, 1}, {255, 1}, {256, 2}, {1, 2}, {600, 3}, {2, 3}, {300, 4}};
    for (size_t i = 0; i < sizeof reads / sizeof reads[0]; i++) {
        leaf = naive_leaf(reads[i].index);
        assert_int_equal(tile_read_hash(&reader, 0, reads[i].index, &hash), ERR_OK);
        assert_true(merkle_same(&hash, &leaf));
        assert_int_equal(shelf.loads, reads[i].loads);
    }
    free(slots);
}

/* An old size of a log that has deleted its partial tiles since. */
static void full_tiles_stand_in_for_partial_ones(void **state) {
    (void)state;
    struct tile_slot *slots = malloc(2 * sizeof *slots);
    assert_non_null(slots);
    struct shelf shelf = {.size = 1024, .only_full = true};
    struct tile_reader reader;
    tile_reader_init(&reader, (struct tile_loader){shelf_load, &shelf}, 200, slots, 2);
    read_and_compare(&reader, 200);
    assert_int_equal(shelf.failures, 1);
    shelf.size = 255;
    struct merkle_hash hash;
    tile_reader_init(&reader, (struct tile_loader){shelf_load, &shelf}, 200, slots, 2);
    assert_int_equal(tile_read_hash(&reader, 0, 0, &hash), ERR_IO);
    shelf.broken = true;
    assert_int_equal(tile_read_hash(&reader, 0, 0, &hash), ERR_SHORT);
    shelf = (struct shelf){.size = 200};
    assert_int_equal(tile_read_hash(&reader, 0, 0, &hash), ERR_OK);
    free(slots);
}

static void no_hash_beyond_the_tree(void **state) {
    (void)state;
    struct tile_slot slot;
    struct shelf shelf = {.size = 1024};
    struct tile_reader reader;
    struct merkle_hash hash;
    tile_reader_init(&reader, (struct tile_loader){shelf_load, &shelf}, 300, &slot, 1);
    assert_int_equal(tile_read_hash(&reader, 0, 299, &hash), ERR_OK);
    assert_int_equal(tile_read_hash(&reader, 0, 300, &hash), ERR_RANGE);
    assert_int_equal(tile_read_hash(&reader, 8, 1, &hash), ERR_RANGE);
    assert_int_equal(tile_read_hash(&reader, 9, 0, &hash), ERR_RANGE);
    assert_int_equal(tile_read_hash(&reader, 63, 0, &hash), ERR_RANGE);
    assert_int_equal(tile_read_hash(&reader, 64, 0, &hash), ERR_RANGE);
    assert_int_equal(tile_read_hash(&reader, UINT32_MAX, 0, &hash), ERR_RANGE);
    assert_int_equal(tile_read_hash(&reader, 0, UINT64_MAX, &hash), ERR_RANGE);
}

static void bundles(void **state) {
    (void)state;
    static const uint8_t expected[] = {0, 3, 'a', 'b', 'c', 0, 0, 0, 1, 'd'};
    uint8_t room[sizeof expected];
    struct writer w = writer_of(room, sizeof room);
    assert_int_equal(tile_entries_put(&w, "abc", 3), ERR_OK);
    assert_int_equal(tile_entries_put(&w, NULL, 0), ERR_OK);
    assert_int_equal(tile_entries_put(&w, "de", 2), ERR_FULL);
    assert_int_equal(tile_entries_put(&w, "d", 1), ERR_OK);
    assert_int_equal(tile_entries_put(&w, NULL, 0), ERR_FULL);
    assert_int_equal(writer_length(&w), sizeof expected);
    assert_memory_equal(room, expected, sizeof expected);

    struct reader r = reader_of(room, sizeof room);
    const uint8_t *entry = NULL;
    size_t length = 99;
    assert_int_equal(tile_entries_next(&r, &entry, &length), ERR_OK);
    assert_true(length == 3 && entry == room + 2);
    assert_int_equal(tile_entries_next(&r, &entry, &length), ERR_OK);
    assert_int_equal(length, 0);
    assert_int_equal(tile_entries_next(&r, &entry, &length), ERR_OK);
    assert_true(length == 1 && *entry == 'd');
    assert_int_equal(tile_entries_next(&r, &entry, &length), ERR_SHORT);
    assert_true(length == 1 && *entry == 'd');
    assert_int_equal(tile_entries_at(room, sizeof room, 2, &entry, &length), ERR_OK);
    assert_true(length == 1 && *entry == 'd');
    assert_int_equal(tile_entries_at(room, sizeof room, 3, &entry, &length), ERR_SHORT);
    assert_int_equal(tile_entries_at(room, sizeof room - 1, 2, &entry, &length), ERR_SHORT);
}

static void longest_entry(void **state) {
    (void)state;
    uint8_t *room = malloc(2 + 65536), *bytes = calloc(1, 65536);
    assert_true(room && bytes);
    struct writer w = writer_of(room, 2 + 65536);
    assert_int_equal(tile_entries_put(&w, bytes, 65536), ERR_TOO_LONG);
    assert_int_equal(tile_entries_put(&w, bytes, 65535), ERR_OK);
    assert_int_equal(writer_length(&w), 65537);
    free(room);
    free(bytes);
}

static void leaves_of_a_bundle(void **state) {
    (void)state;
    uint8_t room[64];
    struct writer w = writer_of(room, sizeof room);
    struct merkle_hash leaves[3], expected;
    assert_int_equal(tile_entries_put(&w, "abc", 3), ERR_OK);
    assert_int_equal(tile_entries_put(&w, "de", 2), ERR_OK);
    const size_t length = writer_length(&w);
    assert_int_equal(tile_entries_leaves(room, length, 2, leaves), ERR_OK);
    merkle_leaf("abc", 3, &expected);
    assert_true(merkle_same(&leaves[0], &expected));
    merkle_leaf("de", 2, &expected);
    assert_true(merkle_same(&leaves[1], &expected));
    memset(leaves, 0x5a, sizeof leaves);
    memset(&expected, 0x5a, sizeof expected);
    assert_int_equal(tile_entries_leaves(room, length, 1, leaves), ERR_TRAILING);
    assert_int_equal(tile_entries_leaves(room, length, 3, leaves), ERR_SHORT);
    for (size_t cut = 0; cut < length; cut++)
        assert_int_equal(tile_entries_leaves(room, cut, 2, leaves), ERR_SHORT);
    assert_true(merkle_same(&leaves[0], &expected));
    assert_int_equal(tile_entries_leaves(room, 0, 0, leaves), ERR_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths),
        cmocka_unit_test(paths_that_are_none),
        cmocka_unit_test(paths_of_no_tree),
        cmocka_unit_test(widths),
        cmocka_unit_test(tiles_of_seventy_thousand),
        cmocka_unit_test(walks_between_sizes),
        cmocka_unit_test(walk_with_bundles),
        cmocka_unit_test(hashes_come_out_of_tiles),
        cmocka_unit_test(the_cache_spares_loads),
        cmocka_unit_test(full_tiles_stand_in_for_partial_ones),
        cmocka_unit_test(no_hash_beyond_the_tree),
        cmocka_unit_test(bundles),
        cmocka_unit_test(longest_entry),
        cmocka_unit_test(leaves_of_a_bundle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
