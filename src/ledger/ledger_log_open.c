/* Opening and recovery. Invariant: nothing is written before everything that decides about the next
 * signature was read and agrees: checkpoint, intention, right edge of the tree, journal. */
#include <stdio.h>
#include <string.h>

#include "ledger/ledger_log_inner.h"

static enum err refuse(struct ledger_log *log, enum err err, const char *path, const char *format,
                       uint64_t a, uint64_t b) {
    char detail[200];
    snprintf(detail, sizeof detail, format, (unsigned long long)a, (unsigned long long)b);
    return ledger_log_fail(log, err, path, detail);
}

/* Reading what was signed */

static enum err read_signed(struct ledger_log *log, bool *missing) {
    const struct ledger_store *store = &log->store;
    size_t length;
    enum err err = store->read(store->context, STORE_SIGNED, 0, log->read.bytes,
                               SIGNED_FILE_BYTES + 1, &length);
    *missing = err == ERR_MISSING;
    if (*missing) return ERR_OK;
    if (err != ERR_OK) return ledger_log_store_fail(log, err, STORE_SIGNED);
    err = signed_file_parse(log->read.bytes, length, &log->intention);
    if (err != ERR_OK)
        return ledger_log_fail(log, ERR_DAMAGED, STORE_SIGNED,
                               err == ERR_SHORT ? "not of the length that it must have"
                                                : "neither of its pages is whole");
    log->journal_bytes = log->intention.journal_bytes;
    return ERR_OK;
}

static enum err open_note(struct ledger_log *log, const struct note_key *key,
                          struct checkpoint *out) {
    return checkpoint_open(log->note, log->note_length, log->settings.origin, key, 1, out);
}

/* A key that was replaced must not sign again, once a checkpoint bears the new one. */
static enum err check_newest_key(struct ledger_log *log) {
    struct note_key newest;
    struct checkpoint unused;
    enum err err = ledger_log_rotate_newest(log, &newest);
    if (err != ERR_OK) return err;
    if (note_key_same(&newest, &log->signer->key) || open_note(log, &newest, &unused) != ERR_OK)
        return ERR_OK;
    return ledger_log_fail(log, ERR_KEY, STORE_VKEY,
                           "the log has a newer key than the one that it is to be signed with");
}

static enum err read_checkpoint(struct ledger_log *log, struct ledger_opened *opened) {
    const struct ledger_store *store = &log->store;
    const struct note_signer *former = log->settings.former;
    enum err err = store->read(store->context, STORE_CHECKPOINT, 0, log->note, sizeof log->note,
                               &log->note_length);
    if (err != ERR_OK) return ledger_log_store_fail(log, err, STORE_CHECKPOINT);
    err = open_note(log, &log->signer->key, &log->published);
    if (err == ERR_UNSIGNED && former) {
        opened->rotate = true;
        log->signer = former;
        err = open_note(log, &former->key, &log->published);
    }
    if (err == ERR_UNSIGNED)
        return ledger_log_fail(log, err, STORE_CHECKPOINT,
                               former ? "signed neither by the new key nor by the former one"
                                      : "not signed by this log's key");
    if (err != ERR_OK) return ledger_log_fail(log, err, STORE_CHECKPOINT, err_text(err));
    return check_newest_key(log);
}

static enum err compare_with_signed(struct ledger_log *log) {
    const struct signed_file *signed_last = &log->intention;
    const struct checkpoint *found = &log->published;
    if (found->size > signed_last->size)
        return refuse(log, ERR_PROOF, STORE_SIGNED,
                      "says that %llu entries were signed at most, but the checkpoint has %llu",
                      signed_last->size, found->size);
    if (found->size == signed_last->size && !merkle_same(&found->root, &signed_last->root))
        return refuse(log, ERR_PROOF, STORE_CHECKPOINT,
                      "another root than was signed for %llu entries", found->size, 0);
    return ERR_OK;
}

static enum err load_edge(struct ledger_log *log) {
    char path[STORE_PATH_BYTES];
    const char *detail = "";
    enum err err = right_edge_load(&log->edge, &log->store, log->published.size,
                                   &log->published.root, path, &detail);
    return err == ERR_OK ? ERR_OK : ledger_log_fail(log, err, path, detail);
}

/* The journal */

struct scan {
    struct ledger_log *log;
    struct merkle_frontier tree; /* of the checkpoint and what the journal adds */
    struct journal_cursor at;
    bool signed_seen;
};

static enum err check_length(struct ledger_log *log) {
    uint8_t bytes[2];
    size_t length = 0;
    const struct ledger_store *store = &log->store;
    uint32_t wanted = log->journal_bytes;
    if (wanted < LIMIT_LEDGER_JOURNAL_MIN_BYTES || wanted > LIMIT_LEDGER_JOURNAL_MAX_BYTES ||
        wanted % JOURNAL_PAGE_BYTES)
        return ledger_log_fail(log, ERR_DAMAGED, STORE_SIGNED, "an impossible size of the journal");
    enum err err = store->read(store->context, STORE_JOURNAL, wanted - 1, bytes, 2, &length);
    if (err != ERR_OK) return ledger_log_store_fail(log, err, STORE_JOURNAL);
    if (length == 1) return ERR_OK;
    return refuse(log, ERR_DAMAGED, STORE_JOURNAL, "not of the %llu bytes that it was made with",
                  wanted, 0);
}

/* The tree that may have been signed must be on the way. */
static enum err pass_signed(struct scan *scan) {
    const struct signed_file *last = &scan->log->intention;
    struct merkle_hash root;
    if (scan->tree.size != last->size) return ERR_OK;
    merkle_frontier_root(&scan->tree, &root);
    scan->signed_seen = true;
    if (merkle_same(&root, &last->root)) return ERR_OK;
    return refuse(scan->log, ERR_PROOF, STORE_JOURNAL,
                  "leads to another root than was signed for %llu entries", last->size, 0);
}

static enum err take_leaves(struct scan *scan) {
    const struct journal_record *record = &scan->log->read;
    for (uint32_t i = 0; i < record->count; i++) {
        if (record->first + i < scan->tree.size) continue;
        enum err err = merkle_frontier_append(&scan->tree, &record->leaves[i]);
        if (err == ERR_OK) err = pass_signed(scan);
        if (err != ERR_OK) return err;
    }
    scan->at.index = record->first + record->count;
    scan->at.offset += journal_file_extent(record->length);
    return ERR_OK;
}

/* The record at the cursor, if it is the next of this turn. *more is false where the turn ends. */
static enum err next_record(struct scan *scan, bool *more) {
    struct ledger_log *log = scan->log;
    const struct journal_record *record = &log->read;
    enum err err = ledger_log_read_record(log, scan->at.offset, log->journal_bytes);
    *more = false;
    if (err == ERR_IO || err == ERR_MISSING) return err;
    if (err != ERR_OK) return ERR_OK;
    if (scan->at.offset == 0) {
        if (record->first != record->base) return ERR_OK;
        if (record->base > log->published.size)
            return refuse(log, ERR_STALE, STORE_CHECKPOINT,
                          "has %llu entries, older than the journal, which begins at %llu",
                          log->published.size, record->base);
        scan->at.base = scan->at.index = record->base;
    }
    *more = record->base == scan->at.base && record->first == scan->at.index;
    return *more ? take_leaves(scan) : ERR_OK;
}

/* A whole record that was written after the place where the journal seems to end: then what should
 * be there was acknowledged. */
static enum err check_page(struct scan *scan, uint32_t offset, const uint8_t *page) {
    struct ledger_log *log = scan->log;
    struct journal_header header;
    if (journal_file_parse_header(page, &header) != ERR_OK) return ERR_OK;
    if (header.first + header.count <= scan->tree.size) return ERR_OK;
    if (ledger_log_read_record(log, offset, log->journal_bytes) != ERR_OK) return ERR_OK;
    return refuse(log, ERR_DAMAGED, STORE_JOURNAL,
                  "damaged at byte %llu: acknowledged entries follow at byte %llu", scan->at.offset,
                  offset);
}

/* The staging buffer is free while the log is being opened. */
static enum err check_rest(struct scan *scan) {
    struct ledger_log *log = scan->log;
    const struct ledger_store *store = &log->store;
    uint8_t *bytes = log->staged.bytes;
    for (uint32_t offset = scan->at.offset; offset < log->journal_bytes;) {
        size_t length = 0, room = sizeof log->staged.bytes;
        if (room > log->journal_bytes - offset) room = log->journal_bytes - offset;
        enum err err = store->read(store->context, STORE_JOURNAL, offset, bytes, room, &length);
        if (err != ERR_OK) return ledger_log_store_fail(log, err, STORE_JOURNAL);
        for (size_t at = 0; at + JOURNAL_PAGE_BYTES <= length; at += JOURNAL_PAGE_BYTES) {
            err = check_page(scan, offset + (uint32_t)at, bytes + at);
            if (err != ERR_OK) return err;
        }
        if (length < room) break;
        offset += (uint32_t)length;
    }
    return ERR_OK;
}

/* A header of the next record of this turn without the rest: a write that never came to its end. */
static void note_torn(struct scan *scan, struct ledger_opened *opened) {
    uint8_t bytes[JOURNAL_HEADER_BYTES];
    struct journal_header header;
    size_t length = 0;
    const struct ledger_store *store = &scan->log->store;
    enum err err =
        store->read(store->context, STORE_JOURNAL, scan->at.offset, bytes, sizeof bytes, &length);
    if (err != ERR_OK || length < sizeof bytes) return;
    if (journal_file_parse_header(bytes, &header) != ERR_OK) return;
    opened->torn = header.first >= scan->at.index && header.first >= scan->tree.size;
    opened->torn_offset = scan->at.offset;
}

static enum err scan_journal(struct ledger_log *log, struct ledger_opened *opened) {
    struct scan scan = {.log = log, .tree = log->edge.frontier};
    bool more = true;
    enum err err = check_length(log);
    if (err == ERR_OK) err = pass_signed(&scan);
    while (err == ERR_OK && more) err = next_record(&scan, &more);
    if (err == ERR_OK) err = check_rest(&scan);
    if (err != ERR_OK) return err;
    if (!scan.signed_seen)
        return refuse(log, ERR_STALE, STORE_JOURNAL,
                      "ends with %llu entries, but a tree of %llu was signed", scan.tree.size,
                      log->intention.size);
    note_torn(&scan, opened);
    log->committed = scan.tree.size;
    ledger_log_restart(log, log->committed);
    if (log->committed > log->published.size) {
        log->end = scan.at;
        log->unread = (struct journal_cursor){.base = scan.at.base, .index = scan.at.base};
    }
    return ERR_OK;
}

/* Settling: what was read may have been in memory only, left by a process that died before its
 * sync, or after one that failed. Before anything rests on it, it is written once more. */

static enum err settle_journal(struct ledger_log *log) {
    const struct ledger_store *store = &log->store;
    for (uint32_t offset = 0; offset < log->end.offset;) {
        enum err err = ledger_log_read_record(log, offset, log->end.offset);
        if (err != ERR_OK) return ledger_log_fail(log, err, STORE_JOURNAL, err_text(err));
        uint32_t extent = journal_file_extent(log->read.length);
        err = store->write(store->context, STORE_JOURNAL, offset, log->read.bytes, extent);
        if (err != ERR_OK) return ledger_log_store_fail(log, err, STORE_JOURNAL);
        offset += extent;
    }
    if (log->end.offset == 0) return ERR_OK;
    return ledger_log_store_fail(log, store->sync(store->context, STORE_JOURNAL), STORE_JOURNAL);
}

static enum err settle_signed(struct ledger_log *log) {
    uint8_t page[SIGNED_PAGE_BYTES];
    const struct ledger_store *store = &log->store;
    signed_file_build(&log->intention, page);
    enum err err = store->write(store->context, STORE_SIGNED,
                                signed_file_offset(log->intention.sequence), page, sizeof page);
    if (err == ERR_OK) err = store->sync(store->context, STORE_SIGNED);
    return ledger_log_store_fail(log, err, STORE_SIGNED);
}

static enum err settle(struct ledger_log *log) {
    const struct ledger_store *store = &log->store;
    static const char *const names[] = {STORE_CHECKPOINT, STORE_VKEY, STORE_PRUNED};
    enum err err = settle_signed(log);
    for (size_t i = 0; err == ERR_OK && i < (log->pruned ? 3 : 2); i++)
        err = ledger_log_store_fail(log, store->sync(store->context, names[i]), names[i]);
    return err == ERR_OK ? settle_journal(log) : err;
}

/* All together */

static void init(struct ledger_log *log, const struct ledger_store *store,
                 const struct ledger_settings *settings) {
    uint32_t bytes = settings->journal_bytes;
    log->store = *store;
    log->settings = *settings;
    if (log->settings.keep_entries == 0) log->settings.keep_entries = LIMIT_LEDGER_KEEP_ENTRIES;
    if (log->settings.keep_entries < TILE_WIDTH) log->settings.keep_entries = TILE_WIDTH;
    if (bytes == 0) bytes = LIMIT_LEDGER_JOURNAL_BYTES;
    if (bytes < LIMIT_LEDGER_JOURNAL_MIN_BYTES) bytes = LIMIT_LEDGER_JOURNAL_MIN_BYTES;
    if (bytes > LIMIT_LEDGER_JOURNAL_MAX_BYTES) bytes = LIMIT_LEDGER_JOURNAL_MAX_BYTES;
    log->journal_bytes = (bytes + JOURNAL_PAGE_BYTES - 1) / JOURNAL_PAGE_BYTES * JOURNAL_PAGE_BYTES;
    log->signer = settings->signer;
    log->retired = NULL;
    log->committed = log->pruned = 0;
    log->attempted = false;
    log->pruning = (struct ledger_pruning){0};
    log->note_length = log->candidate_length = 0;
    log->why[0] = '\0';
    journal_file_start(&log->staged, 0, 0);
    right_edge_init(&log->edge);
}

static enum err open_log(struct ledger_log *log, struct ledger_opened *opened) {
    bool missing;
    enum err err = read_signed(log, &missing);
    if (err == ERR_OK && missing) {
        err = ledger_log_create_check(log);
        if (err == ERR_OK) err = ledger_log_create(log);
        opened->created = err == ERR_OK;
    }
    if (err == ERR_OK) err = read_checkpoint(log, opened);
    if (err == ERR_OK) err = compare_with_signed(log);
    if (err == ERR_OK) err = load_edge(log);
    if (err == ERR_OK) err = ledger_log_prune_read(log);
    if (err == ERR_OK) err = scan_journal(log, opened);
    if (err == ERR_OK) err = settle(log);
    return err;
}

static void tell(const struct ledger_log *log, struct ledger_opened *opened) {
    char torn[96] = "";
    if (opened->torn)
        snprintf(torn, sizeof torn,
                 "; an unfinished write at byte %llu of the journal was never acknowledged",
                 (unsigned long long)opened->torn_offset);
    snprintf(opened->text, sizeof opened->text,
             "%s with %llu entries: %llu in the checkpoint, %llu more in the journal%s%s%s",
             opened->created ? "created" : "opened", (unsigned long long)log->committed,
             (unsigned long long)opened->published, (unsigned long long)opened->recovered, torn,
             opened->intended > opened->published ? "; a larger checkpoint was about to be signed"
                                                  : "",
             opened->rotate ? "; the new key has signed nothing yet" : "");
}

enum err ledger_log_open(struct ledger_log *log, const struct ledger_store *store,
                         const struct ledger_settings *settings, struct ledger_opened *opened) {
    *opened = (struct ledger_opened){0};
    init(log, store, settings);
    opened->err = open_log(log, opened);
    if (opened->err != ERR_OK) {
        snprintf(opened->text, sizeof opened->text, "refused: %s", log->why);
        return opened->err;
    }
    opened->published = log->published.size;
    opened->intended = log->intention.size;
    opened->recovered = log->committed - log->published.size;
    opened->pruned = log->pruned;
    tell(log, opened);
    right_edge_tidy(&log->store, log->published.size, log->published.size);
    ledger_log_prune_resume(log);
    return ERR_OK;
}
