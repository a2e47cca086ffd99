/* Reading a log. Invariant: nothing is written, and every read is bounded by the room given. */
#include "main/witness_source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "os/storage.h"

static bool is_url(const char *place) {
    return strncmp(place, "http://", 7) == 0 || strncmp(place, "https://", 8) == 0;
}

static bool refuse(struct witness_source *source, const char *why) {
    snprintf(source->why, sizeof source->why, "%.500s: %s", source->place, why);
    return false;
}

bool witness_source_open(struct witness_source *source, const char *place,
                         struct witness_fetch *fetch) {
    struct stat about;
    char probe[LIMIT_PATH_BYTES];
    source->place = place;
    source->fetch = is_url(place) ? fetch : NULL;
    source->why[0] = '\0';
    if (!source->fetch && strstr(place, "://")) return refuse(source, "http or https only");
    int length = snprintf(source->base, sizeof source->base, "%s", place);
    if (source->fetch) return length < (int)sizeof source->base || refuse(source, "too long");
    if (length + TILE_PATH_BYTES + 16 >= LIMIT_PATH_BYTES) return refuse(source, "too long");
    snprintf(probe, sizeof probe, "%.*s/public", LIMIT_PATH_BYTES - 16, place);
    if (stat(probe, &about) == 0 && S_ISDIR(about.st_mode))
        snprintf(source->base, sizeof source->base, "%s", probe);
    return (stat(source->base, &about) == 0 && S_ISDIR(about.st_mode)) ||
           refuse(source, "there is no such directory");
}

static enum err read_file(struct witness_source *source, const char *path, char *out, size_t room,
                          size_t *length) {
    char full[LIMIT_PATH_BYTES + TILE_PATH_BYTES];
    const char *why = "";
    struct stat about;
    snprintf(full, sizeof full, "%.*s/%s", LIMIT_PATH_BYTES - 1, source->base, path);
    enum err err = storage_read(full, out, room, length, &why);
    if (err == ERR_OK) return ERR_OK;
    snprintf(source->why, sizeof source->why, "%s: %s", full, why);
    return err == ERR_IO && stat(full, &about) != 0 && errno == ENOENT ? ERR_STALE : err;
}

static enum err read_url(struct witness_source *source, const char *path, char *out, size_t room,
                         size_t *length) {
    struct witness_fetch_request *request = &source->request;
    request->body = NULL;
    request->out = out;
    request->room = room;
    if (!witness_fetch_url(request->url, source->base, path)) return ERR_TOO_LONG;
    bool answered = witness_fetch_now(source->fetch, request);
    if (answered && request->status == 200) {
        *length = request->length;
        return ERR_OK;
    }
    if (answered)
        snprintf(source->why, sizeof source->why, "%s: HTTP %u", request->url, request->status);
    else
        snprintf(source->why, sizeof source->why, "%s: %s", request->url, request->why);
    return request->status == 404 || request->status == 410 ? ERR_STALE : ERR_IO;
}

enum err witness_source_read(struct witness_source *source, const char *path, char *out,
                             size_t room, size_t *length) {
    return source->fetch ? read_url(source, path, out, room, length)
                         : read_file(source, path, out, room, length);
}

enum err witness_source_judge(struct witness_source_note *note, const struct policy *policy) {
    struct note parsed;
    struct checkpoint claimed;
    struct note_key keys[LIMIT_POLICY_LOGS];
    size_t count = 0;
    enum err err = note_parse(note->text, note->length, &parsed);
    if (err == ERR_OK) err = checkpoint_parse(parsed.body, parsed.body_length, &claimed);
    if (err != ERR_OK) return err;
    for (size_t i = 0; i < policy->logs_count; i++)
        if (strcmp(policy->logs[i].key.name, claimed.origin) == 0)
            keys[count++] = policy->logs[i].key;
    if (count == 0) return ERR_LOG_ORIGIN;
    return checkpoint_of_note(&parsed, claimed.origin, keys, count, &note->checkpoint);
}

enum err witness_source_checkpoint(struct witness_source *source, const struct policy *policy,
                                   struct witness_source_note *out) {
    enum err err =
        witness_source_read(source, "checkpoint", out->text, sizeof out->text, &out->length);
    if (err != ERR_OK) return err == ERR_STALE ? ERR_STALE : ERR_IO;
    err = witness_source_judge(out, policy);
    if (err != ERR_OK)
        snprintf(source->why, sizeof source->why, "the checkpoint of %.500s: %s", source->place,
                 err_text(err));
    return err;
}

static enum err load_tile(void *context, const struct tile *tile, struct merkle_hash *out) {
    struct witness_source *source = context;
    char path[TILE_PATH_BYTES];
    size_t wanted = (size_t)tile->width * MERKLE_HASH_BYTES, length = 0;
    tile_path(tile, path);
    char bytes[TILE_BYTES + 1]; /* one more, to see what is too long */
    enum err err = witness_source_read(source, path, bytes, sizeof bytes, &length);
    if (err == ERR_OK && length == wanted) memcpy(out, bytes, wanted);
    if (err != ERR_OK || length == wanted) return err;
    snprintf(source->why, sizeof source->why, "%.500s: %s has %zu bytes, not %zu", source->place,
             path, length, wanted);
    return ERR_SHORT;
}

struct merkle_reader witness_source_tree(struct witness_source *source, uint64_t size) {
    const struct tile_loader loader = {load_tile, source};
    tile_reader_init(&source->tiles, loader, size, source->slots, WITNESS_SOURCE_SLOTS);
    return tile_merkle_reader(&source->tiles);
}

enum err witness_source_consistent(struct witness_source *source, const struct checkpoint *now,
                                   uint64_t old_size, const struct merkle_hash *old_root) {
    struct merkle_reader tree = witness_source_tree(source, now->size);
    struct merkle_proof proof = {.count = 0};
    struct merkle_hash root;
    if (old_size == now->size) return merkle_same(old_root, &now->root) ? ERR_OK : ERR_PROOF;
    enum err err = merkle_root(&tree, now->size, &root);
    if (err == ERR_OK && !merkle_same(&root, &now->root)) err = ERR_PROOF;
    if (err == ERR_OK) err = merkle_consistency(&tree, old_size, now->size, &proof);
    /* A proof, and not the two roots from tiles: those of different levels may contradict. */
    if (err == ERR_OK)
        err = merkle_verify_consistency(old_size, old_root, now->size, &now->root, &proof);
    return err;
}
