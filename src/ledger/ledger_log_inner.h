/* What the files of the log share among themselves; not for others. */
#pragma once

#include "ledger/ledger_log.h"

/* Remember why, for people: "<path>: <detail>". Return err. */
enum err ledger_log_fail(struct ledger_log *log, enum err err, const char *path,
                         const char *detail);
/* The same with the words of the store (for ERR_OK nothing is remembered). */
enum err ledger_log_store_fail(struct ledger_log *log, enum err err, const char *path);

/* Whether a new log may begin here: it was asked for, and nothing of a former one is left. */
MUST_USE enum err ledger_log_create_check(struct ledger_log *log);
/* The files of an empty log. */
MUST_USE enum err ledger_log_create(struct ledger_log *log);

/* Reads the record at an offset of the journal, of which only what is below end counts, to
 * log->read, and verifies it. The errors of journal_file_parse, or the store's. */
MUST_USE enum err ledger_log_read_record(struct ledger_log *log, uint32_t offset, uint32_t end);
/* A whole file in place of another, durable. */
MUST_USE enum err ledger_log_replace(struct ledger_log *log, const char *path, const char *new_path,
                                     const void *bytes, size_t length);
/* Where the journal is written from its start again: all before size is in a checkpoint. */
void ledger_log_restart(struct ledger_log *log, uint64_t size);

/* Signs a checkpoint (with the retired key as well, if there is one) and puts it in place. */
MUST_USE enum err ledger_log_publish_checkpoint(struct ledger_log *log,
                                                const struct checkpoint *checkpoint);

/* All that is committed, and no more than that: what a pruning has left to do stays. */
MUST_USE enum err ledger_log_publish_tree(struct ledger_log *log);

/* Adds a key to public/vkey, unless it is there. */
MUST_USE enum err ledger_log_rotate_vkey(struct ledger_log *log, const struct note_key *key);
/* The newest key in public/vkey. */
MUST_USE enum err ledger_log_rotate_newest(struct ledger_log *log, struct note_key *out);

/* Reads public/pruned to log->pruned, and removes what an interrupted prune has left. */
MUST_USE enum err ledger_log_prune_read(struct ledger_log *log);
void ledger_log_prune_resume(struct ledger_log *log);
/* Goes on with a pruning whose entry is under the checkpoint. */
MUST_USE enum err ledger_log_prune_finish(struct ledger_log *log);
