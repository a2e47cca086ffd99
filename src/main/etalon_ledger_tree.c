/* Verified reading. Invariant: an entry is ETALON_LEDGER_HERE only if its hash is the one in a tile
 * that leads to the signed root. */
#include "main/etalon_ledger_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/parse.h"
#include "os/storage.h"

#define CONFIG_FILE "/etc/etalon/etalon.conf"

static enum etalon_exit fail(enum etalon_exit code, const char *path, const char *why) {
    fprintf(stderr, "etalon: %s: %s\n", path, why);
    return code;
}

/* The folder that the configuration names, and the policy of its witnesses. */
static const struct config_ledger *configured(const struct etalon_arguments *arguments) {
    static struct config config;
    static struct config_error error;
    const char *path = arguments->config ? arguments->config : CONFIG_FILE;
    config_default(&config);
    if (parse_file(path, &storage_config_loader, &config, &error) != ERR_OK)
        fprintf(stderr, "etalon: --ledger DIR is needed: %s:%u:%u: %s\n", error.place.file,
                (unsigned)error.place.line, (unsigned)error.place.column, error.text);
    else if (config.ledger.dir[0] == '\0')
        fail(ETALON_USAGE, path, "configures no ledger; name one with --ledger DIR");
    else
        return &config.ledger;
    return NULL;
}

/* The newest keys stand last, and of very many only those find room. */
static bool add_keys(struct policy *policy, const char *text, size_t length) {
    size_t before = policy->logs_count;
    while (length > 0 && text[length - 1] == '\n') length--;
    while (length > 0) {
        size_t start = length;
        struct note_key key;
        while (start > 0 && text[start - 1] != '\n') start--;
        if (note_key_parse(text + start, length - start, &key) == ERR_OK &&
            policy_add_log(policy, &key) == ERR_FULL)
            break;
        length = start > 0 ? start - 1 : 0;
    }
    return policy->logs_count > before;
}

static enum etalon_exit take_policy(struct etalon_ledger_tree *tree, const char *path) {
    static char text[LIMIT_POLICY_BYTES];
    struct policy_error error = {.line = 0};
    size_t length;
    const char *why = "";
    if (storage_read(path, text, sizeof text, &length, &why) != ERR_OK)
        return fail(ETALON_USAGE, path, why);
    if (policy_parse(text, length, &tree->policy, &error) != ERR_OK) {
        fprintf(stderr, "etalon: %s:%zu: %s\n", path, error.line, error.text);
        return ETALON_USAGE;
    }
    tree->policy_by = "policy";
    tree->key_given = tree->policy.logs_count > 0;
    return ETALON_FINE;
}

static void take_bundle_policy(struct etalon_ledger_tree *tree) {
    struct bundle_name name = {.kind = BUNDLE_POLICY};
    struct policy_error error;
    uint8_t *text;
    size_t length;
    if (!etalon_export_folder_read(&tree->folder, &name, &text, &length)) return;
    if (policy_parse((const char *)text, length, &tree->policy, &error) == ERR_OK) {
        tree->policy_by = "bundle";
        tree->policy.logs_count = 0; /* its keys are nobody's word */
    }
    free(text);
}

static enum etalon_exit take_key(struct etalon_ledger_tree *tree, const char *path) {
    static char text[LIMIT_LEDGER_VKEY_BYTES];
    size_t length;
    const char *why = "";
    if (storage_read(path, text, sizeof text, &length, &why) != ERR_OK)
        return fail(ETALON_USAGE, path, why);
    if (!add_keys(&tree->policy, text, length))
        return fail(ETALON_USAGE, path, "holds no verifier key");
    tree->key_given = true;
    return ETALON_FINE;
}

static enum etalon_exit take_keys_beside(struct etalon_ledger_tree *tree) {
    struct bundle_name name = {.kind = BUNDLE_VKEY};
    uint8_t *text;
    size_t length;
    if (!etalon_export_folder_read(&tree->folder, &name, &text, &length))
        return etalon_export_folder_lacks(&tree->folder);
    bool any = add_keys(&tree->policy, (const char *)text, length);
    free(text);
    return any ? ETALON_FINE : fail(ETALON_FAILED, tree->path, "vkey holds no verifier key");
}

static enum etalon_exit check_signature(struct etalon_ledger_tree *tree) {
    static struct policy_result result;
    policy_satisfied(&tree->policy, (const char *)tree->folder.note, tree->folder.note_length,
                     &result);
    enum err err = result.err;
    if (err == ERR_OK || err == ERR_QUORUM) {
        note_key_text(&tree->policy.logs[result.log].key, tree->key);
        return ETALON_FINE;
    }
    fprintf(stderr, "etalon: %s: checkpoint: %s\n", tree->path, err_text(err));
    return err == ERR_SIGNATURE ? ETALON_MALFEASANCE : ETALON_FAILED;
}

static enum etalon_exit take_trust(const struct etalon_arguments *arguments, const char *policy,
                                   struct etalon_ledger_tree *tree) {
    enum etalon_exit code = ETALON_FINE;
    tree->policy = (struct policy){.quorum = POLICY_QUORUM_NONE};
    if (policy)
        code = take_policy(tree, policy);
    else if (etalon_ledger_tree_is_bundle(tree))
        take_bundle_policy(tree);
    if (code == ETALON_FINE && arguments->key) code = take_key(tree, arguments->key);
    if (code == ETALON_FINE && !tree->key_given) code = take_keys_beside(tree);
    return code == ETALON_FINE ? check_signature(tree) : code;
}

enum etalon_exit etalon_ledger_tree_open(const struct etalon_arguments *arguments, const char *path,
                                         struct etalon_ledger_tree *out) {
    const char *policy = arguments->policy;
    if (!path) {
        const struct config_ledger *ledger = configured(arguments);
        if (!ledger) return ETALON_USAGE;
        path = ledger->dir;
        if (!policy && ledger->policy[0] && access(ledger->policy, R_OK) == 0)
            policy = ledger->policy;
    }
    memset(out, 0, sizeof *out);
    out->path = path;
    out->tile = UINT64_MAX;
    enum etalon_exit code = etalon_export_folder_open(path, NULL, &out->folder);
    if (code != ETALON_FINE) return code;
    code = take_trust(arguments, policy, out);
    if (code != ETALON_FINE) etalon_ledger_tree_close(out);
    return code;
}

void etalon_ledger_tree_close(struct etalon_ledger_tree *tree) {
    free(tree->bytes);
    tree->bytes = NULL;
    etalon_export_folder_close(&tree->folder);
}

uint64_t etalon_ledger_tree_size(const struct etalon_ledger_tree *tree) {
    return tree->folder.size;
}

const char *etalon_ledger_tree_origin(const struct etalon_ledger_tree *tree) {
    return tree->folder.checkpoint.origin;
}

bool etalon_ledger_tree_is_bundle(const struct etalon_ledger_tree *tree) {
    return tree->folder.incident.map != NULL;
}

static void say_altered(struct etalon_ledger_tree *tree, uint64_t index, const char *what) {
    if (!tree->any_altered) fprintf(stderr, "etalon: THE LEDGER WAS ALTERED\n");
    fprintf(stderr, "etalon: %s: entry %" PRIu64 ": %s\n", tree->path, index, what);
    tree->any_altered = true;
}

/* The path of the first leaf of a tile is made of all other hashes in it: if it leads to the root,
 * all of them do. */
static bool tile_is_right(struct etalon_ledger_tree *tree, uint64_t first) {
    struct merkle_reader reader = tile_merkle_reader(&tree->folder.tiles);
    const struct checkpoint *checkpoint = &tree->folder.checkpoint;
    struct merkle_hash leaf;
    struct merkle_proof proof;
    return tile_read_hash(&tree->folder.tiles, 0, first, &leaf) == ERR_OK &&
           merkle_inclusion(&reader, first, checkpoint->size, &proof) == ERR_OK &&
           merkle_verify_inclusion(&leaf, first, checkpoint->size, &checkpoint->root, &proof) ==
               ERR_OK;
}

static void check_leaves(struct etalon_ledger_tree *tree) {
    uint64_t first = tree->tile * TILE_WIDTH;
    bool right = tile_is_right(tree, first);
    if (!right)
        say_altered(tree, first,
                    "and those after it: their hashes are gone, or do not lead to the root");
    for (unsigned i = 0; i < tree->width; i++) {
        struct merkle_hash wanted;
        merkle_leaf(tree->bytes + tree->at[i], tree->lengths[i], &tree->leaves[i]);
        tree->altered[i] = !right ||
                           tile_read_hash(&tree->folder.tiles, 0, first + i, &wanted) != ERR_OK ||
                           !merkle_same(&wanted, &tree->leaves[i]);
        if (tree->altered[i] && right)
            say_altered(tree, first + i, "is not what the log committed to");
    }
}

/* Where the entries lie. Fewer than there must be: those that are lost count as altered. */
static void split(struct etalon_ledger_tree *tree, size_t length) {
    struct reader bundle = reader_of(tree->bytes, length);
    unsigned count = 0;
    const uint8_t *entry;
    for (size_t entry_length; count < tree->width; count++) {
        if (tile_entries_next(&bundle, &entry, &entry_length) != ERR_OK) break;
        tree->at[count] = (size_t)(entry - tree->bytes);
        tree->lengths[count] = entry_length;
    }
    for (; count < tree->width; count++) tree->at[count] = tree->lengths[count] = 0;
}

/* While this runs the log may put a full bundle in the place of a partial one. */
static bool read_entries(struct etalon_ledger_tree *tree, size_t *length) {
    struct bundle_name name = {
        .kind = BUNDLE_TILE,
        .tile = {.entries = true, .width = (uint16_t)tree->width, .index = tree->tile}};
    if (etalon_export_folder_read(&tree->folder, &name, &tree->bytes, length)) return true;
    name.tile.width = TILE_WIDTH;
    return tree->width < TILE_WIDTH &&
           etalon_export_folder_read(&tree->folder, &name, &tree->bytes, length);
}

static void load(struct etalon_ledger_tree *tree, uint64_t tile) {
    size_t length;
    free(tree->bytes);
    tree->bytes = NULL;
    tree->tile = tile;
    tree->width = tile_width(0, tile, tree->folder.size);
    if (!read_entries(tree, &length)) return;
    split(tree, length);
    check_leaves(tree);
}

enum etalon_ledger_found etalon_ledger_tree_leaf(struct etalon_ledger_tree *tree, uint64_t index,
                                                 struct etalon_ledger_leaf *out) {
    size_t i = index % TILE_WIDTH;
    if (tree->tile != index / TILE_WIDTH) load(tree, index / TILE_WIDTH);
    if (!tree->bytes) return ETALON_LEDGER_ABSENT;
    if (tree->altered[i]) return ETALON_LEDGER_ALTERED;
    *out = (struct etalon_ledger_leaf){index, tree->bytes + tree->at[i], tree->lengths[i],
                                       tree->leaves[i]};
    return ETALON_LEDGER_HERE;
}

bool etalon_ledger_tree_root(struct etalon_ledger_tree *tree, uint64_t size,
                             struct merkle_hash *out) {
    struct merkle_reader reader = tile_merkle_reader(&tree->folder.tiles);
    return size <= tree->folder.size && merkle_root(&reader, size, out) == ERR_OK;
}

struct visitor {
    void (*visit)(void *context, const char *note, size_t length);
    void *context;
};

static void visit_cosigned(struct etalon_ledger_tree *tree, uint64_t size,
                           const struct visitor *visitor) {
    struct bundle_name name = {.kind = BUNDLE_COSIGNED, .number = size};
    uint8_t *note;
    size_t length;
    if (!etalon_export_folder_read(&tree->folder, &name, &note, &length)) return;
    visitor->visit(visitor->context, (const char *)note, length);
    free(note);
}

void etalon_ledger_tree_cosigned(struct etalon_ledger_tree *tree,
                                 void (*visit)(void *context, const char *note, size_t length),
                                 void *context) {
    const struct visitor visitor = {visit, context};
    const struct etalon_bundle *bundle = &tree->folder.incident;
    for (size_t i = 0; i < bundle->count; i++)
        if (bundle->members[i].parsed.kind == BUNDLE_COSIGNED)
            visit_cosigned(tree, bundle->members[i].parsed.number, &visitor);
    if (bundle->map) return;
    int file = openat(tree->folder.folder, "cosigned", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = file < 0 ? NULL : fdopendir(file);
    if (!folder && file >= 0) close(file);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        uint64_t size;
        if (checkpoint_decimal(entry->d_name, strlen(entry->d_name), &size) == ERR_OK)
            visit_cosigned(tree, size, &visitor);
    }
    if (folder) closedir(folder);
}
