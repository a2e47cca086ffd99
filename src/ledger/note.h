/* Signed notes (C2SP signed-note 1.0.0): a text, an empty line, and lines
 * "— <key name> <base64 of key id and signature>".
 *
 * A note is parsed into views of the caller's bytes, which must outlive it. Keys of the types that
 * are verified here are Ed25519 (01) and cosignature/v1 (04, in cosignature.h); signatures of other
 * types and by unknown keys are carried along and never judged. */
#pragma once

#include "ledger/note_signer.h"

/* Room for a signature line that is made here, with its zero. */
enum { NOTE_LINE_BYTES = 512 };

struct note_signature {
    const char *line; /* from the dash to the newline, both included */
    size_t line_length;
    const char *name; /* not terminated */
    size_t name_length;
    uint32_t id;
    const char *base64; /* of the key id and the signature */
    size_t base64_length;
};

struct note {
    const char *body; /* with its last newline, without the empty line */
    size_t body_length;
    size_t count;
    struct note_signature signatures[LIMIT_NOTE_SIGNATURES];
};

/* For people: "Ed25519", "ML-DSA-44 cosignature"; a static string, whatever the type. */
const char *note_type_text(uint8_t type);
/* True for the types that are verified here. */
bool note_type_known(uint8_t type);
/* For the names of keys: not empty, short enough, no space (of Unicode), no "+", no control
 * character, valid UTF-8. */
bool note_name_valid(const char *name, size_t length);

/* UTF-8 without any control character, newlines included; and what can be the body of a note. */
bool note_text_valid(const char *text, size_t length);
bool note_body_valid(const char *body, size_t length);

/* Strict: UTF-8 without control characters but newlines, at least one signature, each well-formed.
 * ERR_TOO_LONG: above LIMIT_NOTE_BYTES; ERR_FULL: more than LIMIT_NOTE_SIGNATURES; ERR_SYNTAX. */
MUST_USE enum err note_parse(const char *text, size_t length, struct note *out);
/* True if name and id of the signature are those of the key. */
bool note_signature_by(const struct note_signature *signature, const struct note_key *key);
/* The bytes behind the key id. ERR_TOO_LONG: more than room. */
MUST_USE enum err note_signature_bytes(const struct note_signature *signature, uint8_t *out,
                                       size_t room, size_t *length);
/* For keys of type Ed25519 (others: ERR_KIND). ERR_UNSIGNED: no signature by that key;
 * ERR_SIGNATURE: one of them does not verify, so that the whole note is to be refused. */
MUST_USE enum err note_verify(const struct note *note, const struct note_key *key);
/* The signature line over a body (which ends in a newline), by a signer of type Ed25519.
 * *length: without the terminating zero. ERR_SYNTAX: no body of a note; ERR_KIND; ERR_FULL. */
MUST_USE enum err note_sign(const struct note_signer *signer, const char *body, size_t body_length,
                            char out[NOTE_LINE_BYTES], size_t *length);
/* The line of a signature that was made over a body: for note_sign and cosignature_sign. */
size_t note_line(const struct note_key *key, const uint8_t *signature, size_t signature_length,
                 char out[NOTE_LINE_BYTES]);
