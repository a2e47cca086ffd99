/* Evidence of a split view. Invariant: what passes the check convinces anyone who holds the key of
 * the log: it has signed both. */
#include "ledger/witness_evidence.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

static const char header[] = "etalon-split-view/v1\n";

static void put_note(struct writer *w, const char *note, size_t length) {
    char size[24];
    bytes_put(w, size, (size_t)snprintf(size, sizeof size, "%zu\n", length));
    bytes_put(w, note, length);
}

enum err witness_evidence_build(const char *first, size_t first_length, const char *second,
                                size_t second_length, char *out, size_t room, size_t *length) {
    struct writer w = writer_of(out, room);
    bytes_put(&w, header, sizeof header - 1);
    put_note(&w, first, first_length);
    put_note(&w, second, second_length);
    if (w.failed) return ERR_TOO_LONG;
    *length = writer_length(&w);
    return ERR_OK;
}

static enum err take_note(struct reader *r, const struct witness_log *log, struct checkpoint *out) {
    uint64_t size = 0;
    const char *text = (const char *)r->at, *newline = memchr(text, '\n', reader_left(r));
    if (!newline) return ERR_SYNTAX;
    enum err err = checkpoint_decimal(text, (size_t)(newline - text), &size);
    if (err != ERR_OK) return err;
    (void)bytes_take(r, (size_t)(newline - text) + 1);
    if (size > reader_left(r)) return ERR_SHORT;
    const char *note = (const char *)bytes_take(r, (size_t)size);
    return checkpoint_open(note, (size_t)size, log->origin, log->keys, log->count, out);
}

enum err witness_evidence_check(const char *text, size_t length, const struct witness_log *log,
                                struct checkpoint *first, struct checkpoint *second) {
    struct checkpoint one, other;
    struct reader r = reader_of(text, length);
    const uint8_t *start = bytes_take(&r, sizeof header - 1);
    if (!start || memcmp(start, header, sizeof header - 1) != 0) return ERR_SYNTAX;
    enum err err = take_note(&r, log, &one);
    if (err == ERR_OK) err = take_note(&r, log, &other);
    if (err == ERR_OK) err = bytes_finish(&r);
    if (err != ERR_OK) return err;
    if (one.size != other.size || merkle_same(&one.root, &other.root)) return ERR_RANGE;
    *first = one;
    *second = other;
    return ERR_OK;
}
