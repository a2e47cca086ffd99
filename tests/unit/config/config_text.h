/* Files in memory for the configuration's loader, and what a test says of a text: that it is good,
 * or which fault it has and where. To be included after cmocka.h. */
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

static struct config config;
static struct config_error error;

/* Parses text as test.conf; files is what it may include. */
static inline enum err parse_with(const struct fake_file *files, const char *text) {
    struct fake_files fake = {files};
    struct config_loader loader = fake_loader(&fake);
    return parse_text("test.conf", text, strlen(text), &loader, &config, &error);
}

static inline void good_with(const struct fake_file *files, const char *text) {
    if (parse_with(files, text) != ERR_OK)
        fail_msg("%s\n%s:%u:%u: %s", text, error.place.file, error.place.line, error.place.column,
                 error.text);
}

static inline void good(const char *text) {
    static const struct fake_file none = {NULL, NULL};
    good_with(&none, text);
}

struct fault {
    const char *text;
    enum err err;
    const char *file; /* NULL: test.conf */
    unsigned line, column;
    const char *says; /* a part of the message */
};

/* That text is refused as the fault says and nothing is written. */
static inline void expect_fault(const struct fake_file *files, const struct fault *fault) {
    static struct config untouched;
    memset(&untouched, 0x5a, sizeof untouched);
    config = untouched;
    error = (struct config_error){0};
    enum err err = parse_with(files, fault->text);
    const char *file = fault->file ? fault->file : "test.conf";
    if (err != fault->err || error.place.line != fault->line ||
        error.place.column != fault->column || strcmp(error.place.file, file) != 0 ||
        !strstr(error.text, fault->says))
        fail_msg("\"%s\"\nwanted %s %s:%u:%u: %s\n   got %s %s:%u:%u: %s", fault->text,
                 err_name(fault->err), file, fault->line, fault->column, fault->says, err_name(err),
                 error.place.file, error.place.line, error.place.column, error.text);
    assert_memory_equal(&config, &untouched, sizeof config);
}

static inline void expect_faults(const struct fault *faults, size_t count) {
    static const struct fake_file none = {NULL, NULL};
    for (size_t i = 0; i < count; i++) expect_fault(&none, &faults[i]);
}

#define EXPECT(faults) expect_faults(faults, sizeof faults / sizeof faults[0])
