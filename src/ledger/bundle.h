/* An incident bundle: one self-contained file that an outsider opens with tar and checks offline.
 *
 * POSIX ustar (IEEE Std 1003.1-2017, pax, "ustar Interchange Format"), uncompressed, regular files
 * only. A member's name is one of a fixed grammar and names ascend, so that no path leads anywhere
 * else and none stands there twice. The members have the layout of the ledger's public/ folder; a
 * live folder is thus checked by the same code:
 *
 *     SHA256SUMS              of every other member, as sha256sum -c reads it
 *     VERIFY.md               how to check the bundle with other people's tools
 *     checkpoint              the newest checkpoint
 *     cosigned/<size>         older ones with the cosignatures of witnesses
 *     manifest.json           what was asked for, and the software that answered
 *     policy                  tlog-policy, if there was one
 *     proof/<index>.tlog-proof
 *     tile/...                hash tiles and entry bundles (C2SP tlog-tiles)
 *     vkey                    the log's keys: to be compared, never to be believed
 *
 * Invariant: a header is taken only if it is, byte for byte, the one that bundle_header makes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/hash.h"
#include "ledger/tile.h"

enum {
    BUNDLE_BLOCK_BYTES = 512,
    BUNDLE_END_BYTES = 2 * BUNDLE_BLOCK_BYTES, /* zeros, and then the file ends */
    BUNDLE_NAME_BYTES = 100,                   /* with the terminating zero */
};

enum bundle_kind {
    BUNDLE_SUMS,
    BUNDLE_GUIDE,
    BUNDLE_CHECKPOINT,
    BUNDLE_COSIGNED,
    BUNDLE_MANIFEST,
    BUNDLE_POLICY,
    BUNDLE_PROOF,
    BUNDLE_TILE,
    BUNDLE_VKEY,
};

struct bundle_name {
    enum bundle_kind kind;
    uint64_t number;  /* of a cosigned checkpoint its size, of a proof its index; else 0 */
    struct tile tile; /* of a tile; else all zero */
};

/* ERR_SYNTAX: no name that a bundle may hold. */
MUST_USE enum err bundle_name_parse(const char *name, struct bundle_name *out);
/* The text of a name. Returns out. */
const char *bundle_name_text(const struct bundle_name *name, char out[BUNDLE_NAME_BYTES]);

/* Writing: a header, the bytes, zeros up to the block; at the end BUNDLE_END_BYTES of zeros. The
 * name must be of the grammar. */
void bundle_header(const char *name, uint64_t length, uint8_t out[BUNDLE_BLOCK_BYTES]);
size_t bundle_padding(uint64_t length);

struct bundle_member {
    char name[BUNDLE_NAME_BYTES];
    struct bundle_name parsed;
    const uint8_t *bytes; /* inside the bundle */
    size_t length;
};

/* A bundle in memory. What bundle_next refuses is named in name (printable) and why. */
struct bundle_reader {
    const uint8_t *bytes;
    size_t length, at, count;
    char name[BUNDLE_NAME_BYTES];
    const char *why;
};

struct bundle_reader bundle_reader_of(const uint8_t *bytes, size_t length);
/* Whether it begins as a ustar file does. */
bool bundle_looks_right(const uint8_t *bytes, size_t length);
/* The next member; *more is false at the end, and *out then untouched. On an error the reader has
 * said why and must not be used further. */
MUST_USE enum err bundle_next(struct bundle_reader *reader, struct bundle_member *out, bool *more);

struct bundle_sum {
    uint8_t hash[HASH_SHA256_BYTES];
    char name[BUNDLE_NAME_BYTES];
};

/* One line of SHA256SUMS, "<64 hex digits>  <name>\n"; *at moves behind it. ERR_SYNTAX. */
MUST_USE enum err bundle_sum_parse(const char **at, const char *end, struct bundle_sum *out);
/* The same line, written. Returns its length. */
size_t bundle_sum_text(const struct bundle_sum *sum, char out[BUNDLE_NAME_BYTES + 80]);
