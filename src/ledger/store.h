/* Where a ledger keeps its files: what it asks of a disk, as functions that are handed in. os/ has
 * real files (os/ledger_store), sim/ a disk that fails, tears and forgets (sim/disk).
 *
 * Paths are relative to the ledger's directory and made by the ledger itself ("public/tile/0/000").
 * All functions return ERR_OK, ERR_MISSING (no such file), ERR_FULL (no room, or a quota) or ERR_IO
 * (all else); why() then tells the reason in words. A call that failed may have been carried out in
 * part, or wholly; nothing that was durable before it is lost by it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Files of a ledger, relative to its directory. */
#define STORE_CHECKPOINT     "public/checkpoint"     /* the latest, a signed note */
#define STORE_CHECKPOINT_NEW "public/checkpoint.new" /* is to take its place */
#define STORE_VKEY           "public/vkey"           /* verifier keys, one a line, newest last */
#define STORE_VKEY_NEW       "public/vkey.new"
#define STORE_PRUNED         "public/pruned" /* the least index whose entry is kept; missing: 0 */
#define STORE_PRUNED_NEW     "public/pruned.new"
#define STORE_COSIGNED       "public/cosigned" /* <size>: checkpoints with cosignatures of witnesses */
#define STORE_INBOX          "inbox"           /* cosigned checkpoints that came in */
#define STORE_JOURNAL        "journal"         /* ledger/journal_file */
#define STORE_SIGNED         "signed"          /* ledger/signed_file */
#define STORE_SIGNED_NEW     "signed.new"
#define STORE_LOCK           "lock"

enum { STORE_PATH_BYTES = 96 };

struct ledger_store {
    void *context;
    /* Up to room bytes from offset on; fewer only at the end of the file. */
    enum err (*read)(void *context, const char *path, uint64_t offset, void *out, size_t room,
                     size_t *length);
    /* A whole file with these bytes, and the folders on the way to it. Durable when it returns; not
     * atomic: for files that nobody reads yet. */
    enum err (*put)(void *context, const char *path, const void *bytes, size_t length);
    /* The same, but durable after settle only. */
    enum err (*put_later)(void *context, const char *path, const void *bytes, size_t length);
    /* A file of size bytes made of copies of a block, as put. */
    enum err (*extend)(void *context, const char *path, uint64_t size, const void *block,
                       size_t block_length);
    /* Bytes inside a file that is there and long enough. Durable after sync only, and if that fails
     * only after they are written again. */
    enum err (*write)(void *context, const char *path, uint64_t offset, const void *bytes,
                      size_t length);
    /* What was written to a file, and its name. */
    enum err (*sync)(void *context, const char *path);
    /* In one step, in place of what is there; durable when it returns ERR_OK. */
    enum err (*rename)(void *context, const char *from, const char *to);
    /* A file, or a folder with the files in it. ERR_OK also if it is not there. Durable after
     * settle only. */
    enum err (*remove)(void *context, const char *path);
    /* Makes durable what was put later and removed since the last settle. If it fails, or put_later
     * does, none of that is, and all of it has to be done again. */
    enum err (*settle)(void *context);
    /* The last failure in words ("No space left on device"); never NULL. */
    const char *(*why)(void *context);
};
