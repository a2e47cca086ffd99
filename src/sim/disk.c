/* The disk that fails. Invariant: `safe` is what a power failure would leave at least; everything
 * else that is there now may survive it or not, sector by sector, as the seed says. */
#include "sim/disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

void disk_init(struct disk *disk, uint64_t seed) {
    *disk = (struct disk){.why = "no failure"};
    for (size_t i = 0; i < DISK_FILES; i++) disk->files[i].renamed_from = -1;
    prng_init(&disk->prng, seed, "disk", 0);
}

static void clear(struct disk_file *file) {
    free(file->bytes);
    free(file->safe);
    free(file->dirty);
    *file = (struct disk_file){.renamed_from = -1};
}

void disk_free(struct disk *disk) {
    for (size_t i = 0; i < DISK_FILES; i++) clear(&disk->files[i]);
}

/* Files */

static struct disk_file *place_of(struct disk *disk, const char *path) {
    struct disk_file *unused = NULL;
    for (size_t i = 0; i < DISK_FILES; i++) {
        struct disk_file *file = &disk->files[i];
        if (strcmp(file->path, path) == 0) return file;
        bool gone = !file->there && !file->safe_there;
        if (!unused && (file->path[0] == '\0' || gone)) unused = file;
    }
    CHECK(unused != NULL);
    clear(unused);
    snprintf(unused->path, sizeof unused->path, "%s", path);
    return unused;
}

struct disk_file *disk_find(struct disk *disk, const char *path) {
    for (size_t i = 0; i < DISK_FILES; i++)
        if (disk->files[i].there && strcmp(disk->files[i].path, path) == 0) return &disk->files[i];
    return NULL;
}

void disk_drop(struct disk *disk, const char *path) {
    struct disk_file *file = disk_find(disk, path);
    if (file) clear(file);
}

static size_t sectors(size_t length) {
    return (length + DISK_SECTOR_BYTES - 1) / DISK_SECTOR_BYTES;
}

static void make_room(struct disk_file *file, size_t length) {
    if (length <= file->room) return;
    size_t room = sectors(length) * DISK_SECTOR_BYTES;
    file->bytes = realloc(file->bytes, room);
    file->safe = realloc(file->safe, room);
    file->dirty = realloc(file->dirty, sectors(room) * sizeof *file->dirty);
    CHECK(file->bytes && file->safe && file->dirty);
    memset(file->bytes + file->room, 0, room - file->room);
    memset(file->safe + file->room, 0, room - file->room);
    memset(file->dirty + sectors(file->room), 0, sectors(room) - sectors(file->room));
    file->room = room;
}

static void save_sector(struct disk_file *file, size_t sector) {
    size_t at = sector * DISK_SECTOR_BYTES;
    memcpy(file->safe + at, file->bytes + at, DISK_SECTOR_BYTES);
    file->dirty[sector] = false;
}

static void save_all(struct disk_file *file) {
    memcpy(file->safe, file->bytes, file->room);
    memset(file->dirty, 0, sectors(file->room) * sizeof *file->dirty);
    file->safe_length = file->length;
    file->safe_there = file->there;
    file->removed = file->later = file->pending = false;
    file->renamed_from = -1;
}

/* A rename that nobody was told of becomes safe. What was renamed had been put whole. */
static void settle_name(struct disk *disk, struct disk_file *file) {
    if (file->renamed_from < 0) return;
    struct disk_file *from = &disk->files[file->renamed_from];
    if (!from->there) from->safe_there = false;
    save_all(file);
}

/* Trouble */

void disk_plan(struct disk *disk, enum disk_trouble trouble, uint64_t first, uint64_t last) {
    disk->trouble = trouble;
    disk->trouble_at = disk->operations + first;
    disk->trouble_until = last > UINT64_MAX - disk->operations ? last : disk->operations + last;
}

static enum disk_trouble next_operation(struct disk *disk) {
    uint64_t now = ++disk->operations;
    if (disk->dead) return DISK_CRASH;
    if (disk->trouble == DISK_SOUND || now < disk->trouble_at || now > disk->trouble_until)
        return DISK_SOUND;
    return disk->trouble;
}

static enum err go_wrong(struct disk *disk, enum disk_trouble trouble) {
    static const char *const words[] = {
        [DISK_SOUND] = "no failure",
        [DISK_FAILS] = "Input/output error",
        [DISK_FULL] = "No space left on device",
        [DISK_READ_ONLY] = "Read-only file system",
        [DISK_CRASH] = "the power is off",
    };
    disk->why = words[trouble];
    if (!disk->dead) disk->troubles++;
    if (trouble == DISK_CRASH) disk->dead = true;
    return trouble == DISK_FULL ? ERR_FULL : ERR_IO;
}

static enum err missing(struct disk *disk) {
    disk->why = "No such file or directory";
    return ERR_MISSING;
}

/* True: the operation leaves traces, although it goes wrong. */
static bool leaves_traces(const struct disk *disk, enum disk_trouble trouble) {
    return !disk->dead && trouble != DISK_READ_ONLY;
}

/* Of a file that was put and not settled: what was there before it, or less than all of it. */
static void lose_part(struct disk *disk, struct disk_file *file) {
    if (prng_chance(&disk->prng, 0.3)) {
        memset(file->dirty, 0, sectors(file->room) * sizeof *file->dirty);
        return;
    }
    file->safe_there = file->safe_there || prng_chance(&disk->prng, 0.7);
    file->safe_length = prng_chance(&disk->prng, 0.5)
                            ? file->length
                            : (size_t)(prng_unit(&disk->prng) * (double)file->length);
}

void disk_restart(struct disk *disk, bool power_failed) {
    disk->dead = false;
    disk->trouble = DISK_SOUND;
    for (size_t i = 0; i < DISK_FILES; i++) disk->files[i].pending = false;
    for (size_t i = 0; power_failed && i < DISK_FILES; i++) {
        struct disk_file *file = &disk->files[i];
        if (file->renamed_from >= 0 && prng_chance(&disk->prng, 0.5)) settle_name(disk, file);
        if (file->removed && prng_chance(&disk->prng, 0.5)) file->safe_there = false;
        if (file->later) lose_part(disk, file);
        for (size_t s = 0; s < sectors(file->room); s++)
            if (file->dirty[s] && prng_chance(&disk->prng, 0.5)) save_sector(file, s);
    }
    for (size_t i = 0; power_failed && i < DISK_FILES; i++) {
        struct disk_file *file = &disk->files[i];
        file->there = file->safe_there;
        file->length = file->safe_length;
        file->removed = file->later = false;
        file->renamed_from = -1;
        if (file->room == 0) continue;
        memcpy(file->bytes, file->safe, file->room);
        memset(file->dirty, 0, sectors(file->room) * sizeof *file->dirty);
    }
}

/* Operations */

static enum err store_read(void *context, const char *path, uint64_t offset, void *out, size_t room,
                           size_t *length) {
    struct disk *disk = context;
    enum disk_trouble trouble = next_operation(disk);
    if (trouble == DISK_CRASH || trouble == DISK_FAILS) return go_wrong(disk, trouble);
    const struct disk_file *file = disk_find(disk, path);
    if (!file) return missing(disk);
    size_t left = offset < file->length ? file->length - (size_t)offset : 0;
    *length = left < room ? left : room;
    if (*length) memcpy(out, file->bytes + offset, *length);
    return ERR_OK;
}

/* A part of a file that should have been written whole: its start, or nothing, or all of it; and
 * each of its sectors may be on the disk. */
static void put_part(struct disk *disk, struct disk_file *file, const uint8_t *bytes,
                     size_t length) {
    size_t kept =
        prng_chance(&disk->prng, 0.3) ? length : (size_t)(prng_unit(&disk->prng) * (double)length);
    make_room(file, length);
    file->there = true;
    file->removed = file->later = file->pending = false;
    file->length = kept;
    memset(file->bytes, 0, file->room);
    memset(file->safe, 0, file->room);
    if (kept) memcpy(file->bytes, bytes, kept);
    file->safe_there = prng_chance(&disk->prng, 0.5);
    file->safe_length = prng_chance(&disk->prng, 0.5) ? kept : 0;
    for (size_t s = 0; s < sectors(kept); s++)
        if (prng_chance(&disk->prng, 0.5)) save_sector(file, s);
}

static void settle_none(struct disk *disk) {
    for (size_t i = 0; i < DISK_FILES; i++) disk->files[i].pending = false;
}

static enum err put_whole(struct disk *disk, const char *path, const uint8_t *bytes, size_t length,
                          bool later) {
    enum disk_trouble trouble = next_operation(disk);
    if (disk->watch && !disk->dead) disk->watch(disk->watch_context, path, bytes, length);
    if (trouble != DISK_SOUND) {
        if (leaves_traces(disk, trouble)) put_part(disk, place_of(disk, path), bytes, length);
        if (later) settle_none(disk);
        return go_wrong(disk, trouble);
    }
    struct disk_file *file = place_of(disk, path);
    make_room(file, length ? length : 1);
    memset(file->bytes, 0, file->room);
    if (length) memcpy(file->bytes, bytes, length);
    file->there = true;
    file->length = length;
    if (!later) {
        save_all(file);
        return ERR_OK;
    }
    file->removed = false;
    file->later = file->pending = true;
    for (size_t s = 0; s < sectors(file->room); s++) file->dirty[s] = true;
    return ERR_OK;
}

static enum err store_put(void *context, const char *path, const void *bytes, size_t length) {
    return put_whole(context, path, bytes, length, false);
}

static enum err store_put_later(void *context, const char *path, const void *bytes, size_t length) {
    return put_whole(context, path, bytes, length, true);
}

static enum err store_extend(void *context, const char *path, uint64_t size, const void *block,
                             size_t block_length) {
    uint8_t *bytes = malloc((size_t)size);
    CHECK(bytes != NULL);
    for (size_t at = 0; at < size; at += block_length)
        memcpy(bytes + at, block, size - at < block_length ? (size_t)size - at : block_length);
    enum err err = put_whole(context, path, bytes, (size_t)size, false);
    free(bytes);
    return err;
}

static void write_sectors(struct disk *disk, struct disk_file *file, uint64_t offset,
                          const uint8_t *bytes, size_t length, double chance) {
    for (size_t at = 0; at < length;) {
        size_t sector = (size_t)(offset + at) / DISK_SECTOR_BYTES;
        size_t part = (sector + 1) * DISK_SECTOR_BYTES - (size_t)(offset + at);
        if (part > length - at) part = length - at;
        if (prng_chance(&disk->prng, chance)) {
            memcpy(file->bytes + offset + at, bytes + at, part);
            file->dirty[sector] = true;
        }
        at += part;
    }
}

static enum err store_write(void *context, const char *path, uint64_t offset, const void *bytes,
                            size_t length) {
    struct disk *disk = context;
    enum disk_trouble trouble = next_operation(disk);
    struct disk_file *file = disk_find(disk, path);
    if (!file) return trouble == DISK_CRASH ? go_wrong(disk, trouble) : missing(disk);
    CHECK(offset + length <= file->length);
    if (trouble == DISK_SOUND || trouble == DISK_FULL) {
        write_sectors(disk, file, offset, bytes, length, 1);
        return ERR_OK;
    }
    if (leaves_traces(disk, trouble)) write_sectors(disk, file, offset, bytes, length, 0.5);
    return go_wrong(disk, trouble);
}

/* What a failed sync has not written is clean nevertheless: only writing it again helps. */
static void sync_part(struct disk *disk, struct disk_file *file) {
    for (size_t s = 0; s < sectors(file->room); s++) {
        if (file->dirty[s] && prng_chance(&disk->prng, 0.5)) save_sector(file, s);
        file->dirty[s] = false;
    }
}

static enum err store_sync(void *context, const char *path) {
    struct disk *disk = context;
    enum disk_trouble trouble = next_operation(disk);
    struct disk_file *file = disk_find(disk, path);
    if (!file) return trouble == DISK_CRASH ? go_wrong(disk, trouble) : missing(disk);
    if (trouble == DISK_SOUND || trouble == DISK_FULL) {
        for (size_t s = 0; s < sectors(file->room); s++)
            if (file->dirty[s]) save_sector(file, s);
        settle_name(disk, file);
        return ERR_OK;
    }
    if (leaves_traces(disk, trouble)) sync_part(disk, file);
    return go_wrong(disk, trouble);
}

static struct disk_file *move(struct disk *disk, struct disk_file *from, const char *to) {
    struct disk_file *file = place_of(disk, to);
    make_room(file, from->room);
    memset(file->bytes, 0, file->room);
    memcpy(file->bytes, from->bytes, from->room);
    file->there = true;
    file->length = from->length;
    file->renamed_from = (int)(from - disk->files);
    from->there = false;
    return file;
}

static enum err store_rename(void *context, const char *from, const char *to) {
    struct disk *disk = context;
    enum disk_trouble trouble = next_operation(disk);
    struct disk_file *file = disk_find(disk, from);
    if (!file) return trouble == DISK_CRASH ? go_wrong(disk, trouble) : missing(disk);
    if (trouble == DISK_SOUND || trouble == DISK_FULL) {
        file->safe_there = false;
        save_all(move(disk, file, to));
        return ERR_OK;
    }
    if (leaves_traces(disk, trouble) && prng_chance(&disk->prng, 0.5)) move(disk, file, to);
    return go_wrong(disk, trouble);
}

static bool is_below(const char *path, const char *folder) {
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

static enum err store_remove(void *context, const char *path) {
    struct disk *disk = context;
    enum disk_trouble trouble = next_operation(disk);
    bool sound = trouble == DISK_SOUND || trouble == DISK_FULL;
    for (size_t i = 0; i < DISK_FILES; i++) {
        struct disk_file *file = &disk->files[i];
        if ((!file->there && !file->removed) || !is_below(file->path, path)) continue;
        if (!sound && !(leaves_traces(disk, trouble) && prng_chance(&disk->prng, 0.5))) continue;
        file->there = false;
        file->removed = file->pending = true;
    }
    return sound ? ERR_OK : go_wrong(disk, trouble);
}

static void settle_file(struct disk_file *file) {
    if (file->removed)
        file->safe_there = file->removed = file->later = file->pending = false;
    else
        save_all(file);
}

/* As for sync: what is not written by the one that fails is not written by the next one. */
static enum err store_settle(void *context) {
    struct disk *disk = context;
    enum disk_trouble trouble = next_operation(disk);
    bool sound = trouble == DISK_SOUND || trouble == DISK_FULL;
    for (size_t i = 0; i < DISK_FILES; i++) {
        struct disk_file *file = &disk->files[i];
        if (!file->pending) continue;
        if (sound || (leaves_traces(disk, trouble) && prng_chance(&disk->prng, 0.5)))
            settle_file(file);
        else if (leaves_traces(disk, trouble))
            sync_part(disk, file);
        file->pending = false;
    }
    return sound ? ERR_OK : go_wrong(disk, trouble);
}

static const char *store_why(void *context) {
    const struct disk *disk = context;
    return disk->why;
}

struct ledger_store disk_store(struct disk *disk) {
    return (struct ledger_store){.context = disk,
                                 .read = store_read,
                                 .put = store_put,
                                 .put_later = store_put_later,
                                 .extend = store_extend,
                                 .write = store_write,
                                 .sync = store_sync,
                                 .rename = store_rename,
                                 .remove = store_remove,
                                 .settle = store_settle,
                                 .why = store_why};
}
