/* The right edge: grows to the tiles that C2SP tlog-tiles asks for, comes back from them, and says
 * which file is wrong. */
#include "ledger/right_edge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ledger/memory_store.h"

static struct memory_store memory;
static struct ledger_store store;
static struct right_edge edge, again;
static char path[STORE_PATH_BYTES];

static int set_up(void **state) {
    (void)state;
    store = memory_store_of(&memory);
    right_edge_init(&edge);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    memory_free(&memory);
    return 0;
}

static enum err append_one(void) {
    uint8_t entry[8];
    struct merkle_hash leaf;
    for (unsigned i = 0; i < 8; i++) entry[i] = (uint8_t)(edge.frontier.size >> 8 * i);
    merkle_leaf(entry, sizeof entry, &leaf);
    return right_edge_append(&edge, &store, entry, sizeof entry, &leaf, path);
}

static void grow(uint64_t size) {
    while (edge.frontier.size < size) assert_int_equal(append_one(), ERR_OK);
}

static struct merkle_hash write_all(void) {
    struct merkle_hash root, frontier;
    assert_int_equal(right_edge_write(&edge, &store, path), ERR_OK);
    assert_int_equal(right_edge_root(&edge, &root), ERR_OK);
    merkle_frontier_root(&edge.frontier, &frontier);
    assert_true(merkle_same(&root, &frontier));
    return root;
}

static size_t length_of(const char *name) {
    const struct memory_file *file = memory_find(&memory, name);
    return file ? file->length : SIZE_MAX;
}

static void has_the_tiles_of_the_specification(void **state) {
    (void)state;
    grow(70000);
    write_all();
    assert_int_equal(length_of("public/tile/0/000"), 8192);
    assert_int_equal(length_of("public/tile/0/272"), 8192);
    assert_int_equal(length_of("public/tile/0/273.p/112"), 112 * 32);
    assert_int_equal(length_of("public/tile/1/000"), 8192);
    assert_int_equal(length_of("public/tile/1/001.p/17"), 17 * 32);
    assert_int_equal(length_of("public/tile/2/000.p/1"), 32);
    assert_int_equal(length_of("public/tile/entries/272"), 256 * 10);
    assert_int_equal(length_of("public/tile/entries/273.p/112"), 112 * 10);
    assert_int_equal(memory.puts, 273 * 2 + 1 + 4);
}

static void comes_back_at_every_size(void **state) {
    static const uint64_t sizes[] = {0, 1, 2, 255, 256, 257, 511, 512, 700, 65535, 65536, 65537};
    const char *detail = "";
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        grow(sizes[i]);
        struct merkle_hash root = write_all(), leaf, a, b;
        assert_int_equal(right_edge_load(&again, &store, sizes[i], &root, path, &detail), ERR_OK);
        merkle_leaf("more", 4, &leaf);
        assert_int_equal(merkle_frontier_append(&again.frontier, &leaf), ERR_OK);
        struct merkle_frontier here = edge.frontier;
        assert_int_equal(merkle_frontier_append(&here, &leaf), ERR_OK);
        merkle_frontier_root(&again.frontier, &a);
        merkle_frontier_root(&here, &b);
        assert_true(merkle_same(&a, &b));
    }
}

static void assert_load(uint64_t size, const struct merkle_hash *root, enum err err,
                        const char *name, const char *word) {
    const char *detail = "";
    assert_int_equal(right_edge_load(&again, &store, size, root, path, &detail), err);
    assert_string_equal(path, name);
    assert_non_null(strstr(detail, word));
}

static void flip(const char *name, size_t at) {
    struct memory_file *file = memory_find(&memory, name);
    assert_non_null(file);
    file->bytes[at] ^= 1;
}

static void names_the_flipped_tile(void **state) {
    (void)state;
    grow(700);
    struct merkle_hash root = write_all();
    static const struct {
        const char *flipped, *named, *word;
        size_t at;
    } cases[] = {
        {"public/tile/0/002.p/188", "public/tile/entries/002.p/188", "not those of", 33},
        {"public/tile/entries/002.p/188", "public/tile/entries/002.p/188", "not those of", 7},
        {"public/tile/entries/002.p/188", "public/tile/entries/002.p/188", "cut short", 1},
        {"public/tile/1/000.p/2", "public/tile/0/000", "do not lead", 31},
        {"public/tile/1/000.p/2", "public/tile/0/001", "do not lead", 32},
        {"public/tile/0/001", "public/tile/0/001", "do not lead", 8191},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        flip(cases[i].flipped, cases[i].at);
        assert_load(700, &root, ERR_DAMAGED, cases[i].named, cases[i].word);
        flip(cases[i].flipped, cases[i].at);
    }
    root.bytes[0] ^= 1;
    assert_load(700, &root, ERR_PROOF, "public/checkpoint", "do not lead to its root");
}

static void names_what_is_missing_or_cut(void **state) {
    (void)state;
    grow(512);
    struct merkle_hash root = write_all();
    memory_find(&memory, "public/tile/1/000.p/2")->length--;
    assert_load(512, &root, ERR_DAMAGED, "public/tile/1/000.p/2", "cut short");
    memory_find(&memory, "public/tile/1/000.p/2")->length += 2;
    assert_load(512, &root, ERR_DAMAGED, "public/tile/1/000.p/2", "too long");
    memory_find(&memory, "public/tile/1/000.p/2")->length--;
    flip("public/tile/entries/001", 20);
    assert_load(512, &root, ERR_DAMAGED, "public/tile/entries/001", "cut short");
    memory_drop(&memory, "public/tile/entries/001");
    assert_load(512, &root, ERR_MISSING, "public/tile/entries/001", "");
    memory_drop(&memory, "public/tile/0/001");
    assert_load(512, &root, ERR_MISSING, "public/tile/0/001", "");
}

static void goes_on_after_a_failed_write(void **state) {
    (void)state;
    grow(65536);
    memory.fails = ERR_FULL;
    memory.failing = "public/tile/1";
    for (unsigned i = 0; i < 3; i++) assert_int_equal(append_one(), ERR_FULL);
    assert_string_equal(path, "public/tile/1/000");
    assert_int_equal(edge.frontier.size, 65536);
    assert_int_equal(right_edge_write(&edge, &store, path), ERR_FULL);
    const char *detail = "";
    assert_true(edge.lost);
    memory.fails = ERR_OK;
    assert_int_equal(right_edge_recover(&edge, &store, path, &detail), ERR_OK);
    assert_false(edge.lost);
    assert_int_equal(edge.frontier.size, 0); /* nothing was ever written wholly */
    grow(65600);
    struct merkle_hash root = write_all();
    assert_int_equal(right_edge_load(&again, &store, 65600, &root, path, &detail), ERR_OK);
}

/* What a settle that failed has forgotten is written again, back to what is durable. */
static void writes_again_what_was_not_settled(void **state) {
    const char *detail = "";
    (void)state;
    grow(300);
    write_all();
    memory.fails = ERR_IO;
    memory.failing = "";
    memory.operation = "settle";
    grow(1000);
    assert_int_equal(right_edge_flush(&edge, &store, path), ERR_IO);
    assert_string_equal(path, "public/tile");
    memory.operation = NULL;
    assert_int_equal(right_edge_recover(&edge, &store, path, &detail), ERR_IO);
    assert_true(edge.lost);
    memory.fails = ERR_OK;
    memory_drop(&memory, "public/tile/0/001"); /* the disk has forgotten it */
    memory_drop(&memory, "public/tile/entries/002");
    assert_int_equal(right_edge_recover(&edge, &store, path, &detail), ERR_OK);
    assert_int_equal(edge.frontier.size, 300);
    unsigned settles = memory.settles;
    grow(900);
    assert_int_equal(right_edge_flush(&edge, &store, path), ERR_OK);
    assert_int_equal(memory.settles, settles + 1);
    assert_int_equal(edge.written, 300);
    grow(1000);
    struct merkle_hash root = write_all();
    assert_int_equal(edge.written, 1000);
    assert_int_equal(length_of("public/tile/0/001"), 8192);
    assert_int_equal(length_of("public/tile/entries/002"), 2560);
    assert_int_equal(right_edge_load(&again, &store, 1000, &root, path, &detail), ERR_OK);
}

/* A checkpoint may rest on what was written, although replacing it seemed to fail. */
static void writes_no_file_twice(void **state) {
    (void)state;
    grow(300);
    write_all();
    unsigned puts = memory.puts;
    write_all();
    assert_int_equal(memory.puts, puts);
    grow(301);
    write_all(); /* the bundle and level 0; level 1 is as wide as it was */
    assert_int_equal(memory.puts, puts + 2);
}

static void drops_partial_tiles_of_full_ones(void **state) {
    (void)state;
    grow(100);
    write_all();
    grow(200);
    write_all();
    right_edge_tidy(&store, 100, 200);
    assert_int_equal(length_of("public/tile/0/000.p/100"), 3200);
    grow(300);
    write_all();
    right_edge_tidy(&store, 200, 300);
    assert_null(memory_find(&memory, "public/tile/0/000.p/100"));
    assert_null(memory_find(&memory, "public/tile/entries/000.p/200"));
    assert_int_equal(length_of("public/tile/0/000"), 8192);
    assert_int_equal(length_of("public/tile/0/001.p/44"), 44 * 32);
    assert_int_equal(memory_make(&memory, "public/tile/0/000.p/7", 7)->length, 7);
    right_edge_tidy(&store, 300, 300); /* as on opening, after a crash */
    assert_null(memory_find(&memory, "public/tile/0/000.p/7"));
}

static void a_changed_hash_in_memory_is_noticed(void **state) {
    struct merkle_hash root;
    (void)state;
    grow(5);
    edge.tiles[0][3].bytes[9] ^= 4;
    assert_int_equal(right_edge_root(&edge, &root), ERR_PROOF);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(has_the_tiles_of_the_specification, set_up, tear_down),
        cmocka_unit_test_setup_teardown(comes_back_at_every_size, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_the_flipped_tile, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_what_is_missing_or_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(goes_on_after_a_failed_write, set_up, tear_down),
        cmocka_unit_test_setup_teardown(writes_again_what_was_not_settled, set_up, tear_down),
        cmocka_unit_test_setup_teardown(writes_no_file_twice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(drops_partial_tiles_of_full_ones, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_changed_hash_in_memory_is_noticed, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
