/* Signed notes. Invariant: every view in a note lies inside its text, and every signature in it is
 * well-formed base64 of a key id and at least one byte. */
#include "ledger/note.h"

#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/utf8.h"

static const char dash[] = "\xe2\x80\x94 "; /* U+2014 and a space */

enum { DASH_BYTES = sizeof dash - 1, ID_BYTES = 4, CHUNK_TEXT = 64, CHUNK_BYTES = 48 };

/* Valid UTF-8 without control characters; newlines only where they are allowed. */
static bool is_text(const char *text, size_t length, bool newlines) {
    for (size_t i = 0; i < length;) {
        size_t one = utf8_length(text + i, length - i);
        if (one == 0) return false;
        if ((uint8_t)text[i] < 0x20 && !(newlines && text[i] == '\n')) return false;
        i += one;
    }
    return true;
}

bool note_text_valid(const char *text, size_t length) {
    return is_text(text, length, false);
}

bool note_name_valid(const char *name, size_t length) {
    if (length == 0 || length >= LIMIT_NOTE_NAME_BYTES || memchr(name, '+', length) ||
        !note_text_valid(name, length))
        return false;
    for (size_t i = 0; i < length;) {
        size_t one = utf8_length(name + i, length - i);
        if (utf8_is_space(utf8_code(name + i, one))) return false;
        i += one;
    }
    return true;
}

const char *note_type_text(uint8_t type) {
    switch (type) {
    case NOTE_ED25519:
        return "Ed25519";
    case NOTE_ECDSA:
        return "ECDSA";
    case NOTE_COSIGNATURE_V1:
        return "Ed25519 cosignature";
    case NOTE_RFC6962:
        return "RFC 6962 tree head";
    case NOTE_MLDSA44:
        return "ML-DSA-44 cosignature";
    default:
        return "a type that is not assigned";
    }
}

bool note_type_known(uint8_t type) {
    return type == NOTE_ED25519 || type == NOTE_COSIGNATURE_V1;
}

/* The last empty line, which ends the body: where its own newline is. */
static const char *find_split(const char *text, size_t length) {
    for (size_t i = length; i >= 2; i--)
        if (text[i - 1] == '\n' && text[i - 2] == '\n') return text + i - 1;
    return NULL;
}

/* Walks the base64 in pieces, so that a signature of any length needs no room. */
static enum err take_base64(struct note_signature *s) {
    uint8_t bytes[CHUNK_BYTES];
    size_t total = 0;
    for (size_t at = 0; at < s->base64_length; at += CHUNK_TEXT) {
        size_t left = s->base64_length - at, got = 0;
        size_t piece = left < CHUNK_TEXT ? left : CHUNK_TEXT;
        if (base64_bytes(s->base64 + at, piece, bytes, sizeof bytes, &got) != ERR_OK)
            return ERR_SYNTAX;
        if (left > CHUNK_TEXT && got != CHUNK_BYTES) return ERR_SYNTAX;
        struct reader r = reader_of(bytes, got);
        if (at == 0) s->id = bytes_get_u32(&r);
        total += got;
    }
    return total > ID_BYTES ? ERR_OK : ERR_SYNTAX;
}

/* One line without its newline. */
static enum err take_signature(const char *line, size_t length, struct note_signature *out) {
    struct note_signature s = {.line = line, .line_length = length + 1};
    if (length < DASH_BYTES || memcmp(line, dash, DASH_BYTES) != 0) return ERR_SYNTAX;
    s.name = line + DASH_BYTES;
    const char *space = memchr(s.name, ' ', length - DASH_BYTES);
    if (!space) return ERR_SYNTAX;
    s.name_length = (size_t)(space - s.name);
    if (!note_name_valid(s.name, s.name_length)) return ERR_SYNTAX;
    s.base64 = space + 1;
    s.base64_length = (size_t)(line + length - s.base64);
    enum err err = take_base64(&s);
    if (err == ERR_OK) *out = s;
    return err;
}

enum err note_parse(const char *text, size_t length, struct note *out) {
    struct note note = {.body = text};
    if (length > LIMIT_NOTE_BYTES) return ERR_TOO_LONG;
    if (length == 0 || text[length - 1] != '\n' || !is_text(text, length, true)) return ERR_SYNTAX;
    const char *split = find_split(text, length), *end = text + length;
    if (!split || split + 1 == end) return ERR_SYNTAX;
    note.body_length = (size_t)(split - text);
    for (const char *at = split + 1; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        if (note.count == LIMIT_NOTE_SIGNATURES) return ERR_FULL;
        enum err err = take_signature(at, (size_t)(newline - at), &note.signatures[note.count]);
        if (err != ERR_OK) return err;
        note.count++;
        at = newline + 1;
    }
    *out = note;
    return ERR_OK;
}

bool note_signature_by(const struct note_signature *signature, const struct note_key *key) {
    return signature->id == key->id && strlen(key->name) == signature->name_length &&
           memcmp(key->name, signature->name, signature->name_length) == 0;
}

enum err note_signature_bytes(const struct note_signature *signature, uint8_t *out, size_t room,
                              size_t *length) {
    uint8_t bytes[CHUNK_BYTES];
    size_t total = 0;
    for (size_t at = 0; at < signature->base64_length; at += CHUNK_TEXT) {
        size_t left = signature->base64_length - at, got = 0, skip = at == 0 ? ID_BYTES : 0;
        size_t piece = left < CHUNK_TEXT ? left : CHUNK_TEXT;
        enum err err = base64_bytes(signature->base64 + at, piece, bytes, sizeof bytes, &got);
        if (err != ERR_OK) return err;
        if (got - skip > room - total) return ERR_TOO_LONG;
        memcpy(out + total, bytes + skip, got - skip);
        total += got - skip;
    }
    *length = total;
    return ERR_OK;
}

static enum err verify_one(const struct note *note, const struct note_signature *signature,
                           const struct note_key *key) {
    uint8_t bytes[ED25519_SIGNATURE_BYTES];
    size_t length = 0;
    if (note_signature_bytes(signature, bytes, sizeof bytes, &length) != ERR_OK ||
        length != sizeof bytes)
        return ERR_SIGNATURE;
    return ed25519_verify(key->public_key, note->body, note->body_length, bytes);
}

enum err note_verify(const struct note *note, const struct note_key *key) {
    enum err err = ERR_UNSIGNED;
    if (key->type != NOTE_ED25519) return ERR_KIND;
    for (size_t i = 0; i < note->count; i++) {
        if (!note_signature_by(&note->signatures[i], key)) continue;
        err = verify_one(note, &note->signatures[i], key);
        if (err != ERR_OK) return err;
    }
    return err;
}

bool note_body_valid(const char *body, size_t length) {
    return length > 0 && length <= LIMIT_NOTE_BYTES && body[length - 1] == '\n' &&
           is_text(body, length, true);
}

size_t note_line(const struct note_key *key, const uint8_t *signature, size_t length,
                 char out[NOTE_LINE_BYTES]) {
    enum { SIGNATURE_BYTES = 96 }; /* of the types that are made here; 72 are in use */
    uint8_t bytes[ID_BYTES + SIGNATURE_BYTES];
    char text[BASE64_TEXT_BYTES(sizeof bytes)];
    struct writer w = writer_of(bytes, sizeof bytes);
    bytes_put_u32(&w, key->id);
    bytes_put(&w, signature, length);
    CHECK(!w.failed);
    base64_text(bytes, writer_length(&w), text, sizeof text);
    int used = snprintf(out, NOTE_LINE_BYTES, "%s%s %s\n", dash, key->name, text);
    CHECK(used > 0 && used < NOTE_LINE_BYTES);
    return (size_t)used;
}

enum err note_sign(const struct note_signer *signer, const char *body, size_t body_length,
                   char out[NOTE_LINE_BYTES], size_t *length) {
    uint8_t signature[ED25519_SIGNATURE_BYTES];
    if (signer->key.type != NOTE_ED25519) return ERR_KIND;
    if (!note_body_valid(body, body_length)) return ERR_SYNTAX;
    enum err err = ed25519_sign(&signer->signer, body, body_length, signature);
    if (err == ERR_OK) *length = note_line(&signer->key, signature, sizeof signature, out);
    return err;
}
