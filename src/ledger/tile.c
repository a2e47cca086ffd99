/* Tiles and entry bundles. Source: c2sp.org/tlog-tiles. Invariants: every tile has one name and no
 * other name is taken; no hash is handed out that is not in the tree of the reader's size. */
#include "ledger/tile.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"

_Static_assert(1 << TILE_HEIGHT == TILE_WIDTH, "a tile is a subtree");

/* Hashes that a tree of that size has in its tiles of that level. */
static uint64_t level_hashes(unsigned level, uint64_t size) {
    return level < TILE_LEVELS ? size >> (TILE_HEIGHT * level) : 0;
}

static bool can_be(const struct tile *tile) {
    if (tile->width < 1 || tile->width > TILE_WIDTH || (tile->entries && tile->level != 0))
        return false;
    const uint64_t most = level_hashes(tile->level, MERKLE_SIZE_MAX);
    return tile->width <= most && tile->index <= (most - tile->width) / TILE_WIDTH;
}

const char *tile_path(const struct tile *tile, char out[TILE_PATH_BYTES]) {
    CHECK(can_be(tile));
    int used = tile->entries ? snprintf(out, TILE_PATH_BYTES, "tile/entries/")
                             : snprintf(out, TILE_PATH_BYTES, "tile/%u/", (unsigned)tile->level);
    uint64_t unit = 1;
    while (tile->index / unit >= 1000) unit *= 1000;
    for (; unit > 0; unit /= 1000)
        used += snprintf(out + used, TILE_PATH_BYTES - (size_t)used,
                         unit > 1 ? "x%03" PRIu64 "/" : "%03" PRIu64, tile->index / unit % 1000);
    if (tile->width < TILE_WIDTH)
        used +=
            snprintf(out + used, TILE_PATH_BYTES - (size_t)used, ".p/%u", (unsigned)tile->width);
    CHECK(used < TILE_PATH_BYTES);
    return out;
}

static bool take_text(struct reader *r, const char *text) {
    const size_t length = strlen(text);
    if (reader_left(r) < length || memcmp(r->at, text, length) != 0) return false;
    r->at += length;
    return true;
}

/* Up to three digits. */
static bool take_digits(struct reader *r, unsigned *out) {
    unsigned value = 0, count = 0;
    for (; count < 3 && reader_left(r) > 0 && *r->at >= '0' && *r->at <= '9'; count++)
        value = value * 10 + (unsigned)(*r->at++ - '0');
    *out = value;
    return count > 0;
}

/* Any sequence of groups; one that is too long for a number of 64 bits is no index anyway. */
static enum err take_index(struct reader *r, uint64_t *out) {
    uint64_t index = 0;
    for (bool more = true; more;) {
        unsigned group;
        more = take_text(r, "x");
        if (!take_digits(r, &group) || (more && !take_text(r, "/"))) return ERR_SYNTAX;
        if (index > MERKLE_SIZE_MAX / 1000 - 1) return ERR_RANGE;
        index = index * 1000 + group;
    }
    *out = index;
    return ERR_OK;
}

static enum err take_tile(struct reader *r, struct tile *out) {
    unsigned level = 0, width = TILE_WIDTH;
    if (!take_text(r, "tile/")) return ERR_SYNTAX;
    const bool entries = take_text(r, "entries");
    if (!entries && !take_digits(r, &level)) return ERR_SYNTAX;
    if (!take_text(r, "/")) return ERR_SYNTAX;
    uint64_t index = 0;
    enum err err = take_index(r, &index);
    if (err != ERR_OK) return err;
    if (take_text(r, ".p/") && (!take_digits(r, &width) || width == 0 || width >= TILE_WIDTH))
        return ERR_SYNTAX;
    if (reader_left(r) > 0 || level > 63) return ERR_SYNTAX;
    *out = (struct tile){entries, (uint8_t)level, (uint16_t)width, index};
    return can_be(out) ? ERR_OK : ERR_RANGE;
}

/* Reads it in a lenient way; then it must be what we would have written. */
enum err tile_path_parse(const char *text, size_t length, struct tile *out) {
    struct reader r = reader_of(text, length);
    struct tile tile;
    char again[TILE_PATH_BYTES];
    if (length >= sizeof again) return ERR_SYNTAX;
    enum err err = take_tile(&r, &tile);
    if (err != ERR_OK) return err;
    tile_path(&tile, again);
    if (strlen(again) != length || memcmp(again, text, length) != 0) return ERR_SYNTAX;
    *out = tile;
    return ERR_OK;
}

unsigned tile_width(unsigned level, uint64_t index, uint64_t size) {
    const uint64_t hashes = level_hashes(level, size);
    if (index > hashes / TILE_WIDTH) return 0;
    const uint64_t left = hashes - index * TILE_WIDTH;
    return left < TILE_WIDTH ? (unsigned)left : TILE_WIDTH;
}

/* The first tile at that level that is new or wider than before. */
static struct tile first_at(const struct tile_walk *walk, bool entries, uint8_t level) {
    const uint64_t before = level_hashes(level, walk->old_size);
    struct tile tile = {.entries = entries, .level = level, .index = before / TILE_WIDTH};
    if (level_hashes(level, walk->size) > before)
        tile.width = (uint16_t)tile_width(level, tile.index, walk->size);
    return tile;
}

void tile_walk_init(struct tile_walk *walk, uint64_t old_size, uint64_t size, bool entries) {
    CHECK(old_size <= size && size <= MERKLE_SIZE_MAX);
    *walk = (struct tile_walk){.old_size = old_size, .size = size};
    walk->next = first_at(walk, entries, 0);
}

bool tile_walk_next(struct tile_walk *walk, struct tile *out) {
    struct tile *next = &walk->next;
    if (next->width == 0) return false;
    *out = *next;
    next->index++;
    next->width = (uint16_t)tile_width(next->level, next->index, walk->size);
    if (next->width == 0)
        *next = first_at(walk, false, next->entries ? 0 : (uint8_t)(next->level + 1));
    return true;
}

void tile_reader_init(struct tile_reader *reader, struct tile_loader loader, uint64_t size,
                      struct tile_slot *slots, size_t slot_count) {
    CHECK(slot_count > 0 && size <= MERKLE_SIZE_MAX);
    *reader = (struct tile_reader){loader, size, 0, slots, slot_count};
    for (size_t i = 0; i < slot_count; i++) slots[i].used = 0;
}

/* The slot that holds the tile, or else the one that was not used for longest. */
static struct tile_slot *find_slot(struct tile_reader *reader, unsigned level, uint64_t index) {
    struct tile_slot *oldest = &reader->slots[0];
    for (size_t i = 0; i < reader->slot_count; i++) {
        struct tile_slot *slot = &reader->slots[i];
        if (slot->used && slot->tile.level == level && slot->tile.index == index) return slot;
        if (slot->used < oldest->used) oldest = slot;
    }
    oldest->used = 0;
    return oldest;
}

static enum err load(struct tile_reader *reader, unsigned level, uint64_t index,
                     struct tile_slot *slot) {
    slot->tile = (struct tile){.level = (uint8_t)level,
                               .width = (uint16_t)tile_width(level, index, reader->size),
                               .index = index};
    enum err err = reader->loader.load(reader->loader.context, &slot->tile, slot->hashes);
    if (err == ERR_OK || slot->tile.width == TILE_WIDTH) return err;
    slot->tile.width = TILE_WIDTH;
    if (!can_be(&slot->tile) ||
        reader->loader.load(reader->loader.context, &slot->tile, slot->hashes) != ERR_OK)
        return err;
    return ERR_OK;
}

/* The root of 1 << height hashes, height below TILE_HEIGHT. */
static struct merkle_hash sum_of(const struct merkle_hash *hashes, unsigned height) {
    struct merkle_hash sums[TILE_WIDTH / 2];
    size_t count = (size_t)1 << height;
    memcpy(sums, hashes, count * sizeof sums[0]);
    for (; count > 1; count /= 2)
        for (size_t i = 0; i < count; i += 2) merkle_node(&sums[i], &sums[i + 1], &sums[i / 2]);
    return sums[0];
}

enum err tile_read_hash(void *context, unsigned level, uint64_t index, struct merkle_hash *out) {
    struct tile_reader *reader = context;
    if (level >= MERKLE_LEVELS || index >= reader->size >> level) return ERR_RANGE;
    const unsigned tile_level = level / TILE_HEIGHT, height = level % TILE_HEIGHT;
    const uint64_t first = index << height;
    struct tile_slot *slot = find_slot(reader, tile_level, first / TILE_WIDTH);
    if (!slot->used) {
        enum err err = load(reader, tile_level, first / TILE_WIDTH, slot);
        if (err != ERR_OK) return err;
    }
    slot->used = ++reader->uses;
    *out = sum_of(&slot->hashes[first % TILE_WIDTH], height);
    return ERR_OK;
}

struct merkle_reader tile_merkle_reader(struct tile_reader *reader) {
    return (struct merkle_reader){tile_read_hash, reader};
}

enum err tile_entries_next(struct reader *bundle, const uint8_t **entry, size_t *length) {
    const size_t bytes = bytes_get_u16(bundle);
    const uint8_t *at = bytes_take(bundle, bytes);
    if (bundle->failed) return ERR_SHORT;
    *entry = at;
    *length = bytes;
    return ERR_OK;
}

enum err tile_entries_put(struct writer *bundle, const void *entry, size_t length) {
    if (length > TILE_ENTRY_BYTES) return ERR_TOO_LONG;
    if (bundle->failed || (size_t)(bundle->end - bundle->at) < 2 + length) return ERR_FULL;
    bytes_put_u16(bundle, (uint16_t)length);
    if (length > 0) bytes_put(bundle, entry, length);
    return ERR_OK;
}

enum err tile_entries_at(const uint8_t *bundle, size_t length, unsigned position,
                         const uint8_t **entry, size_t *entry_length) {
    struct reader r = reader_of(bundle, length);
    const uint8_t *found = NULL;
    size_t found_length = 0;
    for (unsigned i = 0; i <= position; i++) {
        enum err err = tile_entries_next(&r, &found, &found_length);
        if (err != ERR_OK) return err;
    }
    *entry = found;
    *entry_length = found_length;
    return ERR_OK;
}

enum err tile_entries_leaves(const uint8_t *bundle, size_t length, unsigned width,
                             struct merkle_hash *out) {
    struct reader r = reader_of(bundle, length);
    const uint8_t *entry;
    size_t entry_length;
    for (unsigned i = 0; i < width; i++)
        if (tile_entries_next(&r, &entry, &entry_length) != ERR_OK) return ERR_SHORT;
    if (reader_left(&r) > 0) return ERR_TRAILING;
    r = reader_of(bundle, length);
    for (unsigned i = 0; i < width; i++)
        if (tile_entries_next(&r, &entry, &entry_length) == ERR_OK)
            merkle_leaf(entry, entry_length, &out[i]);
    return ERR_OK;
}
