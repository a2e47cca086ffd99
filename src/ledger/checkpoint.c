/* Checkpoints. Invariant: what was opened was signed by a key of that log, and one body has exactly
 * one reading. */
#include "ledger/checkpoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "ledger/cosignature.h"

enum err checkpoint_decimal(const char *text, size_t length, uint64_t *out) {
    uint64_t value = 0;
    if (length == 0 || (length > 1 && text[0] == '0')) return ERR_SYNTAX;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') return ERR_SYNTAX;
        uint64_t digit = (uint64_t)(text[i] - '0');
        if (value > (MERKLE_SIZE_MAX - digit) / 10) return ERR_SYNTAX;
        value = value * 10 + digit;
    }
    *out = value;
    return ERR_OK;
}

struct line {
    const char *text;
    size_t length;
};

/* The next line of a text that ends in a newline; false at its end. */
static bool next_line(const char **at, const char *end, struct line *out) {
    if (*at == end) return false;
    const char *newline = memchr(*at, '\n', (size_t)(end - *at));
    *out = (struct line){*at, (size_t)(newline - *at)};
    *at = newline + 1;
    return true;
}

enum err checkpoint_parse(const char *body, size_t length, struct checkpoint *out) {
    struct checkpoint checkpoint = {0};
    struct line origin, size, root, extension;
    const char *at = body, *end = body + length;
    if (length > LIMIT_CHECKPOINT_BODY_BYTES) return ERR_TOO_LONG;
    if (!note_body_valid(body, length)) return ERR_SYNTAX;
    if (!next_line(&at, end, &origin) || !next_line(&at, end, &size) ||
        !next_line(&at, end, &root) || origin.length == 0)
        return ERR_SYNTAX;
    if (origin.length >= sizeof checkpoint.origin) return ERR_TOO_LONG;
    memcpy(checkpoint.origin, origin.text, origin.length);
    enum err err = checkpoint_decimal(size.text, size.length, &checkpoint.size);
    if (err == ERR_OK) err = merkle_hash_parse(root.text, root.length, &checkpoint.root);
    while (err == ERR_OK && next_line(&at, end, &extension))
        if (extension.length == 0) err = ERR_SYNTAX;
    if (err == ERR_OK) *out = checkpoint;
    return err;
}

enum err checkpoint_build(const struct checkpoint *checkpoint,
                          char out[LIMIT_CHECKPOINT_BODY_BYTES], size_t *length) {
    char root[MERKLE_HASH_TEXT_BYTES];
    const char *zero = memchr(checkpoint->origin, '\0', sizeof checkpoint->origin);
    size_t origin = zero ? (size_t)(zero - checkpoint->origin) : 0;
    if (origin == 0 || !note_text_valid(checkpoint->origin, origin)) return ERR_SYNTAX;
    if (checkpoint->size > MERKLE_SIZE_MAX) return ERR_RANGE;
    *length = (size_t)snprintf(out, LIMIT_CHECKPOINT_BODY_BYTES, "%s\n%" PRIu64 "\n%s\n",
                               checkpoint->origin, checkpoint->size,
                               merkle_hash_text(&checkpoint->root, root));
    return ERR_OK;
}

static enum err sign_line(const struct note_signer *signer, const char *body, size_t body_length,
                          uint64_t time_s, char line[NOTE_LINE_BYTES], size_t *length) {
    if (signer->key.type == NOTE_COSIGNATURE_V1)
        return cosignature_sign(signer, body, body_length, time_s, line, length);
    return note_sign(signer, body, body_length, line, length);
}

enum err checkpoint_sign(const struct checkpoint *checkpoint,
                         const struct note_signer *const *signers, size_t count, uint64_t time_s,
                         char *out, size_t room, size_t *length) {
    char body[LIMIT_CHECKPOINT_BODY_BYTES], line[NOTE_LINE_BYTES];
    size_t body_length = 0, line_length = 0;
    enum err err = checkpoint_build(checkpoint, body, &body_length);
    if (err != ERR_OK) return err;
    struct writer w = writer_of(out, room);
    bytes_put(&w, body, body_length);
    bytes_put_u8(&w, '\n');
    for (size_t i = 0; i < count; i++) {
        err = sign_line(signers[i], body, body_length, time_s, line, &line_length);
        if (err != ERR_OK) return err;
        bytes_put(&w, line, line_length);
    }
    if (w.failed) return ERR_TOO_LONG;
    *length = writer_length(&w);
    return ERR_OK;
}

static enum err verify_by(const struct note *note, const struct note_key *key) {
    uint64_t time_s;
    if (key->type == NOTE_COSIGNATURE_V1) return cosignature_verify(note, key, &time_s);
    return note_verify(note, key);
}

enum err checkpoint_of_note(const struct note *note, const char *origin,
                            const struct note_key *keys, size_t count, struct checkpoint *out) {
    struct checkpoint checkpoint;
    struct merkle_hash empty;
    bool signed_by_one = false;
    enum err err = checkpoint_parse(note->body, note->body_length, &checkpoint);
    if (err != ERR_OK) return err;
    if (strcmp(checkpoint.origin, origin) != 0) return ERR_LOG_ORIGIN;
    for (size_t i = 0; i < count; i++) {
        err = verify_by(note, &keys[i]);
        if (err != ERR_OK && err != ERR_UNSIGNED) return err;
        if (err == ERR_OK) signed_by_one = true;
    }
    if (!signed_by_one) return ERR_UNSIGNED;
    merkle_empty(&empty);
    if (checkpoint.size == 0 && !merkle_same(&checkpoint.root, &empty)) return ERR_RANGE;
    *out = checkpoint;
    return ERR_OK;
}

enum err checkpoint_open(const char *text, size_t length, const char *origin,
                         const struct note_key *keys, size_t count, struct checkpoint *out) {
    struct note note;
    enum err err = note_parse(text, length, &note);
    return err == ERR_OK ? checkpoint_of_note(&note, origin, keys, count, out) : err;
}
