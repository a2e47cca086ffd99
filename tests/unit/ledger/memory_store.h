/* A ledger/store.h in memory for unit tests: nothing is lost; one operation can be made to fail.
 * (The disk that loses and tears is sim/disk; it stands on a higher floor.) */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/store.h"

enum { MEMORY_FILES = 1024 };

struct memory_file {
    char path[STORE_PATH_BYTES];
    uint8_t *bytes;
    size_t length;
};

struct memory_store {
    struct memory_file files[MEMORY_FILES];
    enum err fails; /* every operation whose path begins with failing, unless ERR_OK */
    const char *failing;
    const char *operation; /* of that kind only ("put"), unless NULL */
    unsigned puts, writes, syncs, renames, removes, settles;
};

static inline struct memory_file *memory_find(struct memory_store *store, const char *path) {
    for (size_t i = 0; i < MEMORY_FILES; i++)
        if (store->files[i].bytes && strcmp(store->files[i].path, path) == 0)
            return &store->files[i];
    return NULL;
}

static inline void memory_drop(struct memory_store *store, const char *path) {
    struct memory_file *file = memory_find(store, path);
    if (!file) return;
    free(file->bytes);
    *file = (struct memory_file){.bytes = NULL};
}

static inline void memory_free(struct memory_store *store) {
    for (size_t i = 0; i < MEMORY_FILES; i++) free(store->files[i].bytes);
    *store = (struct memory_store){.fails = ERR_OK};
}

static inline struct memory_file *memory_make(struct memory_store *store, const char *path,
                                              size_t length) {
    memory_drop(store, path);
    for (size_t i = 0; i < MEMORY_FILES; i++) {
        struct memory_file *file = &store->files[i];
        if (file->bytes) continue;
        snprintf(file->path, sizeof file->path, "%s", path);
        file->bytes = calloc(1, length + 1);
        file->length = length;
        if (file->bytes) return file;
    }
    abort();
}

static inline enum err memory_trouble(const struct memory_store *store, const char *operation,
                                      const char *path) {
    if (store->fails == ERR_OK || strncmp(path, store->failing, strlen(store->failing)) != 0)
        return ERR_OK;
    return store->operation && strcmp(operation, store->operation) != 0 ? ERR_OK : store->fails;
}

static inline enum err memory_read(void *context, const char *path, uint64_t offset, void *out,
                                   size_t room, size_t *length) {
    enum err err = memory_trouble(context, "read", path);
    const struct memory_file *file = memory_find(context, path);
    if (err != ERR_OK) return err;
    if (!file) return ERR_MISSING;
    size_t left = offset < file->length ? file->length - (size_t)offset : 0;
    *length = left < room ? left : room;
    if (*length) memcpy(out, file->bytes + offset, *length);
    return ERR_OK;
}

static inline enum err memory_extend(void *context, const char *path, uint64_t size,
                                     const void *block, size_t block_length) {
    struct memory_store *store = context;
    enum err err = memory_trouble(store, "put", path);
    if (err != ERR_OK) return err;
    store->puts++;
    struct memory_file *file = memory_make(store, path, (size_t)size);
    for (size_t at = 0; at < size; at += block_length)
        memcpy(file->bytes + at, block, size - at < block_length ? size - at : block_length);
    return ERR_OK;
}

static inline enum err memory_put(void *context, const char *path, const void *bytes,
                                  size_t length) {
    return memory_extend(context, path, length, bytes, length);
}

static inline enum err memory_write(void *context, const char *path, uint64_t offset,
                                    const void *bytes, size_t length) {
    struct memory_store *store = context;
    enum err err = memory_trouble(store, "write", path);
    struct memory_file *file = memory_find(store, path);
    if (err != ERR_OK) return err;
    if (!file || offset + length > file->length) return ERR_MISSING;
    store->writes++;
    memcpy(file->bytes + offset, bytes, length);
    return ERR_OK;
}

static inline enum err memory_sync(void *context, const char *path) {
    struct memory_store *store = context;
    enum err err = memory_trouble(store, "sync", path);
    if (err == ERR_OK) store->syncs++;
    return err;
}

static inline enum err memory_rename(void *context, const char *from, const char *to) {
    struct memory_store *store = context;
    enum err err = memory_trouble(store, "rename", to);
    struct memory_file *file = memory_find(store, from);
    if (err != ERR_OK) return err;
    if (!file) return ERR_MISSING;
    store->renames++;
    memory_drop(store, to);
    snprintf(file->path, sizeof file->path, "%s", to);
    return ERR_OK;
}

static inline enum err memory_remove(void *context, const char *path) {
    struct memory_store *store = context;
    enum err err = memory_trouble(store, "remove", path);
    size_t length = strlen(path);
    if (err != ERR_OK) return err;
    store->removes++;
    for (size_t i = 0; i < MEMORY_FILES; i++) {
        struct memory_file *file = &store->files[i];
        bool below = file->bytes && strncmp(file->path, path, length) == 0 &&
                     (file->path[length] == '\0' || file->path[length] == '/');
        if (!below) continue;
        free(file->bytes);
        *file = (struct memory_file){.bytes = NULL};
    }
    return ERR_OK;
}

/* What was put later may come to nothing: then it is not to be relied on. */
static inline enum err memory_settle(void *context) {
    struct memory_store *store = context;
    enum err err = memory_trouble(store, "settle", "");
    if (err == ERR_OK) store->settles++;
    return err;
}

static inline const char *memory_why(void *context) {
    const struct memory_store *store = context;
    return store->fails == ERR_FULL ? "No space left on device" : "Input/output error";
}

static inline struct ledger_store memory_store_of(struct memory_store *store) {
    return (struct ledger_store){.context = store,
                                 .read = memory_read,
                                 .put = memory_put,
                                 .put_later = memory_put,
                                 .extend = memory_extend,
                                 .write = memory_write,
                                 .sync = memory_sync,
                                 .rename = memory_rename,
                                 .remove = memory_remove,
                                 .settle = memory_settle,
                                 .why = memory_why};
}
