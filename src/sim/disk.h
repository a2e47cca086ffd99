/* A disk that fails, for ledger/store.h: what was written and not synced is lost, or some sectors
 * of it are, in any order; what fails may have happened in part; a sync that failed has forgotten
 * what it did not write, and the next one will not make up for it (as Linux does it); what was
 * removed may come back. All by one seed.
 *
 * Operations are counted from 1, reads among them; tests say which of them goes wrong. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/store.h"
#include "sim/prng.h"

enum { DISK_FILES = 256, DISK_SECTOR_BYTES = 512 };

enum disk_trouble {
    DISK_SOUND,
    DISK_FAILS,     /* I/O error, after some of it was done */
    DISK_FULL,      /* no room for new bytes; what is there can be written over */
    DISK_READ_ONLY, /* nothing is written */
    DISK_CRASH,     /* the power fails within the operation: nothing works until disk_restart */
};

struct disk_file {
    char path[STORE_PATH_BYTES]; /* empty: a free place */
    bool there, safe_there;      /* now; and if the power failed */
    bool removed;                /* not safely so */
    bool later;                  /* put, not safely so */
    bool pending;                /* one of these two, for the next settle */
    int renamed_from;            /* not safely so: the other file; else -1 */
    size_t length, safe_length, room;
    uint8_t *bytes, *safe;
    bool *dirty; /* for each sector: will be written by the next sync */
};

struct disk {
    struct prng prng;
    uint64_t operations;    /* so far */
    uint64_t trouble_at;    /* 0: never */
    uint64_t trouble_until; /* the last operation in trouble */
    enum disk_trouble trouble;
    uint64_t troubles; /* operations that went wrong */
    bool dead;
    const char *why;
    /* Is told of every file that is written whole, whatever becomes of it; or NULL. */
    void (*watch)(void *context, const char *path, const void *bytes, size_t length);
    void *watch_context;
    struct disk_file files[DISK_FILES];
};

void disk_init(struct disk *disk, uint64_t seed);
void disk_free(struct disk *disk);
/* From operation number first (counted from now, 1: the next one) to last. */
void disk_plan(struct disk *disk, enum disk_trouble trouble, uint64_t first, uint64_t last);
/* After a crash, or the death of the process alone: then nothing is lost. No trouble any more. */
void disk_restart(struct disk *disk, bool power_failed);
struct ledger_store disk_store(struct disk *disk);

/* For tests: the file as it is now, or NULL. Changing its bytes changes what is read. */
struct disk_file *disk_find(struct disk *disk, const char *path);
/* For tests: drops a file, whole and safely. */
void disk_drop(struct disk *disk, const char *path);
