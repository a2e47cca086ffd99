/* Signers and checkpoints for tests. The strings were made with Go's golang.org/x/mod/sumdb/note
 * from the seeds 00 01 02 .. 1f (the log) and 09 00 00 .. 00 (the witness). */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/checkpoint.h"
#include "ledger/cosignature.h"

#define SIGNING_LOG "example.com/etalon"
#define SIGNING_SKEY                                                                               \
    "PRIVATE+KEY+example.com/etalon+94210ec5+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
#define SIGNING_VKEY "example.com/etalon+94210ec5+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
#define SIGNING_WKEY "example.org/witness+fbb75ec1+BLtcZySCsNzKkaIaTtY7Fa/eiqE3jacs0Bs0lYnW591q"
#define SIGNING_WSKEY                                                                              \
    "PRIVATE+KEY+example.org/witness+fbb75ec1+BAkAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define SIGNING_DASH "\xe2\x80\x94 "
#define SIGNING_BODY "example.com/etalon\n42\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
#define SIGNING_LINE                                                                               \
    SIGNING_DASH "example.com/etalon "                                                             \
                 "lCEOxYxyhRsF8fkDgxnmgqptv+h8HGfTUKRMr5qdRopBXuHQl+0Kuf217OxvaqLzye+Sz85nut3n"    \
                 "dSUP9O56CizDDAk=\n"
#define SIGNING_COSIGNATURE                                                                        \
    SIGNING_DASH "example.org/witness "                                                            \
                 "+7dewQAAAABpVbkAnCqvH/hQANpZsox7h1E1YH+N/gPinXYZfyuZGcGxYOtw6DWCNFQY7PDMvKrt"    \
                 "H4Lu8vN97qs7fqUdA/wlK/aKDQ==\n"
#define SIGNING_TIME UINT64_C(1767225600) /* of the cosignature */

static inline void signing_must(enum err err) {
    if (err == ERR_OK) return;
    fprintf(stderr, "signing: %s\n", err_text(err));
    abort();
}

static inline struct note_signer signing_signer(const char *text) {
    struct note_signer signer = {0};
    signing_must(note_signer_parse(text, strlen(text), &signer));
    return signer;
}

/* A signer whose seed is that byte, 32 times. */
static inline struct note_signer signing_made(const char *name, uint8_t type, uint8_t seed) {
    struct note_signer signer = {0};
    uint8_t bytes[ED25519_SEED_BYTES];
    memset(bytes, seed, sizeof bytes);
    signing_must(note_signer_make(name, type, bytes, &signer));
    return signer;
}

static inline struct note_key signing_key(const char *text) {
    struct note_key key;
    signing_must(note_key_parse(text, strlen(text), &key));
    return key;
}

struct signing_note {
    char text[8192];
    size_t length;
};

/* A checkpoint with a root, signed by each signer. */
static inline struct signing_note signing_checkpoint(const char *origin, uint64_t size,
                                                     const struct merkle_hash *root,
                                                     const struct note_signer *const *signers,
                                                     size_t count, uint64_t time_s) {
    struct signing_note note;
    struct checkpoint checkpoint = {.size = size, .root = *root};
    snprintf(checkpoint.origin, sizeof checkpoint.origin, "%s", origin);
    signing_must(checkpoint_sign(&checkpoint, signers, count, time_s, note.text, sizeof note.text,
                                 &note.length));
    return note;
}
