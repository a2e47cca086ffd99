/* Files in memory for the configuration's loader, and how a test parses with them. */
#pragma once

#include <stdio.h>
#include <string.h>

#include "config/parse.h"

struct fake_file {
    const char *path, *text;
};

/* files is sorted by path and ends with a NULL path. */
struct fake_files {
    const struct fake_file *files;
};

static inline enum err fake_read(void *context, const char *path, char *text, size_t room,
                                 size_t *length, const char **why) {
    const struct fake_files *fake = context;
    for (const struct fake_file *file = fake->files; file->path; file++) {
        if (strcmp(file->path, path) != 0) continue;
        if (strlen(file->text) > room) return ERR_TOO_LONG;
        *length = strlen(file->text);
        memcpy(text, file->text, *length);
        return ERR_OK;
    }
    *why = "No such file or directory";
    return ERR_IO;
}

static inline int fake_is_in(const char *path, const char *directory) {
    size_t length = strlen(directory), whole = strlen(path);
    return strncmp(path, directory, length) == 0 && path[length] == '/' &&
           !strchr(path + length + 1, '/') && whole > 5 && strcmp(path + whole - 5, ".conf") == 0;
}

static inline enum err fake_list(void *context, const char *directory, size_t index,
                                 char out[LIMIT_PATH_BYTES], const char **why) {
    const struct fake_files *fake = context;
    if (strstr(directory, "missing")) {
        *why = "No such file or directory";
        return ERR_IO;
    }
    for (const struct fake_file *file = fake->files; file->path; file++) {
        if (!fake_is_in(file->path, directory) || index-- > 0) continue;
        snprintf(out, LIMIT_PATH_BYTES, "%s", file->path);
        return ERR_OK;
    }
    return ERR_STALE;
}

static inline struct config_loader fake_loader(struct fake_files *files) {
    return (struct config_loader){.context = files, .read = fake_read, .list = fake_list};
}
