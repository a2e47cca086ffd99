/* Cosignatures v1 (C2SP tlog-cosignature 1.0.1, type 04): a witness says that at a time (seconds
 * since 1970, POSIX) the largest tree it has seen of a log has this root.
 *
 * The signature in the note is "u64 time || Ed25519 signature", big-endian, over
 * "cosignature/v1\ntime <time>\n" and the whole body. The witness's name is not signed: a key is
 * used by one witness only. */
#pragma once

#include "ledger/note.h"

/* The signature line; *length without the terminating zero. ERR_KIND: the signer is not of type
 * cosignature/v1; ERR_RANGE: time 0 or above 2^63 - 1; ERR_TOO_LONG: the body; ERR_FULL. */
MUST_USE enum err cosignature_sign(const struct note_signer *signer, const char *body,
                                   size_t body_length, uint64_t time_s, char out[NOTE_LINE_BYTES],
                                   size_t *length);
/* Every signature in the note by that key must verify; *time_s is the earliest of their times.
 * ERR_UNSIGNED: there is none; ERR_SIGNATURE: one does not verify (the note is to be refused);
 * ERR_RANGE: a time of 0 or above 2^63 - 1; ERR_KIND: the key is of another type. */
MUST_USE enum err cosignature_verify(const struct note *note, const struct note_key *key,
                                     uint64_t *time_s);
