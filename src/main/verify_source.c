/* Bundles and folders as files. Invariant: every name in files is of the grammar of ledger/bundle,
 * so that no name leads out of the folder. */
#include "main/verify_source.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"

static bool unreadable(const char *path) {
    fprintf(stderr, "etalon-verify: %s: %s\n", path, strerror(errno));
    return false;
}

bool verify_source_map(const char *path, const uint8_t **bytes, size_t *length) {
    struct stat state;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return unreadable(path);
    static uint8_t nothing; /* what an empty file is mapped to */
    void *map = &nothing;
    bool right = fstat(file, &state) == 0;
    if (right && !S_ISREG(state.st_mode)) {
        errno = EINVAL;
        right = false;
    }
    if (right && state.st_size > 0) {
        map = mmap(NULL, (size_t)state.st_size, PROT_READ, MAP_PRIVATE, file, 0);
        right = map != MAP_FAILED;
    }
    if (!right) unreadable(path);
    close(file);
    if (!right) return false;
    *bytes = map;
    *length = (size_t)state.st_size;
    return true;
}

static int order(const void *left, const void *right) {
    const struct bundle_name *a = left, *b = right;
#define COMPARE(x) ((a->x > b->x) - (a->x < b->x))
    int way = COMPARE(kind);
    if (way == 0) way = COMPARE(number);
    if (way == 0) way = COMPARE(tile.entries);
    if (way == 0) way = COMPARE(tile.level);
    if (way == 0) way = COMPARE(tile.index);
    return way ? way : COMPARE(tile.width);
#undef COMPARE
}

static bool add_file(struct verify_source *source, const struct verify_file *file) {
    if ((source->count & (source->count - 1)) == 0) { /* a power of two, or none: time to grow */
        size_t room = source->count ? 2 * source->count : 1;
        void *files = realloc(source->files, room * sizeof *source->files);
        if (!files) return unreadable("memory");
        source->files = files;
    }
    source->files[source->count++] = *file;
    return true;
}

static bool read_bundle(const char *path, struct verify_source *source,
                        struct verify_report *report) {
    struct bundle_reader reader = bundle_reader_of(source->bytes, source->length);
    struct bundle_member member;
    if (!bundle_looks_right(source->bytes, source->length)) {
        fprintf(stderr, "etalon-verify: %s: neither a bundle nor a proof nor a folder\n", path);
        return false;
    }
    for (bool more = true;;) {
        if (bundle_next(&reader, &member, &more) != ERR_OK) {
            verify_report_add(report, VERIFY_CONTRADICTION, "%s: %s", reader.name, reader.why);
            return true;
        }
        if (!more) return true;
        struct verify_file file = {member.parsed, member.bytes, member.length};
        if (!add_file(source, &file)) return false;
    }
}

/* Files of other names are nobody's concern: a web server may keep its own here. */
static bool read_folder(const char *path, struct verify_source *source) {
    char *root = strdup(path), *const roots[] = {root, NULL};
    bool right = root != NULL;
    FTS *walk = right ? fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL) : NULL;
    for (FTSENT *entry; walk && right && (entry = fts_read(walk));) {
        struct verify_file file = {.length = 0};
        if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR) {
            errno = entry->fts_errno;
            right = unreadable(entry->fts_path);
        }
        if (entry->fts_info != FTS_F || !S_ISREG(entry->fts_statp->st_mode)) continue;
        if (bundle_name_parse(entry->fts_path + strlen(root) + 1, &file.name) != ERR_OK) continue;
        file.length = (size_t)entry->fts_statp->st_size;
        right = add_file(source, &file);
    }
    if (!walk) unreadable(path);
    if (walk) fts_close(walk);
    free(root);
    return right && walk;
}

/* A checkpoint is replaced by another file, never written over. 0: there is none. */
static uint64_t checkpoint_file(int folder) {
    struct stat state;
    return fstatat(folder, "checkpoint", &state, AT_SYMLINK_NOFOLLOW) == 0 ? state.st_ino : 0;
}

bool verify_source_moved(const struct verify_source *source) {
    return source->folder >= 0 && checkpoint_file(source->folder) != source->checkpoint;
}

/* A ledger's own folder keeps what is public in a folder below it. */
static bool open_folder(const char *given, struct verify_source *source) {
    char path[4096];
    size_t length = strlen(given);
    while (length > 1 && given[length - 1] == '/') length--;
    if (length + sizeof "/public/checkpoint" > sizeof path) {
        errno = ENAMETOOLONG;
        return unreadable(given);
    }
    snprintf(path, sizeof path, "%.*s/public/checkpoint", (int)length, given);
    path[length + (access(path, F_OK) == 0 ? sizeof "/public" - 1 : 0)] = '\0';
    source->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (source->folder < 0) return unreadable(path);
    source->checkpoint = checkpoint_file(source->folder);
    return read_folder(path, source);
}

bool verify_source_open(const char *path, struct verify_source *out, struct verify_report *report) {
    struct verify_source source = {.folder = -1};
    struct stat state;
    if (stat(path, &state) != 0) return unreadable(path);
    bool folder = S_ISDIR(state.st_mode);
    report->what = folder ? "folder" : "bundle";
    bool right = folder ? open_folder(path, &source)
                        : verify_source_map(path, &source.bytes, &source.length) &&
                              read_bundle(path, &source, report);
    if (right && source.count > 1) qsort(source.files, source.count, sizeof source.files[0], order);
    report->files = source.count;
    *out = source;
    if (!right) verify_source_close(out);
    return right;
}

void verify_source_close(struct verify_source *source) {
    free(source->files);
    if (source->folder >= 0) close(source->folder);
    *source = (struct verify_source){.folder = -1};
}

const struct verify_file *verify_source_find(const struct verify_source *source,
                                             const struct bundle_name *name) {
    if (source->count == 0) return NULL;
    return bsearch(name, source->files, source->count, sizeof source->files[0], order);
}

/* Exactly length bytes and then the end; or errno, which is 0 for another length. */
static bool read_all(int file, uint8_t *bytes, size_t length) {
    errno = 0;
    for (size_t at = 0; at < length;) {
        ssize_t got = read(file, bytes + at, length - at);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        at += (size_t)got;
    }
    uint8_t more;
    return read(file, &more, 1) == 0;
}

bool verify_source_load(const struct verify_source *source, const struct verify_file *file,
                        struct verify_report *report, struct verify_bytes *out) {
    char name[BUNDLE_NAME_BYTES];
    *out = (struct verify_bytes){file->bytes, file->length, NULL};
    if (file->bytes) return true;
    bundle_name_text(&file->name, name);
    if (file->length > LIMIT_BUNDLE_MEMBER_BYTES) {
        verify_report_add(report, VERIFY_CONTRADICTION, "%s: is larger than such a file may be",
                          name);
        return false;
    }
    int opened = openat(source->folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    uint8_t *bytes = malloc(file->length + 1);
    bool right = opened >= 0 && bytes && read_all(opened, bytes, file->length);
    if (!right)
        verify_report_add(report, VERIFY_GAP, "%s: cannot be read: %s", name,
                          errno ? strerror(errno) : "it changed meanwhile");
    if (opened >= 0) close(opened);
    if (!right) free(bytes);
    if (right) *out = (struct verify_bytes){bytes, file->length, bytes};
    return right;
}

void verify_source_release(struct verify_bytes *bytes) {
    free(bytes->owned);
    *bytes = (struct verify_bytes){0};
}

static void check_sum(const struct verify_source *source, const struct bundle_sum *sum,
                      struct verify_report *report) {
    struct bundle_name name;
    struct verify_bytes bytes;
    uint8_t hash[HASH_SHA256_BYTES];
    const struct verify_file *file =
        bundle_name_parse(sum->name, &name) == ERR_OK ? verify_source_find(source, &name) : NULL;
    if (!file) {
        verify_report_add(report, VERIFY_GAP, "%s: SHA256SUMS names it, and it is not there",
                          sum->name);
        return;
    }
    if (!verify_source_load(source, file, report, &bytes)) return;
    hash_sha256(&(struct hash_piece){bytes.bytes, bytes.length}, 1, hash);
    verify_source_release(&bytes);
    if (memcmp(hash, sum->hash, sizeof hash) != 0)
        verify_report_add(report, VERIFY_CONTRADICTION, "%s: is not the file that SHA256SUMS names",
                          sum->name);
    else
        report->sums++;
}

void verify_source_sums(const struct verify_source *source, struct verify_report *report) {
    struct bundle_name name = {.kind = BUNDLE_SUMS};
    struct verify_bytes bytes;
    const struct verify_file *file = verify_source_find(source, &name);
    if (!file && source->folder < 0)
        verify_report_add(report, VERIFY_GAP, "SHA256SUMS: the bundle has none");
    if (!file || !verify_source_load(source, file, report, &bytes)) return;
    const char *at = (const char *)bytes.bytes, *end = at + bytes.length;
    char before[BUNDLE_NAME_BYTES] = "";
    size_t lines = 0;
    for (struct bundle_sum sum; at < end; lines++) {
        if (bundle_sum_parse(&at, end, &sum) != ERR_OK || strcmp(sum.name, before) <= 0) {
            verify_report_add(report, VERIFY_CONTRADICTION,
                              "SHA256SUMS: line %zu is malformed or out of order", lines + 1);
            break;
        }
        memcpy(before, sum.name, sizeof before);
        check_sum(source, &sum, report);
    }
    if (at == end && source->folder < 0 && lines + 1 < source->count)
        verify_report_add(report, VERIFY_CONTRADICTION,
                          "SHA256SUMS: names %zu of the %zu other files", lines, source->count - 1);
    verify_source_release(&bytes);
}
