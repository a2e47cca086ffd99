/* Keys that sign notes, and the text of their files: "PRIVATE+KEY+<name>+<id>+<base64 of type and
 * seed>" as Go's golang.org/x/mod/sumdb/note writes and reads it for type Ed25519; the same text
 * with type 04 holds the key of a witness. */
#pragma once

#include "ledger/note_key.h"

/* A key that signs. All zero: holds nothing. Not to be copied while it holds a key. */
struct note_signer {
    struct note_key key;
    struct ed25519_signer signer;
};

/* One newline at the end is taken. Errors as note_key_parse; ERR_KIND: a type that is not verified
 * here; ERR_FULL (OpenSSL). */
MUST_USE enum err note_signer_parse(const char *text, size_t length, struct note_signer *out);
MUST_USE enum err note_signer_make(const char *name, uint8_t type,
                                   const uint8_t seed[ED25519_SEED_BYTES], struct note_signer *out);
void note_signer_wipe(struct note_signer *signer);
/* Text of a key file, with a newline; secret. Errors as note_key_make, ERR_FULL (OpenSSL). */
MUST_USE enum err note_signer_text(const char *name, uint8_t type,
                                   const uint8_t seed[ED25519_SEED_BYTES],
                                   char out[NOTE_KEY_TEXT_BYTES], size_t *length);
