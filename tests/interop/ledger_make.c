/* Makes a log for other people's verifiers to check, in the layout of a bundle or a public folder.
 *
 *   ledger_make FOLDER SIZE...
 *
 * The log grows through the sizes, which ascend. At each of them the tiles and entry bundles that
 * changed are written, the narrower ones are taken away as tlog-tiles allows, and a checkpoint is
 * signed by a log key and a witness key that are always the same (FOLDER/cosigned/SIZE; the last
 * one is FOLDER/checkpoint too). Then proofs are made by reading the tiles back:
 * FOLDER/proof/INDEX.tlog-proof at the last size, and in FOLDER/consistency a line "OLD NEW
 * HASH..." for each two sizes. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/checkpoint.h"
#include "ledger/cosignature.h"
#include "ledger/note_signer.h"
#include "ledger/proof.h"
#include "ledger/tile.h"

enum { SIZES = 16, LONGEST = 3, PATH_BYTES = 512, TIME_S = 1800000000 };

static const char log_name[] = "log.example/interop", witness_name[] = "witness.example/interop";

struct maker {
    const char *folder;
    struct note_signer log, witness;
    struct merkle_frontier frontier;
    struct merkle_hash *levels[TILE_LEVELS]; /* all hashes that tiles of that level hold */
    struct tile_slot slots[TILE_LEVELS];
    char checkpoint[LIMIT_NOTE_BYTES]; /* the newest */
    size_t checkpoint_length;
    uint64_t sizes[SIZES];
    struct merkle_hash roots[SIZES];
    size_t count;
};

static _Noreturn void stop(const char *what, const char *why) {
    fprintf(stderr, "ledger_make: %s: %s\n", what, why);
    exit(1);
}

static void must(enum err err, const char *what) {
    if (err != ERR_OK) stop(what, err_text(err));
}

/* The entry: JSON of varying length; one is as long as an entry can be. */
static size_t entry_of(uint64_t index, uint8_t out[TILE_ENTRY_BYTES]) {
    int length = snprintf((char *)out, TILE_ENTRY_BYTES,
                          "{\"v\":1,\"kind\":\"sample\",\"seq\":%" PRIu64 ",\"filler\":\"%.*s\"}",
                          index, (int)(index % 7), "abcdefg");
    if (index != LONGEST) return (size_t)length;
    memset(out + length, ' ', (size_t)(TILE_ENTRY_BYTES - length));
    return TILE_ENTRY_BYTES;
}

/* Opens FOLDER/NAME, making the folders on the way. */
static FILE *open_file(const struct maker *maker, const char *name, const char *mode) {
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", maker->folder, name);
    for (char *slash = strchr(path + 1, '/'); *mode == 'w' && slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0755) != 0 && errno != EEXIST) stop(path, strerror(errno));
        *slash = '/';
    }
    return fopen(path, mode);
}

static void write_file(const struct maker *maker, const char *name, const void *bytes,
                       size_t length) {
    FILE *file = open_file(maker, name, "wb");
    if (!file || fwrite(bytes, 1, length, file) != length || fclose(file) != 0)
        stop(name, strerror(errno));
}

static void write_bundle(const struct maker *maker, const struct tile *tile, const char *path) {
    static uint8_t bundle[TILE_WIDTH * 64 + 2 * TILE_ENTRY_BYTES], entry[TILE_ENTRY_BYTES];
    struct writer w = writer_of(bundle, sizeof bundle);
    for (unsigned i = 0; i < tile->width; i++) {
        size_t length = entry_of(tile->index * TILE_WIDTH + i, entry);
        must(tile_entries_put(&w, entry, length), path);
    }
    write_file(maker, path, bundle, writer_length(&w));
}

/* A full tile makes the partial ones before it superfluous. */
static void remove_partial(const struct maker *maker, const struct tile *tile, uint64_t old_size) {
    char name[TILE_PATH_BYTES], path[PATH_BYTES];
    struct tile old = *tile;
    old.width = (uint16_t)tile_width(tile->level, tile->index, old_size);
    if (tile->width < TILE_WIDTH || old.width == 0) return;
    snprintf(path, sizeof path, "%s/%s", maker->folder, tile_path(&old, name));
    if (unlink(path) != 0) stop(path, strerror(errno));
}

static void write_tiles(const struct maker *maker, uint64_t old_size, uint64_t size) {
    struct tile_walk walk;
    struct tile tile;
    char path[TILE_PATH_BYTES];
    tile_walk_init(&walk, old_size, size, true);
    while (tile_walk_next(&walk, &tile)) {
        tile_path(&tile, path);
        if (tile.entries)
            write_bundle(maker, &tile, path);
        else
            write_file(maker, path, maker->levels[tile.level] + tile.index * TILE_WIDTH,
                       tile.width * sizeof(struct merkle_hash));
        remove_partial(maker, &tile, old_size);
    }
}

static void append(struct maker *maker, uint64_t index) {
    static uint8_t entry[TILE_ENTRY_BYTES];
    struct merkle_hash leaf;
    merkle_leaf(entry, entry_of(index, entry), &leaf);
    must(merkle_frontier_append(&maker->frontier, &leaf), "appending");
    for (unsigned l = 0; l < TILE_LEVELS; l++) {
        const uint64_t count = maker->frontier.size >> (TILE_HEIGHT * l);
        if (count == 0 || count << (TILE_HEIGHT * l) != maker->frontier.size) break;
        maker->levels[l][count - 1] = maker->frontier.nodes[TILE_HEIGHT * l];
    }
}

static void write_checkpoint(struct maker *maker, uint64_t size) {
    const struct note_signer *const signers[] = {&maker->log, &maker->witness};
    struct checkpoint checkpoint = {.size = size};
    char name[64];
    memcpy(checkpoint.origin, log_name, sizeof log_name);
    merkle_frontier_root(&maker->frontier, &checkpoint.root);
    maker->roots[maker->count - 1] = checkpoint.root;
    must(checkpoint_sign(&checkpoint, signers, 2, TIME_S + size, maker->checkpoint,
                         sizeof maker->checkpoint, &maker->checkpoint_length),
         "signing");
    snprintf(name, sizeof name, "cosigned/%" PRIu64, size);
    write_file(maker, name, maker->checkpoint, maker->checkpoint_length);
    write_file(maker, "checkpoint", maker->checkpoint, maker->checkpoint_length);
}

static void grow(struct maker *maker, uint64_t size) {
    const uint64_t old_size = maker->frontier.size;
    while (maker->frontier.size < size) append(maker, maker->frontier.size);
    write_tiles(maker, old_size, size);
    maker->sizes[maker->count++] = size;
    write_checkpoint(maker, size);
}

static enum err load(void *context, const struct tile *tile, struct merkle_hash *out) {
    char path[TILE_PATH_BYTES];
    FILE *file = open_file(context, tile_path(tile, path), "rb");
    if (!file) return ERR_IO;
    const size_t got = fread(out, sizeof *out, tile->width, file);
    fclose(file);
    return got == tile->width ? ERR_OK : ERR_SHORT;
}

static struct merkle_reader reader_at(struct maker *maker, uint64_t size,
                                      struct tile_reader *reader) {
    tile_reader_init(reader, (struct tile_loader){load, maker}, size, maker->slots, TILE_LEVELS);
    return tile_merkle_reader(reader);
}

static void write_proof(struct maker *maker, uint64_t index, uint64_t size) {
    static char text[LIMIT_NOTE_BYTES + 8192];
    struct tile_reader tiles;
    const struct merkle_reader reader = reader_at(maker, size, &tiles);
    struct proof proof = {.index = index,
                          .checkpoint = maker->checkpoint,
                          .checkpoint_length = maker->checkpoint_length};
    size_t length;
    char name[64];
    must(merkle_inclusion(&reader, index, size, &proof.path), "inclusion proof");
    must(proof_build(&proof, text, sizeof text, &length), "text of a proof");
    snprintf(name, sizeof name, "proof/%" PRIu64 ".tlog-proof", index);
    write_file(maker, name, text, length);
}

static void write_consistency(struct maker *maker, FILE *file, size_t old, size_t new) {
    const uint64_t size = maker->sizes[new];
    struct tile_reader tiles;
    const struct merkle_reader reader = reader_at(maker, size, &tiles);
    struct merkle_proof proof;
    struct merkle_hash root;
    char text[MERKLE_HASH_TEXT_BYTES];
    must(merkle_root(&reader, size, &root), "root from the tiles");
    if (!merkle_same(&root, &maker->roots[new])) stop("root from the tiles", "not that of the log");
    must(merkle_consistency(&reader, maker->sizes[old], size, &proof), "consistency proof");
    fprintf(file, "%" PRIu64 " %" PRIu64, maker->sizes[old], size);
    for (size_t i = 0; i < proof.count; i++)
        fprintf(file, " %s", merkle_hash_text(&proof.hashes[i], text));
    fprintf(file, "\n");
}

static void write_proofs(struct maker *maker) {
    const uint64_t size = maker->sizes[maker->count - 1];
    static const uint64_t indices[] = {0, 1, 127, 254, 255, 256, 257, 511, 12345, 65535, 65536};
    for (size_t i = 0; i < sizeof indices / sizeof indices[0]; i++)
        if (indices[i] < size) write_proof(maker, indices[i], size);
    if (size > 0) write_proof(maker, size - 1, size);
    FILE *file = open_file(maker, "consistency", "wb");
    if (!file) stop("consistency", strerror(errno));
    for (size_t new = 0; new < maker->count; new ++)
        for (size_t old = 0; old <= new; old++) write_consistency(maker, file, old, new);
    if (fclose(file) != 0) stop("consistency", strerror(errno));
}

static void write_keys(struct maker *maker) {
    const uint8_t log_seed[ED25519_SEED_BYTES] = {1}, witness_seed[ED25519_SEED_BYTES] = {2};
    char key[NOTE_KEY_TEXT_BYTES], witness[NOTE_KEY_TEXT_BYTES], text[2048];
    must(note_signer_make(log_name, NOTE_ED25519, log_seed, &maker->log), "log key");
    must(note_signer_make(witness_name, NOTE_COSIGNATURE_V1, witness_seed, &maker->witness),
         "witness key");
    note_key_text(&maker->log.key, key);
    note_key_text(&maker->witness.key, witness);
    int length = snprintf(text, sizeof text, "%s\n", key);
    write_file(maker, "vkey", text, (size_t)length);
    length = snprintf(text, sizeof text, "log %s\nwitness w %s\nquorum w\n", key, witness);
    write_file(maker, "policy", text, (size_t)length);
}

int main(int argc, char **argv) {
    if (argc < 3 || argc > 2 + SIZES) stop("usage", "ledger_make FOLDER SIZE...");
    struct maker *maker = calloc(1, sizeof *maker);
    if (!maker) stop("memory", "none");
    const uint64_t last = strtoull(argv[argc - 1], NULL, 10);
    maker->folder = argv[1];
    for (unsigned l = 0; l < TILE_LEVELS; l++) {
        maker->levels[l] = calloc((last >> (TILE_HEIGHT * l)) + 1, sizeof *maker->levels[l]);
        if (!maker->levels[l]) stop("memory", "none");
    }
    write_keys(maker);
    for (int i = 2; i < argc; i++) {
        const uint64_t size = strtoull(argv[i], NULL, 10);
        if (size < maker->frontier.size) stop(argv[i], "sizes must ascend");
        grow(maker, size);
    }
    write_proofs(maker);
    note_signer_wipe(&maker->log);
    note_signer_wipe(&maker->witness);
    for (unsigned l = 0; l < TILE_LEVELS; l++) free(maker->levels[l]);
    free(maker);
    return 0;
}
