/* Configuration text to struct config: chrony-style directives, one a line.
 *
 * Files are read through a loader handed in, so that the parser does no I/O itself. All or
 * nothing: *out is written only if every file was right. */
#pragma once

#include <stddef.h>

#include "base/err.h"
#include "config/config.h"

enum { CONFIG_MESSAGE_BYTES = 512 };

/* The parser's way to files. Where a call fails, *why may be set to a static text that says why;
 * left alone, the text of the error serves. Paths arrive as the operator wrote them. */
struct config_loader {
    void *context;
    /* Reads the whole file into text, sets *length; no terminating zero is needed. ERR_TOO_LONG
     * if it has more than room bytes, ERR_IO. */
    enum err (*read)(void *context, const char *path, char *text, size_t room, size_t *length,
                     const char **why);
    /* The index-th name (sorted) in directory that ends in ".conf", as full path into out;
     * ERR_STALE when index is past the end, ERR_IO. */
    enum err (*list)(void *context, const char *directory, size_t index, char out[LIMIT_PATH_BYTES],
                     const char **why);
};

struct config_error {
    struct config_place place;
    char text[CONFIG_MESSAGE_BYTES]; /* without the place; names the thing and what to do */
};

/* Parses the file at path. On failure *error is filled, *out is untouched. What concerns the file
 * as a whole is placed at its line 1, column 1. Needs LIMIT_CONFIG_FILE_BYTES of stack, shared by
 * all files that are open at one time. */
MUST_USE enum err parse_file(const char *path, const struct config_loader *loader,
                             struct config *out, struct config_error *error);
/* The same for text in memory, called name in messages (tests, fuzzer, embedded default). The
 * loader serves include and confdir; NULL refuses them. */
MUST_USE enum err parse_text(const char *name, const char *text, size_t length,
                             const struct config_loader *loader, struct config *out,
                             struct config_error *error);
