/* Proofs that an entry is in a log, as text that can be checked offline (c2sp.org/tlog-proof@v1).
 *
 * The leaf hash is not in it, and the checkpoint is carried verbatim: to verify a proof, open the
 * checkpoint (ledger/checkpoint), which gives size and root, and give them with the leaf and `path`
 * to merkle_verify_inclusion. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "ledger/merkle.h"

struct proof {
    const char *extra; /* opaque data as base64 text, not authenticated; NULL: none */
    size_t extra_length;
    uint64_t index;
    struct merkle_proof path;
    const char *checkpoint; /* the signed note, to the end of the text */
    size_t checkpoint_length;
};

/* Writes the text, without a terminating zero. ERR_FULL: room is too small; ERR_SYNTAX: extra is no
 * base64; ERR_RANGE: index is not below MERKLE_SIZE_MAX, the path has too many hashes, or the
 * checkpoint is empty. */
MUST_USE enum err proof_build(const struct proof *proof, char *out, size_t room, size_t *length);
/* Views into text. On an error *line says where (from 1), else it is 0. ERR_VERSION: the first line
 * is not that of this format; ERR_SYNTAX; ERR_RANGE: index; ERR_TOO_LONG: more hashes than any tree
 * needs; ERR_SHORT: the text ends before the checkpoint. */
MUST_USE enum err proof_parse(const char *text, size_t length, struct proof *out, size_t *line);
