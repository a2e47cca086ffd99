/* The files of a ledger on a real disk, for ledger/store.h: everything by *at calls below one
 * folder that is open already, so that a job can be shut in before it begins.
 *
 * No symbolic link is followed, not even in the middle of a path. Files below public/ can be read
 * by everybody (0644, folders 0755), all others by their owner only (0600, 0700). */
#pragma once

#include <stdbool.h>

#include "ledger/store.h"

struct ledger_files {
    int folder;  /* of the ledger; lent */
    int lock;    /* -1: opened for reading only */
    int journal; /* -1, or kept open, because each commit needs it */
    const char *why;
};

/* Opens the folder of a ledger (O_PATH is not enough: it is synced). create: makes it, 0755, if
 * only its last component is missing. ERR_MISSING, ERR_IO with *why as static text. */
MUST_USE enum err ledger_store_folder(const char *path, bool create, int *out, const char **why);
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
