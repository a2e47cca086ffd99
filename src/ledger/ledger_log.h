/* The log itself: entries that were acknowledged are never lost, and no checkpoint is ever signed
 * that is smaller than a former one or contradicts it.
 *
 *     append   stages an entry and gives it its index
 *     commit   makes all that is staged durable, with one sync of the journal: now it may be acted
 * on publish  puts what is committed into tiles and bundles, then signs and replaces the checkpoint
 *
 * Order of a publication: tiles and bundles are durable; size and root that will be signed are
 * durable (file `signed`); the checkpoint on disk is still the one that we know; only then is it
 * signed and replaced; only then is the journal written from its start again. Whatever fails, the
 * next call goes on from there; nothing has to be reopened.
 *
 * All memory is inside struct ledger_log (about 17 MiB, of which only what the entries need is
 * touched: the largest bundle has 256 entries of 65,535 bytes). One caller at a time.
 * Formats: C2SP tlog-tiles, tlog-checkpoint, signed-note. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "ledger/checkpoint.h"
#include "ledger/journal_file.h"
#include "ledger/right_edge.h"
#include "ledger/signed_file.h"
#include "ledger/store.h"

enum { LEDGER_LOG_TEXT_BYTES = 512, LEDGER_LOG_WHY_BYTES = 384 };

struct ledger_settings {
    const char *origin;
    const struct note_signer *signer; /* Ed25519; must outlive the log */
    const struct note_signer *former; /* the key before it, to finish a rotation; or NULL */
    bool create;                      /* a new log, where there is none */
    uint32_t journal_bytes; /* of a new log; 0: LIMIT_LEDGER_JOURNAL_BYTES; rounded up to pages */
    uint64_t keep_entries;  /* never pruned; 0: LIMIT_LEDGER_KEEP_ENTRIES; at least 256 */
};

/* What was found on opening; also filled (text, err) if the log was refused. */
struct ledger_opened {
    enum err err;
    bool created;
    bool rotate;          /* signed by the former key only: call ledger_log_rotate */
    uint64_t published;   /* size of the checkpoint found */
    uint64_t intended;    /* size that was last meant to be signed, published or not */
    uint64_t recovered;   /* entries found in the journal and not in the checkpoint */
    uint64_t torn_offset; /* where the journal ends in a write that was never acknowledged */
    bool torn;
    uint64_t pruned;                  /* least index whose entry is kept */
    char text[LEDGER_LOG_TEXT_BYTES]; /* for people: one line without a newline */
};

/* What a prune would do: entries [from, to) go; root is that of the tree of size to, which commits
 * to all of them. */
struct ledger_pruning {
    uint64_t from, to;
    struct merkle_hash root;
};

/* All of it is private to ledger/. */
struct ledger_log {
    struct ledger_store store;
    struct ledger_settings settings;
    const struct note_signer *signer;  /* signs now */
    const struct note_signer *retired; /* signs beside it once more; or NULL */
    struct checkpoint published;
    struct signed_file intention;
    uint64_t committed; /* entries that are durable */
    uint64_t pruned;
    struct ledger_pruning pruning; /* that has begun and is not finished; to is 0: none */
    uint64_t pruning_entry;        /* index of the entry that says so */
    struct journal_cursor end;     /* where the next record goes */
    struct journal_cursor unread;  /* the first record that is not wholly in the edge */
    uint32_t journal_bytes;
    bool attempted; /* the staged record was written, and its sync failed */
    char note[LIMIT_LEDGER_CHECKPOINT_BYTES]; /* the checkpoint on disk */
    char
        candidate[LIMIT_LEDGER_CHECKPOINT_BYTES]; /* may be there instead, if replacing it failed */
    size_t note_length, candidate_length;
    char why[LEDGER_LOG_WHY_BYTES];
    struct journal_record staged, read;
    struct right_edge edge;
};

/* Opens the log, or creates it. All is checked that decides about what may be signed next: the
 * checkpoint is ours, not smaller than what was signed; the tiles at the right edge lead to its
 * root; the journal holds what follows. Nothing is written before that. What the journal holds is
 * in the log again (recovered) and in the next checkpoint.
 *
 * Refused, with opened->text naming file and reason: ERR_MISSING a file is not there; ERR_STALE the
 * checkpoint is smaller than what was signed; ERR_PROOF tiles, checkpoint and what was signed
 * contradict each other; ERR_UNSIGNED, ERR_SIGNATURE, ERR_LOG_ORIGIN as checkpoint_open;
 * ERR_DAMAGED the journal has a hole before acknowledged entries, or a file is damaged; ERR_SYNTAX,
 * ERR_IO, ERR_FULL. The log must not be used then. */
MUST_USE enum err ledger_log_open(struct ledger_log *log, const struct ledger_store *store,
                                  const struct ledger_settings *settings,
                                  struct ledger_opened *opened);

/* Stages an entry. ERR_TOO_LONG: above TILE_ENTRY_BYTES; ERR_FULL: commit first, or, with nothing
 * staged, publish first (the journal is full). Nothing is staged then. */
MUST_USE enum err ledger_log_append(struct ledger_log *log, const void *entry, size_t length,
                                    uint64_t *index);
/* One write and one sync of the journal. On ERR_FULL or ERR_IO all that was staged stays so, with
 * its indices, and the next commit tries again; after a crash it may or may not be found. */
MUST_USE enum err ledger_log_commit(struct ledger_log *log);
/* Integrates what is committed, and signs. ERR_OK without doing anything if there is nothing new.
 * ERR_FULL, ERR_IO: try again later. ERR_STALE: the checkpoint on disk is not the one that we know;
 * ERR_DAMAGED, ERR_PROOF: what was read back from the journal is not what was committed. After
 * these three the log should be closed. */
MUST_USE enum err ledger_log_publish(struct ledger_log *log);
/* A part of that: takes no longer than to sync so many bundles, their hash tiles and a checkpoint,
 * so that commits can come between (LIMIT_LEDGER_PART_BUNDLES is right for a disk). There is more
 * to do as long as the size of ledger_log_published is below ledger_log_committed. Errors as above;
 * after ERR_FULL and ERR_IO it begins again with what the last checkpoint has not. */
MUST_USE enum err ledger_log_publish_part(struct ledger_log *log, unsigned bundles);

/* Entries below an index, down to the last whole bundle that is wholly below it and below the
 * floor: the last keep_entries entries of the checkpoint stay. LIMIT_LEDGER_PRUNE_BUNDLES at most;
 * the rest may follow. ERR_RANGE: nothing can go;
 * ERR_DAMAGED, ERR_MISSING, ERR_IO: tiles cannot be read. */
MUST_USE enum err ledger_log_prune_plan(struct ledger_log *log, uint64_t below,
                                        struct ledger_pruning *plan);
/* Appends and commits the entry that says so (kind "pruned", made by the caller from the plan),
 * publishes it, replaces public/pruned ("<to>\n<root>\n"), and only then removes the bundles. Hash
 * tiles stay, so that every proof can still be made.
 *
 * What is staged and fails is not taken back: once the entry is durable, the entries go. So if this
 * fails after the entry was staged, the next publication goes on with it, or the next call does
 * (and then with nothing else: its own plan and entry are left aside); after a crash, opening
 * removes the rest, if public/pruned was replaced. */
MUST_USE enum err ledger_log_prune(struct ledger_log *log, const struct ledger_pruning *plan,
                                   const void *entry, size_t length);

/* Appends and commits the entry (kind "rotated"), adds the key to public/vkey, publishes a
 * checkpoint signed by the old key and the new one; checkpoints after that by the new one only.
 * next must outlive the log. On an error the log goes on with the old key: try again. ERR_KEY: it
 * is the key that signs already, or one that was replaced. */
MUST_USE enum err ledger_log_rotate(struct ledger_log *log, const struct note_signer *next,
                                    const void *entry, size_t length);

/* Why the last call failed, for people, with the file's name. */
const char *ledger_log_why(const struct ledger_log *log);
/* Index that the next entry gets; entries that are durable; entries in the last checkpoint. */
uint64_t ledger_log_next(const struct ledger_log *log);
uint64_t ledger_log_committed(const struct ledger_log *log);
/* The least index whose entry is kept. */
uint64_t ledger_log_pruned(const struct ledger_log *log);
const struct checkpoint *ledger_log_published(const struct ledger_log *log);
/* The signed note of the last checkpoint. */
const char *ledger_log_note(const struct ledger_log *log, size_t *length);
/* Bytes that the journal has left before a publication must empty it; an entry of n bytes that is
 * committed alone takes 66 + n, rounded up to JOURNAL_PAGE_BYTES. */
uint32_t ledger_log_room(const struct ledger_log *log);
