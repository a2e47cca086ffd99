/* The right edge of a log. Invariant: tiles and bundle hold what follows the last full tile of each
 * level of the tree that frontier.size leaves make; everything before `flushed` was written, and
 * everything before `written` is durable. */
#include "ledger/right_edge.h"

#include <stdio.h>
#include <string.h>

static unsigned width_at(unsigned level, uint64_t size) {
    return (unsigned)(size >> (TILE_HEIGHT * level) & (TILE_WIDTH - 1));
}

/* The last tile of a level, which is not full; width 0: there is none. */
static struct tile last_tile(unsigned level, uint64_t size) {
    return (struct tile){.level = (uint8_t)level,
                         .width = (uint16_t)width_at(level, size),
                         .index = size >> (TILE_HEIGHT * level) >> TILE_HEIGHT};
}

static void name_tile(const struct tile *tile, char path[STORE_PATH_BYTES]) {
    char name[TILE_PATH_BYTES];
    snprintf(path, STORE_PATH_BYTES, "public/%s", tile_path(tile, name));
}

void right_edge_init(struct right_edge *edge) {
    merkle_frontier_init(&edge->frontier);
    edge->flushed = edge->written = 0;
    edge->bundle_bytes = 0;
    edge->lost = false;
    merkle_empty(&edge->written_root);
}

/* The root of a complete tree over count (a power of two up to 256) hashes. */
static void fold(const struct merkle_hash *hashes, size_t count, struct merkle_hash *out) {
    struct merkle_hash level[TILE_WIDTH];
    memcpy(level, hashes, count * sizeof *hashes);
    for (; count > 1; count /= 2)
        for (size_t i = 0; i < count / 2; i++)
            merkle_node(&level[2 * i], &level[2 * i + 1], &level[i]);
    *out = level[0];
}

/* Of the complete subtrees that a tree's root is made of: they lie within the last tiles. */
static void read_subtree(const struct right_edge *edge, unsigned level, uint64_t index,
                         struct merkle_hash *out) {
    unsigned tile = level / TILE_HEIGHT, height = level % TILE_HEIGHT;
    size_t at = (size_t)(index << height & (TILE_WIDTH - 1));
    fold(edge->tiles[tile] + at, (size_t)1 << height, out);
}

struct edge_reader {
    const struct right_edge *edge;
};

static enum err read_node(void *context, unsigned level, uint64_t index, struct merkle_hash *out) {
    const struct edge_reader *reader = context;
    read_subtree(reader->edge, level, index, out);
    return ERR_OK;
}

static enum err root_of_tiles(const struct right_edge *edge, uint64_t size,
                              struct merkle_hash *out) {
    struct edge_reader reader = {edge};
    const struct merkle_reader merkle = {read_node, &reader};
    return merkle_root(&merkle, size, out);
}

enum err right_edge_root(const struct right_edge *edge, struct merkle_hash *out) {
    struct merkle_hash tiles, frontier;
    enum err err = root_of_tiles(edge, edge->frontier.size, &tiles);
    if (err != ERR_OK) return err;
    merkle_frontier_root(&edge->frontier, &frontier);
    if (!merkle_same(&tiles, &frontier)) return ERR_PROOF;
    *out = tiles;
    return ERR_OK;
}

/* Loading */

struct load {
    const struct ledger_store *store;
    char *path;
    const char **detail;
};

static enum err load_failed(const struct load *load, enum err err, const char *detail) {
    *load->detail = detail;
    return err;
}

static enum err load_file(const struct load *load, const struct tile *tile, void *out, size_t room,
                          size_t *length) {
    name_tile(tile, load->path);
    enum err err = load->store->read(load->store->context, load->path, 0, out, room, length);
    return err == ERR_OK ? ERR_OK : load_failed(load, err, load->store->why(load->store->context));
}

static enum err load_hashes(const struct load *load, const struct tile *tile,
                            struct merkle_hash out[TILE_WIDTH]) {
    uint8_t bytes[TILE_BYTES + 1];
    size_t length, wanted = tile->width * sizeof *out;
    enum err err = load_file(load, tile, bytes, sizeof bytes, &length);
    if (err != ERR_OK) return err;
    if (length < wanted) return load_failed(load, ERR_DAMAGED, "it is cut short");
    if (length > wanted) return load_failed(load, ERR_DAMAGED, "it is too long");
    memcpy(out, bytes, wanted);
    return ERR_OK;
}

/* The bundle over a tile of level 0, which must say the same. */
static enum err load_bundle(struct right_edge *edge, const struct load *load,
                            const struct tile *tile, const struct merkle_hash *hashes) {
    struct tile bundle = *tile;
    struct merkle_hash leaves[TILE_WIDTH];
    size_t length;
    bundle.entries = true;
    enum err err = load_file(load, &bundle, edge->bundle, sizeof edge->bundle, &length);
    if (err != ERR_OK) return err;
    err = tile_entries_leaves(edge->bundle, length, tile->width, leaves);
    if (err == ERR_SHORT) return load_failed(load, ERR_DAMAGED, "it is cut short");
    if (err != ERR_OK) return load_failed(load, ERR_DAMAGED, "it is too long");
    if (memcmp(leaves, hashes, tile->width * sizeof *leaves) != 0)
        return load_failed(load, ERR_DAMAGED, "its entries are not those of the hash tile");
    edge->bundle_bytes = (uint32_t)length;
    return ERR_OK;
}

/* The full tile that hash `at` of the last tile of a level stands for. */
static enum err check_child(struct right_edge *edge, const struct load *load, unsigned level,
                            uint64_t size, unsigned at) {
    struct tile parent = last_tile(level, size);
    struct tile child = {.level = (uint8_t)(level - 1),
                         .width = TILE_WIDTH,
                         .index = parent.index * TILE_WIDTH + at};
    struct merkle_hash hashes[TILE_WIDTH], root;
    enum err err = load_hashes(load, &child, hashes);
    if (err != ERR_OK) return err;
    fold(hashes, TILE_WIDTH, &root);
    if (!merkle_same(&root, &edge->tiles[level][at]))
        return load_failed(load, ERR_DAMAGED, "its hashes do not lead to that of the tile above");
    /* The newest full bundle was written last of all, so it is looked at as well. */
    bool newest = level == 1 && at + 1u == parent.width && width_at(0, size) == 0;
    return newest ? load_bundle(edge, load, &child, hashes) : ERR_OK;
}

/* Which tile is wrong, now that something is. */
static enum err blame(struct right_edge *edge, const struct load *load, uint64_t size) {
    for (unsigned level = 1; level < TILE_LEVELS; level++)
        for (unsigned at = 0; at < width_at(level, size); at++) {
            enum err err = check_child(edge, load, level, size, at);
            if (err != ERR_OK) return err;
        }
    snprintf(load->path, STORE_PATH_BYTES, "%s", STORE_CHECKPOINT);
    return load_failed(load, ERR_PROOF, "the hash tiles do not lead to its root");
}

static enum err load_level(struct right_edge *edge, const struct load *load, unsigned level,
                           uint64_t size) {
    struct tile tile = last_tile(level, size);
    if (tile.width == 0) return ERR_OK;
    enum err err = load_hashes(load, &tile, edge->tiles[level]);
    if (err != ERR_OK) return err;
    if (level == 0) return load_bundle(edge, load, &tile, edge->tiles[0]);
    return ERR_OK;
}

/* The newest full tile below each level was written last, so it is looked at as well. */
static enum err check_newest(struct right_edge *edge, const struct load *load, uint64_t size) {
    for (unsigned level = 1; level < TILE_LEVELS; level++) {
        unsigned width = width_at(level, size);
        if (width == 0) continue;
        enum err err = check_child(edge, load, level, size, width - 1);
        if (err != ERR_OK) return err;
    }
    return ERR_OK;
}

static void fill_frontier(struct right_edge *edge, uint64_t size) {
    edge->frontier.size = size;
    for (unsigned level = 0; level < MERKLE_LEVELS; level++)
        if (size >> level & 1)
            read_subtree(edge, level, (size >> level) - 1, &edge->frontier.nodes[level]);
}

enum err right_edge_load(struct right_edge *edge, const struct ledger_store *store, uint64_t size,
                         const struct merkle_hash *root, char path[STORE_PATH_BYTES],
                         const char **detail) {
    const struct load load = {store, path, detail};
    struct merkle_hash found;
    right_edge_init(edge);
    for (unsigned level = 0; level < TILE_LEVELS; level++) {
        enum err err = load_level(edge, &load, level, size);
        if (err != ERR_OK) return err;
    }
    enum err err = root_of_tiles(edge, size, &found);
    if (err != ERR_OK) return err;
    if (!merkle_same(&found, root)) return blame(edge, &load, size);
    err = check_newest(edge, &load, size);
    if (err != ERR_OK) return err;
    if (width_at(0, size) == 0) edge->bundle_bytes = 0;
    fill_frontier(edge, size);
    edge->flushed = edge->written = size;
    edge->written_root = *root;
    return ERR_OK;
}

enum err right_edge_recover(struct right_edge *edge, const struct ledger_store *store,
                            char path[STORE_PATH_BYTES], const char **detail) {
    const uint64_t size = edge->written;
    const struct merkle_hash root = edge->written_root;
    enum err err = right_edge_load(edge, store, size, &root, path, detail);
    if (err == ERR_OK) return ERR_OK;
    edge->written = size;
    edge->written_root = root;
    edge->lost = true;
    return err;
}

/* Growing */

static enum err put_tile(const struct right_edge *edge, const struct ledger_store *store,
                         const struct tile *tile, char path[STORE_PATH_BYTES]) {
    const void *bytes = tile->entries ? edge->bundle : (const void *)edge->tiles[tile->level];
    size_t length = tile->entries ? edge->bundle_bytes : tile->width * sizeof(struct merkle_hash);
    name_tile(tile, path);
    return store->put_later(store->context, path, bytes, length);
}

/* A tile of level 0 goes with its bundle, which is written first. */
static enum err put_level(const struct right_edge *edge, const struct ledger_store *store,
                          struct tile tile, char path[STORE_PATH_BYTES]) {
    if (tile.level == 0) {
        tile.entries = true;
        enum err err = put_tile(edge, store, &tile, path);
        if (err != ERR_OK) return err;
        tile.entries = false;
    }
    return put_tile(edge, store, &tile, path);
}

static bool is_full(unsigned level, uint64_t size) {
    return level < TILE_LEVELS &&
           (size & ((UINT64_C(1) << (TILE_HEIGHT * (level + 1) - 1) << 1) - 1)) == 0;
}

/* Writes the tiles that the last entry has filled. */
static enum err put_full(struct right_edge *edge, const struct ledger_store *store,
                         char path[STORE_PATH_BYTES]) {
    uint64_t size = edge->frontier.size;
    if (edge->flushed == size || !is_full(0, size)) return ERR_OK;
    for (unsigned level = 0; is_full(level, size); level++) {
        struct tile tile = {.level = (uint8_t)level,
                            .width = TILE_WIDTH,
                            .index = (size >> (TILE_HEIGHT * (level + 1))) - 1};
        enum err err = put_level(edge, store, tile, path);
        if (err != ERR_OK) return err;
    }
    edge->flushed = size;
    edge->bundle_bytes = 0;
    return ERR_OK;
}

enum err right_edge_append(struct right_edge *edge, const struct ledger_store *store,
                           const void *entry, size_t length, const struct merkle_hash *leaf,
                           char path[STORE_PATH_BYTES]) {
    enum err err = put_full(edge, store, path);
    edge->lost = edge->lost || err != ERR_OK;
    if (err != ERR_OK) return err;
    struct writer w =
        writer_of(edge->bundle + edge->bundle_bytes, sizeof edge->bundle - edge->bundle_bytes);
    err = tile_entries_put(&w, entry, length);
    if (err == ERR_OK) err = merkle_frontier_append(&edge->frontier, leaf);
    if (err != ERR_OK) return err;
    edge->bundle_bytes += (uint32_t)writer_length(&w);
    uint64_t size = edge->frontier.size;
    edge->tiles[0][(size - 1) % TILE_WIDTH] = *leaf;
    for (unsigned level = 1; level < TILE_LEVELS && is_full(level - 1, size); level++)
        edge->tiles[level][((size >> (TILE_HEIGHT * level)) - 1) % TILE_WIDTH] =
            edge->frontier.nodes[TILE_HEIGHT * level];
    return ERR_OK;
}

static enum err settle(struct right_edge *edge, const struct ledger_store *store, enum err err,
                       char path[STORE_PATH_BYTES]) {
    if (err == ERR_OK) {
        snprintf(path, STORE_PATH_BYTES, "public/tile");
        err = store->settle(store->context);
    }
    edge->lost = edge->lost || err != ERR_OK;
    return err;
}

enum err right_edge_flush(struct right_edge *edge, const struct ledger_store *store,
                          char path[STORE_PATH_BYTES]) {
    return settle(edge, store, put_full(edge, store, path), path);
}

enum err right_edge_write(struct right_edge *edge, const struct ledger_store *store,
                          char path[STORE_PATH_BYTES]) {
    uint64_t size = edge->frontier.size, old_size = edge->written;
    enum err err = put_full(edge, store, path);
    for (unsigned level = 0; err == ERR_OK && level < TILE_LEVELS; level++) {
        struct tile tile = last_tile(level, size);
        bool new = size >> (TILE_HEIGHT * level) != old_size >> (TILE_HEIGHT * level);
        if (tile.width && new) err = put_level(edge, store, tile, path);
    }
    err = settle(edge, store, err, path);
    if (err != ERR_OK) return err;
    edge->written = size;
    merkle_frontier_root(&edge->frontier, &edge->written_root);
    return ERR_OK;
}

static void remove_partial(const struct ledger_store *store, struct tile tile) {
    char path[STORE_PATH_BYTES];
    name_tile(&tile, path);
    *strrchr(path, '/') = '\0'; /* the folder of all its widths */
    (void)!store->remove(store->context, path);
}

void right_edge_tidy(const struct ledger_store *store, uint64_t old_size, uint64_t size) {
    for (unsigned level = 0; level < TILE_LEVELS; level++) {
        struct tile tile = last_tile(level, old_size), last = last_tile(level, size);
        if (old_size == size && tile.index > 0) tile.index--;
        for (tile.width = 1; tile.index < last.index; tile.index++) {
            tile.entries = false;
            remove_partial(store, tile);
            tile.entries = true;
            if (level == 0) remove_partial(store, tile);
        }
    }
}
