/* Texts of the configuration. Invariant: what is parsed has the hash that was recorded. */
#include "main/etalon_replay_texts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "config/parse.h"

static bool append(struct etalon_replay_text *text, const char *bytes, size_t length) {
    if (text->length + length > LIMIT_CONFIG_FILE_BYTES) return false;
    text->bytes = realloc(text->bytes, text->length + length + 1);
    CHECK(text->bytes);
    memcpy(text->bytes + text->length, bytes, length + 1);
    text->length += length;
    return true;
}

/* The file that a part belongs to: a new one, or the newest; NULL: neither. */
static struct etalon_replay_text *file_of(struct etalon_replay_texts *texts,
                                          const struct etalon_entry *entry, int64_t offset) {
    char path[LIMIT_PATH_BYTES];
    struct etalon_replay_text *text = texts->count > 0 ? &texts->files[texts->count - 1] : NULL;
    etalon_entry_text(entry, "file", path, sizeof path);
    if (offset != 0)
        return text && strcmp(text->path, path) == 0 && text->length == (uint64_t)offset ? text
                                                                                         : NULL;
    if (texts->count == LIMIT_CONFIG_FILES) return NULL;
    text = &texts->files[texts->count++];
    *text = (struct etalon_replay_text){.size = UINT64_MAX};
    memcpy(text->path, path, sizeof path);
    etalon_entry_text(entry, "sha256", text->sha256, sizeof text->sha256);
    return text;
}

void etalon_replay_texts_take(struct etalon_replay_texts *texts, const struct etalon_entry *entry) {
    int64_t offset = 0, size;
    char *bytes;
    size_t length;
    (void)etalon_entry_int(entry, "offset", &offset);
    struct etalon_replay_text *text = file_of(texts, entry, offset);
    bool taken = text && etalon_entry_string(entry, "text", &bytes, &length);
    if (taken && etalon_entry_int(entry, "size", &size)) text->size = (uint64_t)size;
    if (!taken || !append(text, bytes, length)) texts->torn = true;
    if (taken) free(bytes);
}

void etalon_replay_texts_forget(struct etalon_replay_texts *texts) {
    for (size_t i = 0; i < texts->count; i++) free(texts->files[i].bytes);
    texts->count = 0;
    texts->torn = false;
}

bool etalon_replay_texts_same(const struct etalon_replay_texts *a,
                              const struct etalon_replay_texts *b) {
    if (a->count != b->count || a->torn || b->torn) return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct etalon_replay_text *x = &a->files[i], *y = &b->files[i];
        if (strcmp(x->path, y->path) != 0 || x->length != y->length ||
            memcmp(x->bytes, y->bytes, x->length) != 0 || strcmp(x->sha256, y->sha256) != 0)
            return false;
    }
    return true;
}

static bool is_whole(const struct etalon_replay_text *text) {
    uint8_t hash[HASH_SHA256_BYTES];
    char shown[sizeof text->sha256];
    const struct hash_piece piece = {text->bytes, text->length};
    hash_sha256(&piece, 1, hash);
    for (size_t i = 0; i < sizeof hash; i++) snprintf(shown + 2 * i, 3, "%02x", hash[i]);
    return text->length == text->size && strcmp(shown, text->sha256) == 0;
}

static enum err read_text(void *context, const char *path, char *text, size_t room, size_t *length,
                          const char **why) {
    const struct etalon_replay_texts *texts = context;
    for (size_t i = 0; i < texts->count; i++) {
        const struct etalon_replay_text *kept = &texts->files[i];
        if (strcmp(kept->path, path) != 0) continue;
        if (kept->length > room) return ERR_TOO_LONG;
        memcpy(text, kept->bytes, kept->length);
        *length = kept->length;
        return ERR_OK;
    }
    *why = "the ledger does not have its text";
    return ERR_IO;
}

/* Files of a folder, in the order in which they were read: it was sorted. */
static enum err list_texts(void *context, const char *directory, size_t index,
                           char out[LIMIT_PATH_BYTES], const char **why) {
    const struct etalon_replay_texts *texts = context;
    size_t length = strlen(directory), found = 0;
    (void)why;
    for (size_t i = 0; i < texts->count; i++) {
        const char *path = texts->files[i].path;
        if (strncmp(path, directory, length) != 0 || path[length] != '/') continue;
        if (strchr(path + length + 1, '/') || found++ != index) continue;
        memcpy(out, path, strlen(path) + 1);
        return ERR_OK;
    }
    return ERR_STALE;
}

const char *etalon_replay_texts_parse(struct etalon_replay_texts *texts, struct config *out,
                                      char text[ETALON_REPLAY_TEXTS_WHY_BYTES]) {
    const struct config_loader loader = {.context = texts, .read = read_text, .list = list_texts};
    struct config_error error;
    if (texts->count == 0) return "the ledger does not have the configuration";
    if (texts->torn) return "the ledger has parts of the configuration only";
    for (size_t i = 0; i < texts->count; i++) {
        if (is_whole(&texts->files[i])) continue;
        snprintf(text, ETALON_REPLAY_TEXTS_WHY_BYTES,
                 "the configuration: %s is not the text whose hash was recorded",
                 texts->files[i].path);
        return text;
    }
    if (parse_file(texts->files[0].path, &loader, out, &error) == ERR_OK) return NULL;
    snprintf(text, ETALON_REPLAY_TEXTS_WHY_BYTES, "the configuration: %s:%u: %s", error.place.file,
             (unsigned)error.place.line, error.text);
    return text;
}
