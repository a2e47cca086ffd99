/* The public folder of a ledger. Invariant: paths are made from names of ledger/bundle only, and no
 * link is followed below the folder. */
#include "main/etalon_export_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/limits.h"
#include "ledger/proof.h"

static enum etalon_exit fail(const char *path, const char *why) {
    fprintf(stderr, "etalon: %s: %s\n", path, why);
    return ETALON_FAILED;
}

/* A whole regular file of at most that many bytes; NULL with errno. */
static uint8_t *read_whole(int folder, const char *path, size_t limit, size_t *length) {
    struct stat state;
    uint8_t *bytes = NULL;
    int file = openat(folder, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) return NULL;
    errno = EINVAL;
    if (fstat(file, &state) == 0 && S_ISREG(state.st_mode) && (uint64_t)state.st_size <= limit)
        bytes = malloc((size_t)state.st_size + 1);
    size_t at = 0, size = bytes ? (size_t)state.st_size : 0;
    while (at < size) {
        ssize_t got = read(file, bytes + at, size - at);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        at += (size_t)got;
    }
    int saved = errno;
    close(file);
    errno = saved;
    if (at < size) {
        free(bytes);
        return NULL;
    }
    *length = size;
    return bytes;
}

static uint8_t *read_member(const struct etalon_bundle *bundle, const char *name, size_t *length) {
    const struct bundle_member *member = etalon_bundle_find(bundle, name);
    errno = ENOENT;
    uint8_t *bytes = member ? malloc(member->length + 1) : NULL;
    if (!bytes) return NULL;
    memcpy(bytes, member->bytes, member->length);
    *length = member->length;
    return bytes;
}

static uint8_t *read_below(const struct etalon_export_folder *folder, const char *name,
                           size_t limit, size_t *length) {
    return folder->incident.map ? read_member(&folder->incident, name, length)
                                : read_whole(folder->folder, name, limit, length);
}

bool etalon_export_folder_read(struct etalon_export_folder *folder, const struct bundle_name *name,
                               uint8_t **bytes, size_t *length) {
    bundle_name_text(name, folder->missing);
    *bytes = read_below(folder, folder->missing, LIMIT_BUNDLE_MEMBER_BYTES, length);
    return *bytes != NULL;
}

static enum err load_tile(void *context, const struct tile *tile, struct merkle_hash *out) {
    struct bundle_name name = {.kind = BUNDLE_TILE, .tile = *tile};
    uint8_t *bytes;
    size_t length, wanted = (size_t)tile->width * MERKLE_HASH_BYTES;
    if (!etalon_export_folder_read(context, &name, &bytes, &length)) return ERR_MISSING;
    if (length == wanted) memcpy(out, bytes, length);
    free(bytes);
    return length == wanted ? ERR_OK : ERR_DAMAGED;
}

static enum etalon_exit open_public(const char *given, struct etalon_export_folder *out) {
    out->folder = open(given, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (out->folder < 0 && errno == ENOTDIR) return etalon_bundle_open(given, &out->incident);
    if (out->folder < 0) {
        fail(given, strerror(errno));
        return ETALON_USAGE;
    }
    int public = openat(out->folder, "public", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (public < 0) return ETALON_FINE;
    close(out->folder);
    out->folder = public;
    return ETALON_FINE;
}

static enum etalon_exit read_checkpoint(const char *path, struct etalon_export_folder *folder) {
    struct note note;
    folder->note = path ? read_whole(AT_FDCWD, path, LIMIT_NOTE_BYTES, &folder->note_length)
                        : read_below(folder, "checkpoint", LIMIT_NOTE_BYTES, &folder->note_length);
    if (!path) path = "checkpoint";
    if (!folder->note) {
        fail(path, strerror(errno));
        return ETALON_USAGE;
    }
    enum err err = note_parse((const char *)folder->note, folder->note_length, &note);
    if (err == ERR_OK) err = checkpoint_parse(note.body, note.body_length, &folder->checkpoint);
    return err == ERR_OK ? ETALON_FINE : fail(path, err_text(err));
}

/* The newest checkpoint says which tiles there are; the one that is proven against may be older. */
static enum etalon_exit read_checkpoints(const char *given, struct etalon_export_folder *folder) {
    enum etalon_exit code = read_checkpoint(NULL, folder);
    folder->size = folder->checkpoint.size;
    if (code != ETALON_FINE || !given) return code;
    free(folder->note);
    folder->note = NULL;
    code = read_checkpoint(given, folder);
    if (code != ETALON_FINE || folder->checkpoint.size <= folder->size) return code;
    fail(given, "is newer than the checkpoint of the ledger");
    return ETALON_USAGE;
}

static enum etalon_exit check_root(struct etalon_export_folder *folder) {
    struct merkle_reader reader = tile_merkle_reader(&folder->tiles);
    struct merkle_hash root;
    if (merkle_root(&reader, folder->checkpoint.size, &root) != ERR_OK)
        return etalon_export_folder_lacks(folder);
    if (merkle_same(&root, &folder->checkpoint.root)) return ETALON_FINE;
    fail(folder->path, "the tiles do not lead to the root of the checkpoint: one of them was "
                       "altered");
    return ETALON_MALFEASANCE;
}

enum etalon_exit etalon_export_folder_open(const char *path, const char *checkpoint,
                                           struct etalon_export_folder *out) {
    *out = (struct etalon_export_folder){.path = path, .bundle_index = UINT64_MAX};
    enum etalon_exit code = open_public(path, out);
    if (code != ETALON_FINE) return code;
    code = read_checkpoints(checkpoint, out);
    tile_reader_init(&out->tiles, (struct tile_loader){load_tile, out}, out->size, out->slots,
                     ETALON_EXPORT_SLOTS);
    if (code == ETALON_FINE) code = check_root(out);
    if (code != ETALON_FINE) etalon_export_folder_close(out);
    return code;
}

void etalon_export_folder_close(struct etalon_export_folder *folder) {
    free(folder->note);
    free(folder->bundle);
    if (folder->folder >= 0) close(folder->folder);
    etalon_bundle_close(&folder->incident);
    folder->note = folder->bundle = NULL;
    folder->folder = -1;
}

bool etalon_export_folder_entry(struct etalon_export_folder *folder, uint64_t index,
                                const uint8_t **entry, size_t *length) {
    uint64_t bundle = index / TILE_WIDTH;
    unsigned width = tile_width(0, bundle, folder->size);
    if (width == 0) return false;
    if (folder->bundle_index != bundle) {
        struct bundle_name name = {
            .kind = BUNDLE_TILE,
            .tile = {.entries = true, .width = (uint16_t)width, .index = bundle}};
        free(folder->bundle);
        folder->bundle = NULL;
        folder->bundle_index = UINT64_MAX;
        if (!etalon_export_folder_read(folder, &name, &folder->bundle, &folder->bundle_length))
            return false;
        folder->bundle_index = bundle;
    }
    return tile_entries_at(folder->bundle, folder->bundle_length, (unsigned)(index % TILE_WIDTH),
                           entry, length) == ERR_OK;
}

/* The entry that goes into the proof must be the one that the proof is of. */
static bool is_in_tree(struct etalon_export_folder *folder, const struct proof *proof,
                       const uint8_t *entry, size_t length) {
    struct merkle_hash leaf;
    merkle_leaf(entry, length, &leaf);
    return merkle_verify_inclusion(&leaf, proof->index, folder->checkpoint.size,
                                   &folder->checkpoint.root, &proof->path) == ERR_OK;
}

bool etalon_export_folder_proof(struct etalon_export_folder *folder, uint64_t index,
                                bool with_entry, uint8_t **text, size_t *length) {
    static char extra[BASE64_TEXT_BYTES(TILE_ENTRY_BYTES)];
    struct merkle_reader reader = tile_merkle_reader(&folder->tiles);
    struct proof proof = {.index = index,
                          .checkpoint = (const char *)folder->note,
                          .checkpoint_length = folder->note_length};
    const uint8_t *entry;
    size_t entry_length, room = folder->note_length + 4096 + sizeof extra;
    if (merkle_inclusion(&reader, index, folder->checkpoint.size, &proof.path) != ERR_OK ||
        !etalon_export_folder_entry(folder, index, &entry, &entry_length))
        return false;
    if (!is_in_tree(folder, &proof, entry, entry_length)) {
        snprintf(folder->missing, sizeof folder->missing, "entry %" PRIu64, index);
        return false;
    }
    if (with_entry) {
        proof.extra = base64_text(entry, entry_length, extra, sizeof extra);
        proof.extra_length = strlen(extra);
    }
    *text = malloc(room);
    if (*text && proof_build(&proof, (char *)*text, room, length) == ERR_OK) return true;
    free(*text);
    return false;
}

enum etalon_exit etalon_export_folder_lacks(const struct etalon_export_folder *folder) {
    fprintf(stderr, "etalon: %s: %s is missing, pruned or not as the tree has it\n", folder->path,
            folder->missing);
    return ETALON_FAILED;
}
