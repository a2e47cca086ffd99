/* Retention: old entries go, the tree stays. Invariant: before a bundle is removed, an entry that
 * says so and the root over what goes are under a signed checkpoint. */
#include <stdio.h>
#include <string.h>

#include "ledger/ledger_log_inner.h"

enum { CHUNK_BUNDLES = 256 };

static enum err load_tile(void *context, const struct tile *tile, struct merkle_hash *out) {
    struct ledger_log *log = context;
    char name[TILE_PATH_BYTES], path[STORE_PATH_BYTES];
    size_t length, wanted = tile->width * sizeof *out;
    snprintf(path, sizeof path, "public/%s", tile_path(tile, name));
    enum err err = log->store.read(log->store.context, path, 0, out, wanted, &length);
    if (err != ERR_OK) return ledger_log_store_fail(log, err, path);
    if (length < wanted) return ledger_log_fail(log, ERR_DAMAGED, path, "it is cut short");
    return ERR_OK;
}

/* Root of the tree of a former size, proven against the checkpoint. */
static enum err former_root(struct ledger_log *log, uint64_t size, struct merkle_hash *out) {
    struct tile_slot slots[2];
    struct tile_reader tiles;
    struct merkle_proof proof;
    tile_reader_init(&tiles, (struct tile_loader){load_tile, log}, log->published.size, slots, 2);
    struct merkle_reader reader = tile_merkle_reader(&tiles);
    enum err err = merkle_root(&reader, size, out);
    if (err == ERR_OK) err = merkle_consistency(&reader, size, log->published.size, &proof);
    if (err != ERR_OK) return err;
    err = merkle_verify_consistency(size, out, log->published.size, &log->published.root, &proof);
    if (err == ERR_OK) return ERR_OK;
    return ledger_log_fail(log, ERR_DAMAGED, "public/tile",
                           "the hash tiles do not lead to the checkpoint's root");
}

static uint64_t highest(const struct ledger_log *log) {
    uint64_t size = log->published.size, keep = log->settings.keep_entries;
    return size > keep ? (size - keep) / TILE_WIDTH * TILE_WIDTH : 0;
}

enum err ledger_log_prune_plan(struct ledger_log *log, uint64_t below,
                               struct ledger_pruning *plan) {
    struct ledger_pruning made = {.from = log->pruned, .to = below / TILE_WIDTH * TILE_WIDTH};
    uint64_t most = made.from + LIMIT_LEDGER_PRUNE_BUNDLES * TILE_WIDTH;
    if (made.to > highest(log)) made.to = highest(log);
    if (made.to > most) made.to = most;
    if (made.to <= made.from)
        return ledger_log_fail(log, ERR_RANGE, STORE_PRUNED,
                               "nothing can go: all that is left "
                               "there is to be kept");
    enum err err = former_root(log, made.to, &made.root);
    if (err == ERR_OK) *plan = made;
    return err;
}

static void name_bundle(uint64_t index, char path[STORE_PATH_BYTES]) {
    const struct tile tile = {.entries = true, .width = TILE_WIDTH, .index = index};
    char name[TILE_PATH_BYTES];
    snprintf(path, STORE_PATH_BYTES, "public/%s", tile_path(&tile, name));
}

/* Ascending, and durable chunk by chunk: of what is removed when the power fails only the last
 * chunk can have holes. */
static enum err remove_bundles(struct ledger_log *log, uint64_t from, uint64_t to) {
    char path[STORE_PATH_BYTES];
    for (uint64_t index = from; index < to; index++) {
        name_bundle(index, path);
        enum err err = log->store.remove(log->store.context, path);
        if (err == ERR_OK &&
            ((index - from) % CHUNK_BUNDLES == CHUNK_BUNDLES - 1 || index + 1 == to))
            err = log->store.settle(log->store.context);
        if (err != ERR_OK) return ledger_log_store_fail(log, err, path);
    }
    return ERR_OK;
}

static enum err write_pruned(struct ledger_log *log, const struct ledger_pruning *plan) {
    char text[96], root[MERKLE_HASH_TEXT_BYTES];
    int length = snprintf(text, sizeof text, "%llu\n%s\n", (unsigned long long)plan->to,
                          merkle_hash_text(&plan->root, root));
    return ledger_log_replace(log, STORE_PRUNED, STORE_PRUNED_NEW, text, (size_t)length);
}

enum err ledger_log_prune_finish(struct ledger_log *log) {
    const struct ledger_pruning *plan = &log->pruning;
    if (plan->to == 0 || log->published.size <= log->pruning_entry) return ERR_OK;
    enum err err = log->pruned < plan->to ? write_pruned(log, plan) : ERR_OK;
    if (err != ERR_OK) return err;
    log->pruned = plan->to;
    err = remove_bundles(log, plan->from / TILE_WIDTH, plan->to / TILE_WIDTH);
    if (err == ERR_OK) log->pruning = (struct ledger_pruning){0};
    return err;
}

static enum err begin(struct ledger_log *log, const struct ledger_pruning *plan, const void *entry,
                      size_t length) {
    if (plan->from != log->pruned || plan->to <= plan->from || plan->to > highest(log))
        return ledger_log_fail(log, ERR_RANGE, STORE_PRUNED, "the plan is of another time");
    enum err err = ledger_log_append(log, entry, length, &log->pruning_entry);
    if (err == ERR_OK) log->pruning = *plan;
    return err;
}

enum err ledger_log_prune(struct ledger_log *log, const struct ledger_pruning *plan,
                          const void *entry, size_t length) {
    enum err err = log->pruning.to == 0 ? begin(log, plan, entry, length) : ERR_OK;
    if (err == ERR_OK) err = ledger_log_commit(log);
    return err == ERR_OK ? ledger_log_publish(log) : err;
}

enum err ledger_log_prune_read(struct ledger_log *log) {
    char text[96];
    size_t length;
    uint64_t pruned;
    log->pruned = 0;
    enum err err = log->store.read(log->store.context, STORE_PRUNED, 0, text, sizeof text, &length);
    if (err == ERR_MISSING) return ERR_OK;
    if (err != ERR_OK) return ledger_log_store_fail(log, err, STORE_PRUNED);
    const char *newline = memchr(text, '\n', length);
    err = newline ? checkpoint_decimal(text, (size_t)(newline - text), &pruned) : ERR_SYNTAX;
    if (err != ERR_OK) return ledger_log_fail(log, ERR_SYNTAX, STORE_PRUNED, err_text(ERR_SYNTAX));
    if (pruned % TILE_WIDTH || pruned > log->published.size)
        return ledger_log_fail(log, ERR_RANGE, STORE_PRUNED, "an index that cannot be");
    log->pruned = pruned;
    return ERR_OK;
}

/* Below a whole chunk that is not there nothing is, except for what was removed by a process that
 * died before it was durable: that chunk is removed again. */
void ledger_log_prune_resume(struct ledger_log *log) {
    char path[STORE_PATH_BYTES];
    uint64_t to = log->pruned / TILE_WIDTH, from = to;
    for (unsigned gone = 0; from > 0 && gone < CHUNK_BUNDLES; from--) {
        uint8_t byte;
        size_t length;
        name_bundle(from - 1, path);
        enum err err = log->store.read(log->store.context, path, 0, &byte, 1, &length);
        if (err != ERR_OK && err != ERR_MISSING) return;
        gone = err == ERR_MISSING ? gone + 1 : 0;
    }
    (void)!remove_bundles(log, from, to);
}
