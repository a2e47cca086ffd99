/* Bundles in memory. Invariant: every member kept was taken by ledger/bundle, so that names ascend
 * and bytes lie inside the map. */
#include "main/etalon_bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static enum etalon_exit fail(const char *path, const char *name, const char *why) {
    fprintf(stderr, "etalon: %s: %s%s%s\n", path, name, *name ? ": " : "", why);
    return ETALON_FAILED;
}

static enum etalon_exit map_file(const char *path, struct etalon_bundle *out) {
    struct stat state;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0 || fstat(file, &state) != 0) {
        fail(path, "", strerror(errno));
        if (file >= 0) close(file);
        return ETALON_USAGE;
    }
    void *map = MAP_FAILED;
    errno = EINVAL;
    if (S_ISREG(state.st_mode) && state.st_size > 0)
        map = mmap(NULL, (size_t)state.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    int saved = errno;
    close(file);
    if (map == MAP_FAILED) return fail(path, "", strerror(saved));
    out->map = map;
    out->length = (size_t)state.st_size;
    return ETALON_FINE;
}

static bool add(struct etalon_bundle *bundle, const struct bundle_member *member) {
    if ((bundle->count & (bundle->count - 1)) == 0) { /* a power of two, or none: time to grow */
        size_t room = bundle->count ? 2 * bundle->count : 1;
        void *members = realloc(bundle->members, room * sizeof *bundle->members);
        if (!members) return false;
        bundle->members = members;
    }
    bundle->members[bundle->count++] = *member;
    return true;
}

static enum etalon_exit read_members(const char *path, struct etalon_bundle *bundle) {
    struct bundle_reader reader = bundle_reader_of(bundle->map, bundle->length);
    struct bundle_member member;
    if (!bundle_looks_right(bundle->map, bundle->length))
        return fail(path, "", "is neither the folder of a ledger nor an incident bundle");
    for (bool more = true;;) {
        if (bundle_next(&reader, &member, &more) != ERR_OK)
            return fail(path, reader.name, reader.why);
        if (!more) return ETALON_FINE;
        if (!add(bundle, &member)) return fail(path, member.name, strerror(ENOMEM));
    }
}

enum etalon_exit etalon_bundle_open(const char *path, struct etalon_bundle *out) {
    *out = (struct etalon_bundle){.map = NULL};
    enum etalon_exit code = map_file(path, out);
    if (code == ETALON_FINE) code = read_members(path, out);
    if (code != ETALON_FINE) etalon_bundle_close(out);
    return code;
}

void etalon_bundle_close(struct etalon_bundle *bundle) {
    if (bundle->map) munmap(bundle->map, bundle->length);
    free(bundle->members);
    *bundle = (struct etalon_bundle){.map = NULL};
}

static int order(const void *name, const void *member) {
    return strcmp(name, ((const struct bundle_member *)member)->name);
}

const struct bundle_member *etalon_bundle_find(const struct etalon_bundle *bundle,
                                               const char *name) {
    if (bundle->count == 0) return NULL;
    return bsearch(name, bundle->members, bundle->count, sizeof bundle->members[0], order);
}
