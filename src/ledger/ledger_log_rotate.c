/* A new key for checkpoints. Invariant: the log says so before the key is used, and one checkpoint
 * at least bears both signatures, so that whoever trusts the old key can follow. */
#include <string.h>

#include "ledger/ledger_log_inner.h"

static enum err read_vkey(struct ledger_log *log, char text[LIMIT_LEDGER_VKEY_BYTES],
                          size_t *length) {
    const struct ledger_store *store = &log->store;
    enum err err =
        store->read(store->context, STORE_VKEY, 0, text, LIMIT_LEDGER_VKEY_BYTES, length);
    if (err != ERR_OK) return ledger_log_store_fail(log, err, STORE_VKEY);
    if (*length == LIMIT_LEDGER_VKEY_BYTES)
        return ledger_log_fail(log, ERR_TOO_LONG, STORE_VKEY, err_text(ERR_TOO_LONG));
    return ERR_OK;
}

/* The file of keys is read into the record buffer, which nobody needs at that time. */
_Static_assert(LIMIT_LEDGER_VKEY_BYTES + NOTE_KEY_TEXT_BYTES <= LIMIT_LEDGER_BATCH_BYTES,
               "the keys fit the record");

static bool has_line(const char *text, size_t length, const char *line, size_t line_length) {
    for (const char *at = text, *end = text + length; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        if (!newline) return false;
        if ((size_t)(newline - at) == line_length && memcmp(at, line, line_length) == 0)
            return true;
        at = newline + 1;
    }
    return false;
}

enum err ledger_log_rotate_vkey(struct ledger_log *log, const struct note_key *key) {
    char *text = (char *)log->read.bytes, line[NOTE_KEY_TEXT_BYTES];
    size_t length = 0, line_length = note_key_text(key, line);
    enum err err = read_vkey(log, text, &length);
    if (err != ERR_OK && err != ERR_MISSING) return err;
    if (has_line(text, length, line, line_length)) return ERR_OK;
    memcpy(text + length, line, line_length);
    text[length + line_length] = '\n';
    return ledger_log_replace(log, STORE_VKEY, STORE_VKEY_NEW, text, length + line_length + 1);
}

enum err ledger_log_rotate_newest(struct ledger_log *log, struct note_key *out) {
    const char *text = (char *)log->read.bytes;
    size_t length;
    enum err err = read_vkey(log, (char *)log->read.bytes, &length);
    if (err != ERR_OK) return err;
    if (length == 0 || text[length - 1] != '\n')
        return ledger_log_fail(log, ERR_SYNTAX, STORE_VKEY, "it does not end in a line");
    const char *start = text + length - 1;
    while (start > text && start[-1] != '\n') start--;
    err = note_key_parse(start, (size_t)(text + length - 1 - start), out);
    if (err != ERR_OK) return ledger_log_fail(log, err, STORE_VKEY, err_text(err));
    return ERR_OK;
}

/* A key that was replaced is over: it may be in other hands by now. */
static enum err check_next(struct ledger_log *log, const struct note_key *next) {
    char *text = (char *)log->read.bytes, line[NOTE_KEY_TEXT_BYTES];
    struct note_key newest;
    size_t length = 0, line_length = note_key_text(next, line);
    if (note_key_same(next, &log->signer->key))
        return ledger_log_fail(log, ERR_KEY, STORE_VKEY, "the new key is the one in use");
    enum err err = ledger_log_rotate_newest(log, &newest);
    if (err == ERR_OK) err = read_vkey(log, text, &length);
    if (err != ERR_OK || note_key_same(next, &newest)) return err;
    if (!has_line(text, length, line, line_length)) return ERR_OK;
    return ledger_log_fail(log, ERR_KEY, STORE_VKEY, "the new key is one that was replaced");
}

enum err ledger_log_rotate(struct ledger_log *log, const struct note_signer *next,
                           const void *entry, size_t length) {
    const struct note_signer *old = log->signer;
    uint64_t index;
    enum err err = check_next(log, &next->key);
    if (err == ERR_OK) err = ledger_log_append(log, entry, length, &index);
    if (err == ERR_OK) err = ledger_log_commit(log);
    if (err == ERR_OK) err = ledger_log_rotate_vkey(log, &next->key);
    if (err != ERR_OK) return err;
    log->retired = old;
    log->signer = next;
    err = ledger_log_publish_tree(log);
    if (err != ERR_OK) {
        log->signer = old;
        log->retired = NULL;
    }
    return err;
}
