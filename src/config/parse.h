/* Configuration text to struct config: chrony-style directives, one a line.
 *
 * Files are read through a loader handed in, so that the parser does no I/O itself. All or
 * nothing: *out is written only if every file was right. */
#pragma once

#include <stddef.h>

#include "base/err.h"
#include "config/config.h"

enum { CONFIG_MESSAGE_BYTES = 512 };

/* The parser's way to files. Both calls return 0, or a message in *why (static text). */
struct config_loader {
    void *context;
    /* Reads the whole file into text (room bytes), sets *length. ERR_IO: *why says what. */
    enum err (*read)(void *context, const char *path, char *text, size_t room, size_t *length,
                     const char **why);
    /* The index-th name (sorted) in directory that ends in ".conf", as full path into out;
     * ERR_STALE when index is past the end. */
    enum err (*list)(void *context, const char *directory, size_t index, char out[LIMIT_PATH_BYTES],
                     const char **why);
};

struct config_error {
    struct config_place place;
    char text[CONFIG_MESSAGE_BYTES]; /* without the place; names the thing and what to do */
};

/* Parses the file at path. On failure *error is filled, *out is untouched. */
MUST_USE enum err parse_file(const char *path, const struct config_loader *loader,
                             struct config *out, struct config_error *error);
/* The same for text in memory, called name in messages (tests, fuzzer, embedded default). */
MUST_USE enum err parse_text(const char *name, const char *text, size_t length,
                             const struct config_loader *loader, struct config *out,
                             struct config_error *error);
