/* The beginning of a log. Invariant: none begins where one was. Of a creation that was interrupted
 * at most an empty journal, this log's key and a checkpoint of size 0 are there; whatever else is
 * found is what remains of a log that somebody took away. */
#include <stdio.h>
#include <string.h>

#include "ledger/ledger_log_inner.h"
#include "ledger/tile.h"

/* Zeros are written, not only reserved: otherwise the first sync of each page would have to note
 * on disk that the page is in use. */
static enum err create_journal(struct ledger_log *log) {
    const struct ledger_store *store = &log->store;
    memset(log->read.bytes, 0, sizeof log->read.bytes);
    enum err err = store->extend(store->context, STORE_JOURNAL, log->journal_bytes, log->read.bytes,
                                 sizeof log->read.bytes);
    return ledger_log_store_fail(log, err, STORE_JOURNAL);
}

static enum err create_signed(struct ledger_log *log) {
    uint8_t *bytes = log->read.bytes;
    memset(bytes, 0, SIGNED_FILE_BYTES);
    signed_file_build(&log->intention, bytes + signed_file_offset(log->intention.sequence));
    return ledger_log_replace(log, STORE_SIGNED, STORE_SIGNED_NEW, bytes, SIGNED_FILE_BYTES);
}

/* The file `signed` comes last: as long as it is not there, there is no log. */
enum err ledger_log_create(struct ledger_log *log) {
    struct checkpoint empty = {.size = 0};
    merkle_empty(&empty.root);
    snprintf(empty.origin, sizeof empty.origin, "%s", log->settings.origin);
    log->intention = (struct signed_file){.journal_bytes = log->journal_bytes, .root = empty.root};
    enum err err = create_journal(log);
    if (err == ERR_OK) err = ledger_log_rotate_vkey(log, &log->signer->key);
    if (err == ERR_OK) err = ledger_log_publish_checkpoint(log, &empty);
    if (err == ERR_OK) err = create_signed(log);
    return err;
}

static enum err is_missing(struct ledger_log *log, const char *beside) {
    char detail[STORE_PATH_BYTES + 64];
    snprintf(detail, sizeof detail, "not there beside %s: this was a log", beside);
    return ledger_log_fail(log, ERR_MISSING, STORE_SIGNED, detail);
}

/* As much of a file as fits. *found: it is there. */
static enum err look(struct ledger_log *log, const char *path, void *out, size_t room,
                     size_t *length, bool *found) {
    const struct ledger_store *store = &log->store;
    enum err err = store->read(store->context, path, 0, out, room, length);
    *found = err == ERR_OK;
    if (err == ERR_OK || err == ERR_MISSING) return ERR_OK;
    return ledger_log_store_fail(log, err, path);
}

static enum err check_checkpoint(struct ledger_log *log) {
    char note[LIMIT_LEDGER_CHECKPOINT_BYTES];
    struct checkpoint checkpoint;
    size_t length;
    bool found;
    enum err err = look(log, STORE_CHECKPOINT, note, sizeof note, &length, &found);
    if (err != ERR_OK || !found) return err;
    err = checkpoint_open(note, length, log->settings.origin, &log->signer->key, 1, &checkpoint);
    return err == ERR_OK && checkpoint.size == 0 ? ERR_OK : is_missing(log, "a checkpoint");
}

static enum err check_journal(struct ledger_log *log) {
    uint8_t bytes[JOURNAL_PAGE_BYTES];
    struct journal_header header;
    size_t length;
    bool found;
    enum err err = look(log, STORE_JOURNAL, bytes, sizeof bytes, &length, &found);
    if (err != ERR_OK || !found || length < JOURNAL_HEADER_BYTES) return err;
    if (journal_file_parse_header(bytes, &header) != ERR_OK) return ERR_OK;
    return is_missing(log, "a journal with entries");
}

/* Keys: this log's alone. */
static enum err check_vkey(struct ledger_log *log) {
    char text[2 * NOTE_KEY_TEXT_BYTES], line[NOTE_KEY_TEXT_BYTES];
    size_t length, line_length = note_key_text(&log->signer->key, line);
    bool found;
    enum err err = look(log, STORE_VKEY, text, sizeof text, &length, &found);
    if (err != ERR_OK || !found) return err;
    bool own = length == line_length + 1 && memcmp(text, line, line_length) == 0;
    return own ? ERR_OK : is_missing(log, "public/vkey with another key");
}

static enum err check_file(struct ledger_log *log, const char *path) {
    uint8_t byte;
    size_t length;
    bool found;
    enum err err = look(log, path, &byte, 1, &length, &found);
    return err != ERR_OK || !found ? err : is_missing(log, path);
}

/* The first tile of hashes is never pruned; before it is full it has one of its lesser widths. */
static enum err check_tiles(struct ledger_log *log) {
    enum err err = ERR_OK;
    for (unsigned width = 1; err == ERR_OK && width <= TILE_WIDTH; width++) {
        const struct tile tile = {.width = (uint16_t)width};
        char name[TILE_PATH_BYTES], path[STORE_PATH_BYTES];
        snprintf(path, sizeof path, "public/%s", tile_path(&tile, name));
        err = check_file(log, path);
    }
    return err;
}

enum err ledger_log_create_check(struct ledger_log *log) {
    if (!log->settings.create)
        return ledger_log_fail(log, ERR_MISSING, STORE_SIGNED,
                               "not there: the folder holds no ledger. Is its disk mounted? To "
                               "begin a new one remove the folder");
    enum err err = check_checkpoint(log);
    if (err == ERR_OK) err = check_journal(log);
    if (err == ERR_OK) err = check_vkey(log);
    if (err == ERR_OK) err = check_file(log, STORE_PRUNED);
    if (err == ERR_OK) err = check_tiles(log);
    return err;
}
