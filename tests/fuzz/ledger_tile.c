/* Any bytes as the name of a tile and as an entry bundle. Invariants: a name that is taken is the
 * one that we would write; a bundle that is taken is, entry by entry, what we would build; a walk
 * between two sizes keeps to what the trees have. */
#include <string.h>

#include "base/check.h"
#include "ledger/tile.h"

static void check_path(const char *text, size_t length) {
    struct tile tile;
    char again[TILE_PATH_BYTES];
    if (tile_path_parse(text, length, &tile) != ERR_OK) return;
    tile_path(&tile, again);
    CHECK(strlen(again) == length && memcmp(again, text, length) == 0);
    CHECK(tile_width(tile.level, tile.index, MERKLE_SIZE_MAX) >= tile.width);
}

static void check_bundle(const uint8_t *bytes, size_t length) {
    static uint8_t again[1 << 20];
    struct reader r = reader_of(bytes, length);
    struct writer w = writer_of(again, sizeof again);
    struct merkle_hash leaves[TILE_WIDTH], leaf;
    const uint8_t *entry, *same;
    size_t entry_length, same_length;
    unsigned count = 0;
    for (; count < TILE_WIDTH && tile_entries_next(&r, &entry, &entry_length) == ERR_OK; count++) {
        CHECK(tile_entries_at(bytes, length, count, &same, &same_length) == ERR_OK);
        CHECK(same == entry && same_length == entry_length);
        CHECK(tile_entries_put(&w, entry, entry_length) == ERR_OK);
    }
    CHECK(memcmp(again, bytes, writer_length(&w)) == 0);
    enum err err = tile_entries_leaves(bytes, length, count, leaves);
    CHECK((err == ERR_OK) == (writer_length(&w) == length));
    if (err != ERR_OK || count == 0) return;
    CHECK(tile_entries_at(bytes, length, count - 1, &entry, &entry_length) == ERR_OK);
    merkle_leaf(entry, entry_length, &leaf);
    CHECK(merkle_same(&leaf, &leaves[count - 1]));
}

static void check_walk(const uint8_t *bytes, size_t length) {
    struct reader r = reader_of(bytes, length);
    uint64_t old_size = bytes_get_u64(&r), size = bytes_get_u64(&r);
    struct tile_walk walk;
    struct tile tile;
    if (r.failed || old_size > size || size > MERKLE_SIZE_MAX) return;
    tile_walk_init(&walk, old_size, size, true);
    for (int i = 0; i < 300 && tile_walk_next(&walk, &tile); i++) {
        char path[TILE_PATH_BYTES];
        tile_path(&tile, path);
        CHECK(tile.width == tile_width(tile.level, tile.index, size));
        CHECK(tile.width > tile_width(tile.level, tile.index, old_size));
        check_path(path, strlen(path));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    check_path((const char *)bytes, length);
    check_bundle(bytes, length);
    check_walk(bytes, length);
    return 0;
}
