/* Verifier keys of signed notes (C2SP signed-note 1.0.0) and their text, the vkey:
 * "<name>+<key id in hex>+<base64 of type and key>". Key id: the first four bytes of
 * SHA-256(name || 0A || type || key). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "crypto/ed25519.h"

enum note_type {
    NOTE_ED25519 = 0x01,
    NOTE_ECDSA = 0x02,
    NOTE_COSIGNATURE_V1 = 0x04,
    NOTE_RFC6962 = 0x05,
    NOTE_MLDSA44 = 0x06,
};

/* Room for the text of a key of 32 bytes, public or secret. */
enum { NOTE_KEY_TEXT_BYTES = 384 };

/* A verifier key. public_key: the key itself if the type is verified here; of other types the
 * SHA-256 of the key material, so that equal keys can be told. */
struct note_key {
    char name[LIMIT_NOTE_NAME_BYTES];
    uint8_t type;
    uint32_t id;
    uint8_t public_key[ED25519_PUBLIC_BYTES];
};

/* A key of its parts, with the key id that belongs to them. ERR_SYNTAX: the name cannot be one;
 * ERR_KIND: not a type that is verified here. */
MUST_USE enum err note_key_make(const char *name, uint8_t type,
                                const uint8_t public_key[ED25519_PUBLIC_BYTES],
                                struct note_key *out);
/* "<name>+<id>+<base64>", without a newline. Keys of any type are taken; the id is checked where
 * the type is verified here. ERR_SYNTAX, ERR_TOO_LONG, ERR_KEY: the id is not that key's. */
MUST_USE enum err note_key_parse(const char *text, size_t length, struct note_key *out);
/* Text of a key of a type that is verified here; returns its length. */
size_t note_key_text(const struct note_key *key, char out[NOTE_KEY_TEXT_BYTES]);
/* The same public key, whatever the names. */
bool note_key_same(const struct note_key *a, const struct note_key *b);

/* For note_signer.c: the parts of a text behind any prefix, and a text of parts. */
struct note_key_parts {
    char name[LIMIT_NOTE_NAME_BYTES];
    uint32_t id;
    const char *base64; /* a view */
    size_t base64_length;
};
bool note_key_split(const char *text, size_t length, struct note_key_parts *out);
size_t note_key_put(const char *before, const struct note_key *key,
                    const uint8_t bytes[ED25519_PUBLIC_BYTES], const char *after,
                    char out[NOTE_KEY_TEXT_BYTES]);
