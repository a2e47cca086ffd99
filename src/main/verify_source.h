/* What is to be checked, as files with names of ledger/bundle: the members of a bundle, or those
 * files below a folder that have such names. Links are not followed. */
#pragma once

#include "ledger/bundle.h"
#include "main/verify_report.h"

struct verify_file {
    struct bundle_name name;
    const uint8_t *bytes; /* in a bundle; NULL below a folder */
    size_t length;
};

struct verify_source {
    int folder;           /* -1: a bundle */
    uint64_t checkpoint;  /* which file that was when the folder was read: its inode */
    const uint8_t *bytes; /* of the bundle, mapped until the program ends */
    size_t length;
    struct verify_file *files; /* ordered by name: kind, number, tile */
    size_t count;
};

/* The bytes of one file; to be released. */
struct verify_bytes {
    const uint8_t *bytes;
    size_t length;
    void *owned;
};

/* False: it cannot be read, which was said on standard error. What is wrong inside a bundle is a
 * contradiction in the report. */
bool verify_source_open(const char *path, struct verify_source *out, struct verify_report *report);
/* Whether a log that is being written has published since; what was missing may then be there. */
bool verify_source_moved(const struct verify_source *source);
void verify_source_close(struct verify_source *source);
const struct verify_file *verify_source_find(const struct verify_source *source,
                                             const struct bundle_name *name);
/* False: said why in the report. */
bool verify_source_load(const struct verify_source *source, const struct verify_file *file,
                        struct verify_report *report, struct verify_bytes *out);
void verify_source_release(struct verify_bytes *bytes);
/* SHA256SUMS against every file; a folder that is no bundle's has none. */
void verify_source_sums(const struct verify_source *source, struct verify_report *report);

/* A whole file, mapped for reading until the program ends. False: said why on standard error. */
bool verify_source_map(const char *path, const uint8_t **bytes, size_t *length);
