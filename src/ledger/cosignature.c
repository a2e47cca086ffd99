/* Cosignatures v1. Invariant: what is signed and what is verified is made by one function. */
#include "ledger/cosignature.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

enum { HEADER_BYTES = 64, SIGNATURE_BYTES = 8 + ED25519_SIGNATURE_BYTES };

struct message {
    char text[HEADER_BYTES + LIMIT_CHECKPOINT_BODY_BYTES];
    size_t length;
};

static enum err make_message(const char *body, size_t body_length, uint64_t time_s,
                             struct message *out) {
    if (time_s == 0 || time_s > INT64_MAX) return ERR_RANGE;
    if (body_length > LIMIT_CHECKPOINT_BODY_BYTES) return ERR_TOO_LONG;
    int header = snprintf(out->text, HEADER_BYTES, "cosignature/v1\ntime %" PRIu64 "\n", time_s);
    memcpy(out->text + header, body, body_length);
    out->length = (size_t)header + body_length;
    return ERR_OK;
}

enum err cosignature_sign(const struct note_signer *signer, const char *body, size_t body_length,
                          uint64_t time_s, char out[NOTE_LINE_BYTES], size_t *length) {
    uint8_t bytes[SIGNATURE_BYTES];
    struct message message;
    if (signer->key.type != NOTE_COSIGNATURE_V1) return ERR_KIND;
    enum err err = make_message(body, body_length, time_s, &message);
    if (err != ERR_OK) return err;
    struct writer w = writer_of(bytes, sizeof bytes);
    bytes_put_u64(&w, time_s);
    err = ed25519_sign(&signer->signer, message.text, message.length, w.at);
    if (err == ERR_OK) *length = note_line(&signer->key, bytes, sizeof bytes, out);
    return err;
}

static enum err verify_one(const struct note *note, const struct note_signature *signature,
                           const struct note_key *key, uint64_t *time_s) {
    uint8_t bytes[SIGNATURE_BYTES];
    struct message message;
    size_t length = 0;
    if (note_signature_bytes(signature, bytes, sizeof bytes, &length) != ERR_OK ||
        length != sizeof bytes)
        return ERR_SIGNATURE;
    struct reader r = reader_of(bytes, length);
    uint64_t time = bytes_get_u64(&r);
    enum err err = make_message(note->body, note->body_length, time, &message);
    if (err == ERR_OK) err = ed25519_verify(key->public_key, message.text, message.length, r.at);
    if (err == ERR_OK) *time_s = time;
    return err;
}

enum err cosignature_verify(const struct note *note, const struct note_key *key, uint64_t *time_s) {
    uint64_t earliest = UINT64_MAX;
    if (key->type != NOTE_COSIGNATURE_V1) return ERR_KIND;
    for (size_t i = 0; i < note->count; i++) {
        uint64_t time;
        if (!note_signature_by(&note->signatures[i], key)) continue;
        enum err err = verify_one(note, &note->signatures[i], key, &time);
        if (err != ERR_OK) return err;
        if (time < earliest) earliest = time;
    }
    if (earliest == UINT64_MAX) return ERR_UNSIGNED;
    *time_s = earliest;
    return ERR_OK;
}
