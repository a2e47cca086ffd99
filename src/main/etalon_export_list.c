/* The list of files. Invariant: after finish, names ascend and none stands there twice. */
#include "main/etalon_export_list.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"

static bool add(struct etalon_export_list *list, const struct etalon_export_file *file) {
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 64;
        void *files = realloc(list->files, room * sizeof *list->files);
        if (!files) return false;
        list->files = files;
        list->room = room;
    }
    list->files[list->count++] = *file;
    return true;
}

bool etalon_export_list_add(struct etalon_export_list *list, const struct bundle_name *name) {
    return add(list, &(struct etalon_export_file){.name = *name});
}

bool etalon_export_list_add_made(struct etalon_export_list *list, const struct bundle_name *name,
                                 uint8_t *bytes, size_t length) {
    if (add(list, &(struct etalon_export_file){.name = *name, .made = bytes, .length = length}))
        return true;
    free(bytes);
    return false;
}

bool etalon_export_list_add_way(struct etalon_export_list *list, unsigned level, uint64_t index,
                                uint64_t size) {
    for (; level < TILE_LEVELS; level++, index /= TILE_WIDTH) {
        unsigned width = tile_width(level, index, size);
        struct bundle_name name = {
            .kind = BUNDLE_TILE,
            .tile = {.level = (uint8_t)level, .width = (uint16_t)width, .index = index}};
        if (width == 0) break;
        if (!etalon_export_list_add(list, &name)) return false;
    }
    return true;
}

bool etalon_export_list_add_edge(struct etalon_export_list *list, uint64_t former, uint64_t size) {
    for (unsigned level = 0; level < TILE_LEVELS; level++, former /= TILE_WIDTH)
        if (former % TILE_WIDTH != 0 &&
            !etalon_export_list_add_way(list, level, former / TILE_WIDTH, size))
            return false;
    return true;
}

static int order(const void *left, const void *right) {
    const struct etalon_export_file *a = left, *b = right;
    char one[BUNDLE_NAME_BYTES], other[BUNDLE_NAME_BYTES];
    return strcmp(bundle_name_text(&a->name, one), bundle_name_text(&b->name, other));
}

static void drop_doubles(struct etalon_export_list *list) {
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (kept > 0 && order(&list->files[kept - 1], &list->files[i]) == 0)
            free(list->files[i].made);
        else
            list->files[kept++] = list->files[i];
    }
    list->count = kept;
}

bool etalon_export_list_finish(struct etalon_export_list *list,
                               struct etalon_export_folder *folder) {
    qsort(list->files, list->count, sizeof list->files[0], order);
    drop_doubles(list);
    if (list->count >= LIMIT_BUNDLE_MEMBERS) {
        snprintf(folder->missing, sizeof folder->missing, "room for more than %d files",
                 LIMIT_BUNDLE_MEMBERS);
        return false;
    }
    for (size_t i = 0; i < list->count; i++) {
        struct etalon_export_file *file = &list->files[i];
        uint8_t *bytes = file->made;
        if (!bytes && !etalon_export_folder_read(folder, &file->name, &bytes, &file->length))
            return false;
        hash_sha256(&(struct hash_piece){bytes, file->length}, 1, file->hash);
        if (!file->made) free(bytes);
    }
    return true;
}

bool etalon_export_list_sums(const struct etalon_export_list *list, uint8_t **text,
                             size_t *length) {
    enum { LINE_BYTES = BUNDLE_NAME_BYTES + 80 };
    char *out = malloc((list->count + 1) * LINE_BYTES);
    size_t at = 0;
    if (!out) return false;
    for (size_t i = 0; i < list->count; i++) {
        struct bundle_sum sum;
        memcpy(sum.hash, list->files[i].hash, sizeof sum.hash);
        bundle_name_text(&list->files[i].name, sum.name);
        at += bundle_sum_text(&sum, out + at);
    }
    *text = (uint8_t *)out;
    *length = at;
    return true;
}

void etalon_export_list_free(struct etalon_export_list *list) {
    for (size_t i = 0; i < list->count; i++) free(list->files[i].made);
    free(list->files);
    *list = (struct etalon_export_list){0};
}

bool etalon_export_list_hash_file(const char *path, uint8_t out[HASH_SHA256_BYTES]) {
    struct stat state;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    void *map = MAP_FAILED;
    if (file < 0) return false;
    if (fstat(file, &state) == 0 && state.st_size > 0)
        map = mmap(NULL, (size_t)state.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    close(file);
    if (map == MAP_FAILED) return false;
    hash_sha256(&(struct hash_piece){map, (size_t)state.st_size}, 1, out);
    munmap(map, (size_t)state.st_size);
    return true;
}
