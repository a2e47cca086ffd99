/* The files of a ledger on a real disk, for ledger/store.h: everything by *at calls below one
 * folder that is open already, so that a job can be shut in before it begins.
 *
 * No symbolic link is followed, not even in the middle of a path. Files below public/ can be read
 * by everybody (0644, folders 0755), all others by their owner only (0600, 0700). */
#pragma once

#include <stdbool.h>

#include "ledger/store.h"

enum { LEDGER_STORE_LATER = 32, LEDGER_STORE_FOLDERS = 8 };

struct ledger_files {
    int folder;  /* of the ledger; lent */
    int lock;    /* -1: opened for reading only */
    int journal; /* -1, or kept open, because each commit needs it */
    size_t later_count;
    int later[LEDGER_STORE_LATER]; /* put, not synced */
    size_t folder_count;
    char folders[LEDGER_STORE_FOLDERS]
                [STORE_PATH_BYTES]; /* changed, not synced: "public/tile/0/" */
    const char *why;
};

/* Opens the folder of a ledger (O_PATH is not enough: it is synced). The last component of the path
 * must not be a symbolic link; those before it may be. create: makes it, 0755 and durable, if only
 * its last component is missing. *made (or NULL): it was missing, and it is this call that has made
 * it, with nothing in it: only then it is safe to give it to another user, and right to begin a
 * ledger. ERR_MISSING, ERR_IO with *why as static text. */
MUST_USE enum err ledger_store_folder(const char *path, bool create, int *out, bool *made,
                                      const char **why);
/* For the one writer: takes the lock, which is held until ledger_store_close or the end of the
 * process. ERR_DENIED: another writer has it; ERR_IO. Needs nothing but *at calls. */
MUST_USE enum err ledger_store_open(int folder, struct ledger_files *out, const char **why);
/* For readers, without a lock: put, extend, write, rename and remove fail. */
void ledger_store_open_reader(int folder, struct ledger_files *out);
/* A file below the folder, for reading by whoever knows what to do with a descriptor: *fd is the
 * caller's, *size its length now. ERR_MISSING (also for what is no regular file), ERR_IO. */
MUST_USE enum err ledger_store_open_file(struct ledger_files *files, const char *path, int *fd,
                                         uint64_t *size);
/* public/ of a ledger, made if it is missing; *out is the caller's. ERR_IO with *why. */
MUST_USE enum err ledger_store_public(int folder, int *out, const char **why);
/* The folder stays open. */
void ledger_store_close(struct ledger_files *files);
/* files must outlive what is returned. */
struct ledger_store ledger_store_of(struct ledger_files *files);
