/* Staging and group commit. Invariant: an entry counts as durable only after the sync that covered
 * it; whatever failed before it is written again in whole, since a sync that failed may have lost
 * what it was to keep. */
#include "ledger/ledger_log.h"

#include <stdio.h>

#include "ledger/ledger_log_inner.h"

enum err ledger_log_fail(struct ledger_log *log, enum err err, const char *path,
                         const char *detail) {
    snprintf(log->why, sizeof log->why, "%s: %s", path, detail);
    return err;
}

enum err ledger_log_store_fail(struct ledger_log *log, enum err err, const char *path) {
    if (err != ERR_OK) ledger_log_fail(log, err, path, log->store.why(log->store.context));
    return err;
}

enum err ledger_log_replace(struct ledger_log *log, const char *path, const char *new_path,
                            const void *bytes, size_t length) {
    enum err err = log->store.put(log->store.context, new_path, bytes, length);
    if (err != ERR_OK) return ledger_log_store_fail(log, err, new_path);
    err = log->store.rename(log->store.context, new_path, path);
    return ledger_log_store_fail(log, err, path);
}

/* One page first: most records are no longer. */
enum err ledger_log_read_record(struct ledger_log *log, uint32_t offset, uint32_t end) {
    uint8_t *bytes = log->read.bytes;
    struct journal_header header;
    size_t length = 0, rest = 0;
    const struct ledger_store *store = &log->store;
    if (end - offset < JOURNAL_PAGE_BYTES) return ERR_SHORT;
    enum err err =
        store->read(store->context, STORE_JOURNAL, offset, bytes, JOURNAL_PAGE_BYTES, &length);
    if (err != ERR_OK) return ledger_log_store_fail(log, err, STORE_JOURNAL);
    if (length < JOURNAL_PAGE_BYTES) return ERR_SHORT;
    err = journal_file_parse_header(bytes, &header);
    if (err != ERR_OK) return err;
    uint32_t extent = journal_file_extent(header.length);
    if (extent > end - offset) return ERR_SHORT;
    if (extent > length) {
        err = store->read(store->context, STORE_JOURNAL, offset + length, bytes + length,
                          extent - length, &rest);
        if (err != ERR_OK) return ledger_log_store_fail(log, err, STORE_JOURNAL);
    }
    return journal_file_parse(&log->read, length + rest);
}

void ledger_log_restart(struct ledger_log *log, uint64_t size) {
    log->end = log->unread = (struct journal_cursor){.base = size, .index = size};
}

uint32_t ledger_log_room(const struct ledger_log *log) {
    uint32_t staged = log->staged.count ? journal_file_extent(log->staged.length) : 0;
    return log->journal_bytes - log->end.offset - staged;
}

enum err ledger_log_append(struct ledger_log *log, const void *entry, size_t length,
                           uint64_t *index) {
    struct journal_record *staged = &log->staged;
    if (length > TILE_ENTRY_BYTES) return ERR_TOO_LONG;
    uint32_t extent = journal_file_extent(staged->length + 2 + (uint32_t)length);
    if (extent > log->journal_bytes - log->end.offset)
        return ledger_log_fail(log, ERR_FULL, STORE_JOURNAL, "full until the next checkpoint");
    if (staged->count == 0) journal_file_start(staged, log->end.base, log->committed);
    enum err err = journal_file_add(staged, entry, length);
    if (err != ERR_OK) return ledger_log_fail(log, err, STORE_JOURNAL, "too much for one commit");
    *index = log->committed + staged->count - 1;
    return ERR_OK;
}

enum err ledger_log_commit(struct ledger_log *log) {
    struct journal_record *staged = &log->staged;
    const struct ledger_store *store = &log->store;
    if (staged->count == 0) return ERR_OK;
    staged->base = log->end.base;
    uint32_t extent = journal_file_seal(staged);
    log->attempted = true;
    enum err err =
        store->write(store->context, STORE_JOURNAL, log->end.offset, staged->bytes, extent);
    if (err == ERR_OK) err = store->sync(store->context, STORE_JOURNAL);
    if (err != ERR_OK) return ledger_log_store_fail(log, err, STORE_JOURNAL);
    log->attempted = false;
    log->committed += staged->count;
    log->end.index = log->committed;
    log->end.offset += extent;
    journal_file_start(staged, log->end.base, log->committed);
    return ERR_OK;
}

const char *ledger_log_why(const struct ledger_log *log) {
    return log->why;
}

uint64_t ledger_log_next(const struct ledger_log *log) {
    return log->committed + log->staged.count;
}

uint64_t ledger_log_committed(const struct ledger_log *log) {
    return log->committed;
}

uint64_t ledger_log_pruned(const struct ledger_log *log) {
    return log->pruned;
}

const struct checkpoint *ledger_log_published(const struct ledger_log *log) {
    return &log->published;
}

const char *ledger_log_note(const struct ledger_log *log, size_t *length) {
    *length = log->note_length;
    return log->note;
}
