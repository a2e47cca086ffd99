/* From the journal to a signed checkpoint. Invariant: when a checkpoint is signed, its tiles are
 * durable and so is the intention; size and root of what was ever meant to be signed only grow. */
#include <string.h>

#include "ledger/ledger_log_inner.h"

/* The entries of the record in log->read that the edge has not taken yet, up to a size. */
static enum err take_record(struct ledger_log *log, uint64_t size) {
    struct reader bundle = reader_of(log->read.bytes + JOURNAL_HEADER_BYTES, log->read.length);
    char path[STORE_PATH_BYTES];
    for (uint32_t i = 0; i < log->read.count; i++) {
        const uint8_t *entry;
        size_t length;
        enum err err = tile_entries_next(&bundle, &entry, &length);
        if (err != ERR_OK) return ledger_log_fail(log, ERR_DAMAGED, STORE_JOURNAL, err_text(err));
        if (log->read.first + i < log->edge.frontier.size) continue;
        if (log->edge.frontier.size == size) break;
        err = right_edge_append(&log->edge, &log->store, entry, length, &log->read.leaves[i], path);
        if (err != ERR_OK) return ledger_log_store_fail(log, err, path);
    }
    return ERR_OK;
}

/* A record that was committed, and must still be what it was. */
static enum err read_committed(struct ledger_log *log) {
    const struct journal_cursor *at = &log->unread;
    enum err err = ledger_log_read_record(log, at->offset, log->end.offset);
    if (err == ERR_IO || err == ERR_MISSING) return err;
    if (err == ERR_OK && log->read.base == at->base && log->read.first == at->index) return ERR_OK;
    return ledger_log_fail(log, ERR_DAMAGED, STORE_JOURNAL, "changed since it was committed");
}

static enum err integrate(struct ledger_log *log, uint64_t size) {
    while (log->edge.frontier.size < size) {
        enum err err = read_committed(log);
        if (err == ERR_OK) err = take_record(log, size);
        if (err != ERR_OK) return err;
        if (log->unread.index + log->read.count > size) break; /* the rest of it comes later */
        log->unread.index += log->read.count;
        log->unread.offset += journal_file_extent(log->read.length);
    }
    return ERR_OK;
}

static bool same_text(const char *a, size_t a_length, const char *b, size_t b_length) {
    return a_length == b_length && memcmp(a, b, a_length) == 0;
}

/* Nobody else may have signed: the checkpoint is the one that we put there. */
static enum err compare_checkpoint(struct ledger_log *log) {
    char found[LIMIT_LEDGER_CHECKPOINT_BYTES];
    size_t length;
    const struct ledger_store *store = &log->store;
    enum err err = store->read(store->context, STORE_CHECKPOINT, 0, found, sizeof found, &length);
    if (err != ERR_OK) return ledger_log_store_fail(log, err, STORE_CHECKPOINT);
    if (same_text(found, length, log->note, log->note_length)) return ERR_OK;
    if (!same_text(found, length, log->candidate, log->candidate_length))
        return ledger_log_fail(log, ERR_STALE, STORE_CHECKPOINT,
                               "replaced by somebody else since it was read");
    memcpy(log->note, found, length);
    log->note_length = length;
    return ERR_OK;
}

static enum err record_intention(struct ledger_log *log, const struct checkpoint *checkpoint) {
    uint8_t page[SIGNED_PAGE_BYTES];
    struct signed_file intention = log->intention;
    const struct ledger_store *store = &log->store;
    intention.sequence++;
    intention.size = checkpoint->size;
    intention.root = checkpoint->root;
    signed_file_build(&intention, page);
    enum err err = store->write(store->context, STORE_SIGNED,
                                signed_file_offset(intention.sequence), page, sizeof page);
    if (err == ERR_OK) err = store->sync(store->context, STORE_SIGNED);
    if (err != ERR_OK) return ledger_log_store_fail(log, err, STORE_SIGNED);
    log->intention = intention;
    return ERR_OK;
}

/* Once more, just before the signature: neither smaller than what was meant to be signed, nor
 * another tree of that size. */
static enum err allow(struct ledger_log *log, const struct checkpoint *checkpoint) {
    const struct signed_file *last = &log->intention;
    if (checkpoint->size < last->size)
        return ledger_log_fail(log, ERR_STALE, STORE_SIGNED, "a larger tree was signed");
    if (checkpoint->size == last->size && !merkle_same(&checkpoint->root, &last->root))
        return ledger_log_fail(log, ERR_PROOF, STORE_SIGNED, "another tree was signed");
    return ERR_OK;
}

enum err ledger_log_publish_checkpoint(struct ledger_log *log,
                                       const struct checkpoint *checkpoint) {
    const struct note_signer *const signers[] = {log->signer, log->retired};
    enum err err = checkpoint_sign(checkpoint, signers, log->retired ? 2 : 1, 0, log->candidate,
                                   sizeof log->candidate, &log->candidate_length);
    if (err != ERR_OK) {
        log->candidate_length = 0;
        return ledger_log_fail(log, err, STORE_CHECKPOINT, err_text(err));
    }
    err = ledger_log_replace(log, STORE_CHECKPOINT, STORE_CHECKPOINT_NEW, log->candidate,
                             log->candidate_length);
    if (err != ERR_OK) return err;
    memcpy(log->note, log->candidate, log->candidate_length);
    log->note_length = log->candidate_length;
    log->published = *checkpoint;
    log->retired = NULL;
    return ERR_OK;
}

static enum err make_checkpoint(struct ledger_log *log, struct checkpoint *out) {
    char path[STORE_PATH_BYTES];
    enum err err = integrate(log, log->committed);
    if (err != ERR_OK) return err;
    err = right_edge_write(&log->edge, &log->store, path);
    if (err != ERR_OK) return ledger_log_store_fail(log, err, path);
    out->size = log->edge.frontier.size;
    err = right_edge_root(&log->edge, &out->root);
    if (err != ERR_OK) ledger_log_fail(log, err, "tiles in memory", "changed since they were made");
    return err;
}

static enum err publish_rest(struct ledger_log *log) {
    struct checkpoint next = log->published;
    uint64_t old_size = log->published.size;
    enum err err = make_checkpoint(log, &next);
    if (err == ERR_OK) err = allow(log, &next);
    if (err == ERR_OK) err = compare_checkpoint(log);
    if (err == ERR_OK) err = record_intention(log, &next);
    if (err == ERR_OK) err = ledger_log_publish_checkpoint(log, &next);
    if (err != ERR_OK) return err;
    right_edge_tidy(&log->store, old_size, next.size);
    /* What was written and not acknowledged is written again at the same place: elsewhere in the
     * file there is never anything newer than what is acknowledged. */
    if (!log->attempted) ledger_log_restart(log, next.size);
    return ERR_OK;
}

/* Tiles that could not be made durable are made again, from the journal. */
static enum err recover(struct ledger_log *log) {
    char path[STORE_PATH_BYTES];
    const char *detail = "";
    if (!log->edge.lost) return ERR_OK;
    log->unread = (struct journal_cursor){.base = log->end.base, .index = log->end.base};
    enum err err = right_edge_recover(&log->edge, &log->store, path, &detail);
    return err == ERR_OK ? ERR_OK : ledger_log_fail(log, err, path, detail);
}

static enum err publish_part(struct ledger_log *log, uint64_t bundles) {
    char path[STORE_PATH_BYTES];
    if (log->committed == log->published.size && !log->retired) return ERR_OK;
    enum err err = recover(log);
    uint64_t size = (log->edge.frontier.size / TILE_WIDTH + bundles) * TILE_WIDTH;
    if (err == ERR_OK && size >= log->committed) return publish_rest(log);
    if (err == ERR_OK) err = integrate(log, size);
    if (err != ERR_OK) return err;
    err = right_edge_flush(&log->edge, &log->store, path);
    return ledger_log_store_fail(log, err, path);
}

enum err ledger_log_publish_part(struct ledger_log *log, unsigned bundles) {
    enum err err = publish_part(log, bundles);
    return err == ERR_OK ? ledger_log_prune_finish(log) : err;
}

enum err ledger_log_publish_tree(struct ledger_log *log) {
    enum err err = ERR_OK;
    do err = publish_part(log, LIMIT_LEDGER_PART_BUNDLES);
    while (err == ERR_OK && log->published.size < log->committed);
    return err;
}

enum err ledger_log_publish(struct ledger_log *log) {
    enum err err = ledger_log_publish_tree(log);
    return err == ERR_OK ? ledger_log_prune_finish(log) : err;
}
