/* Tiles and entries. Invariant: an entry counts as proven only if its leaf hash is the one in a
 * tile that was compared with the tile above it, up to the root. */
#include "main/verify_tree.h"

#include <inttypes.h>
#include <string.h>

/* What the manifest asked for, or the whole log: which part of it is missing. */
struct coverage {
    uint64_t expected, end; /* the next entry that must come, and where it may end */
    uint64_t missing, gap_from, gap_to;
    uint64_t pruned_to;
    char boot[ENTRY_FACTS_BOOT_BYTES];
};

/* Of a partial tile the reader also asks for the full one; the partial one is what is missing. */
static void remember(struct verify_tree *tree, const struct bundle_name *name) {
    const struct tile *tile = &name->tile;
    if (tile->width == tile_width(tile->level, tile->index, tree->size))
        bundle_name_text(name, tree->missing);
}

static enum err load(void *context, const struct tile *tile, struct merkle_hash *out) {
    struct verify_tree *tree = context;
    struct bundle_name name = {.kind = BUNDLE_TILE, .tile = *tile};
    struct verify_bytes bytes;
    const struct verify_file *file = verify_source_find(tree->source, &name);
    size_t length = (size_t)tile->width * MERKLE_HASH_BYTES;
    remember(tree, &name);
    if (!file || file->length != length ||
        !verify_source_load(tree->source, file, tree->report, &bytes))
        return ERR_MISSING;
    memcpy(out, bytes.bytes, length);
    verify_source_release(&bytes);
    return ERR_OK;
}

void verify_tree_init(struct verify_tree *tree, const struct verify_source *source, uint64_t size,
                      struct verify_report *report) {
    tree->source = source;
    tree->report = report;
    tree->size = size;
    tree->missing[0] = '\0';
    tile_reader_init(&tree->reader, (struct tile_loader){load, tree}, size, tree->slots,
                     VERIFY_TREE_SLOTS);
}

bool verify_tree_root(struct verify_tree *tree, uint64_t size, struct merkle_hash *out) {
    struct merkle_reader reader = tile_merkle_reader(&tree->reader);
    return merkle_root(&reader, size, out) == ERR_OK;
}

/* Whether the tree has the tile. Beside a live log newer tiles than the checkpoint's may stand. */
static bool has_tile(struct verify_tree *tree, const struct tile *tile, const char *name) {
    if (tile->width <= tile_width(tile->level, tile->index, tree->size)) return true;
    verify_report_add(tree->report, tree->report->has_asked ? VERIFY_CONTRADICTION : VERIFY_NOTE,
                      "%s: the tree of the checkpoint has no such tile", name);
    return false;
}

/* Against the present tile of the same place (of which it may be a former state). */
static bool check_hashes(struct verify_tree *tree, const struct tile *tile, const char *name,
                         const struct merkle_hash *hashes) {
    for (unsigned i = 0; i < tile->width; i++) {
        struct merkle_hash wanted;
        if (tile_read_hash(&tree->reader, TILE_HEIGHT * tile->level, tile->index * TILE_WIDTH + i,
                           &wanted) != ERR_OK) {
            verify_report_add(tree->report, VERIFY_GAP, "%s: cannot be compared with %s", name,
                              tree->missing);
            return false;
        }
        if (merkle_same(&wanted, &hashes[i])) continue;
        verify_report_add(tree->report, VERIFY_CONTRADICTION,
                          "%s: hash %u is not the one that the tree has there", name, i);
        return false;
    }
    return true;
}

/* A full tile's own hash stands in the tile above it. */
static bool check_above(struct verify_tree *tree, const struct tile *tile, const char *name,
                        const struct merkle_hash *hashes) {
    struct merkle_hash nodes[TILE_WIDTH], wanted;
    memcpy(nodes, hashes, sizeof nodes);
    for (size_t width = TILE_WIDTH / 2; width > 0; width /= 2)
        for (size_t i = 0; i < width; i++) merkle_node(&nodes[2 * i], &nodes[2 * i + 1], &nodes[i]);
    if (tile_read_hash(&tree->reader, TILE_HEIGHT * (tile->level + 1u), tile->index, &wanted) !=
        ERR_OK) {
        verify_report_add(tree->report, VERIFY_GAP, "%s: leads nowhere, since %s is missing", name,
                          tree->missing);
        return false;
    }
    if (merkle_same(&nodes[0], &wanted)) return true;
    verify_report_add(tree->report, VERIFY_CONTRADICTION,
                      "%s: contradicts the tile above it: altered, or another tile of the log "
                      "in its place",
                      name);
    return false;
}

static void check_tile(struct verify_tree *tree, const struct verify_file *file) {
    const struct tile *tile = &file->name.tile;
    char name[BUNDLE_NAME_BYTES];
    struct merkle_hash hashes[TILE_WIDTH];
    struct verify_bytes bytes;
    bundle_name_text(&file->name, name);
    if (!has_tile(tree, tile, name)) return;
    size_t wanted = (size_t)tile->width * MERKLE_HASH_BYTES;
    if (file->length != wanted) {
        verify_report_add(tree->report, VERIFY_CONTRADICTION,
                          "%s: has %zu bytes, and its name says %zu", name, file->length, wanted);
        return;
    }
    if (!verify_source_load(tree->source, file, tree->report, &bytes)) return;
    memcpy(hashes, bytes.bytes, wanted);
    verify_source_release(&bytes);
    if (check_hashes(tree, tile, name, hashes) &&
        (tile->width < TILE_WIDTH || check_above(tree, tile, name, hashes)))
        tree->report->tiles++;
}

static void count_facts(struct verify_tree *tree, struct coverage *coverage,
                        const struct entry_facts *facts) {
    struct verify_report *report = tree->report;
    if (facts->has_utc) {
        if (report->timed == 0 || facts->utc.ns < report->earliest.ns)
            report->earliest = facts->utc;
        if (report->timed == 0 || facts->utc.ns > report->latest.ns) report->latest = facts->utc;
        report->timed++;
    }
    if (facts->boot[0] && strcmp(facts->boot, coverage->boot) != 0) {
        memcpy(coverage->boot, facts->boot, sizeof coverage->boot);
        report->boots++;
    }
}

/* The log itself says that it dropped entries, and commits to them by a root. */
static void count_pruning(struct verify_tree *tree, struct coverage *coverage,
                          const struct entry_facts *facts, uint64_t index) {
    struct merkle_hash said, root;
    if (strcmp(facts->kind, "pruned") != 0 || !facts->has_range || facts->to > index) return;
    if (merkle_hash_parse(facts->root, strlen(facts->root), &said) != ERR_OK) return;
    if (verify_tree_root(tree, facts->to, &root) && !merkle_same(&said, &root))
        verify_report_add(tree->report, VERIFY_CONTRADICTION,
                          "entry %" PRIu64 ": says that entries were pruned, with a root that "
                          "the tree never had",
                          index);
    else if (facts->to > coverage->pruned_to)
        coverage->pruned_to = facts->to;
}

static void read_entries(struct verify_tree *tree, struct coverage *coverage, uint64_t index,
                         const struct verify_bytes *bytes) {
    struct reader bundle = reader_of(bytes->bytes, bytes->length);
    const uint8_t *entry;
    size_t length;
    for (; tile_entries_next(&bundle, &entry, &length) == ERR_OK; index++) {
        struct entry_facts facts;
        if (entry_facts_parse((const char *)entry, length, &facts) != ERR_OK) {
            if (tree->report->opaque++ == 0)
                verify_report_add(tree->report, VERIFY_NOTE,
                                  "entry %" PRIu64 ": is no JSON object that can be read here",
                                  index);
            continue;
        }
        bool asked = !tree->report->has_asked ||
                     (index >= tree->report->asked_from && index < tree->report->asked_to);
        if (asked) count_facts(tree, coverage, &facts);
        count_pruning(tree, coverage, &facts, index);
    }
}

/* True: every entry is the one that the tree commits to. */
static bool check_leaves(struct verify_tree *tree, const struct tile *tile, const char *name,
                         const struct verify_bytes *bytes) {
    struct merkle_hash leaves[TILE_WIDTH], wanted;
    if (tile_entries_leaves(bytes->bytes, bytes->length, tile->width, leaves) != ERR_OK) {
        verify_report_add(tree->report, VERIFY_CONTRADICTION,
                          "%s: is cut off, or holds another number of entries than %u", name,
                          (unsigned)tile->width);
        return false;
    }
    for (unsigned i = 0; i < tile->width; i++) {
        uint64_t index = tile->index * TILE_WIDTH + i;
        if (tile_read_hash(&tree->reader, 0, index, &wanted) != ERR_OK) {
            verify_report_add(tree->report, VERIFY_GAP,
                              "%s: its entries are not proven, since %s is missing", name,
                              tree->missing);
            return false;
        }
        if (merkle_same(&wanted, &leaves[i])) continue;
        verify_report_add(tree->report, VERIFY_CONTRADICTION,
                          "entry %" PRIu64 " in %s is not the entry that the log committed to",
                          index, name);
        return false;
    }
    return true;
}

/* Whether the bundle's leaf hashes lead to the signed root. The way of one leaf is enough for all
 * of the tile: the others are hashed into it. */
static bool is_anchored(struct verify_tree *tree, const struct tile *tile, const char *name) {
    struct merkle_reader reader = tile_merkle_reader(&tree->reader);
    struct merkle_proof proof;
    struct merkle_hash leaf;
    uint64_t index = tile->index * TILE_WIDTH;
    if (tile_read_hash(&tree->reader, 0, index, &leaf) != ERR_OK ||
        merkle_inclusion(&reader, index, tree->size, &proof) != ERR_OK) {
        verify_report_add(tree->report, VERIFY_GAP,
                          "%s: its entries are not proven, since %s is missing", name,
                          tree->missing);
        return false;
    }
    return merkle_verify_inclusion(&leaf, index, tree->size, &tree->report->checkpoint.root,
                                   &proof) == ERR_OK;
}

/* Entries up to `index` were due and are missing. */
static void note_gap(struct coverage *coverage, uint64_t index) {
    uint64_t to = index < coverage->end ? index : coverage->end;
    if (coverage->expected >= to) return;
    if (coverage->missing == 0) coverage->gap_from = coverage->expected;
    coverage->gap_to = to;
    coverage->missing += to - coverage->expected;
}

static void check_entries(struct verify_tree *tree, struct coverage *coverage,
                          const struct verify_file *file, bool widest) {
    const struct tile *tile = &file->name.tile;
    struct verify_report *report = tree->report;
    char name[BUNDLE_NAME_BYTES];
    struct verify_bytes bytes;
    bundle_name_text(&file->name, name);
    if (!has_tile(tree, tile, name) || !verify_source_load(tree->source, file, report, &bytes))
        return;
    uint64_t from = tile->index * TILE_WIDTH, to = from + tile->width;
    if (check_leaves(tree, tile, name, &bytes) && widest && is_anchored(tree, tile, name)) {
        read_entries(tree, coverage, from, &bytes);
        note_gap(coverage, from);
        if (coverage->expected < to) coverage->expected = to;
        if (report->entries == 0) report->first = from;
        report->last = to - 1;
        report->entries += tile->width;
    }
    verify_source_release(&bytes);
}

static void report_gaps(struct verify_tree *tree, struct coverage *coverage) {
    struct verify_report *report = tree->report;
    note_gap(coverage, coverage->end);
    if (coverage->missing == 0) return;
    if (coverage->gap_to <= coverage->pruned_to) {
        report->pruned = coverage->missing;
        return;
    }
    verify_report_add(report, VERIFY_GAP,
                      "%" PRIu64 " entries between %" PRIu64 " and %" PRIu64
                      " are not there, or not proven; no entry here says that they were pruned",
                      coverage->missing, coverage->gap_from, coverage->gap_to - 1);
}

/* Of several states of one place the widest comes last. */
static bool same_place(const struct verify_file *a, const struct verify_file *b) {
    return b->name.kind == BUNDLE_TILE && a->name.tile.entries == b->name.tile.entries &&
           a->name.tile.level == b->name.tile.level && a->name.tile.index == b->name.tile.index &&
           b->name.tile.width > 0;
}

void verify_tree_check(struct verify_tree *tree) {
    const struct verify_source *source = tree->source;
    struct verify_report *report = tree->report;
    struct coverage coverage = {.end = tree->size};
    if (report->has_asked) {
        coverage.expected = report->asked_from;
        coverage.end = report->asked_to;
    }
    for (size_t i = 0; i < source->count; i++) {
        const struct verify_file *file = &source->files[i], *next = file + 1;
        if (file->name.kind != BUNDLE_TILE) continue;
        bool widest = i + 1 == source->count || !same_place(file, next) ||
                      next->name.tile.width >
                          tile_width(next->name.tile.level, next->name.tile.index, tree->size);
        if (file->name.tile.entries)
            check_entries(tree, &coverage, file, widest);
        else
            check_tile(tree, file);
    }
    report_gaps(tree, &coverage);
}
