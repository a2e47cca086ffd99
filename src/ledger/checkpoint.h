/* Checkpoints (C2SP tlog-checkpoint 1.0.0): signed notes that say how large a log is and what is in
 * it. The body is "<origin>\n<size>\n<base64 of the root>\n"; extension lines are tolerated when
 * read and never written. */
#pragma once

#include "ledger/merkle.h"
#include "ledger/note.h"

struct checkpoint {
    char origin[LIMIT_NOTE_NAME_BYTES];
    uint64_t size;
    struct merkle_hash root;
};

/* Strict decimal: no sign, no leading zero but in "0", at most 2^63 - 1. ERR_SYNTAX. */
MUST_USE enum err checkpoint_decimal(const char *text, size_t length, uint64_t *out);

/* Of the body of a note. ERR_SYNTAX, ERR_TOO_LONG: the origin, or all of it
 * (LIMIT_CHECKPOINT_BODY_BYTES). Any root is taken, also for size 0. */
MUST_USE enum err checkpoint_parse(const char *body, size_t length, struct checkpoint *out);
/* ERR_SYNTAX: the origin is empty or has control characters; ERR_RANGE: size above 2^63 - 1. */
MUST_USE enum err checkpoint_build(const struct checkpoint *checkpoint,
                                   char out[LIMIT_CHECKPOINT_BODY_BYTES], size_t *length);

/* A note signed by each of the signers (Ed25519 or cosignature/v1 with time_s; more than one while
 * a key is being rotated). ERR_TOO_LONG: does not fit room; ERR_KIND; as checkpoint_build. */
MUST_USE enum err checkpoint_sign(const struct checkpoint *checkpoint,
                                  const struct note_signer *const *signers, size_t count,
                                  uint64_t time_s, char *out, size_t room, size_t *length);

/* Whether the note is that log's: signed by at least one of the keys (Ed25519 or cosignature/v1)
 * and by none of them wrongly. ERR_LOG_ORIGIN: another origin; ERR_UNSIGNED; ERR_SIGNATURE;
 * ERR_RANGE: size 0 with a root that is not the empty tree's; as checkpoint_parse. */
MUST_USE enum err checkpoint_of_note(const struct note *note, const char *origin,
                                     const struct note_key *keys, size_t count,
                                     struct checkpoint *out);
/* The same from text (errors of note_parse). */
MUST_USE enum err checkpoint_open(const char *text, size_t length, const char *origin,
                                  const struct note_key *keys, size_t count,
                                  struct checkpoint *out);
