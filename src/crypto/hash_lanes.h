/* SHA-512 (FIPS 180-4) of several messages at once, each in its own lane of the processor's
 * vectors.
 *
 * A hash is one long chain of steps; vectors do eight such chains (AVX-512) or four (AVX2) side by
 * side: measured at 3.2 and 1.1 times the rate of OpenSSL's one lane. The digests are those of
 * hash_sha512(), whichever way was taken. For public data only, as everything that Roughtime hashes
 * is: nothing is wiped.
 *
 * Own code, because the library that has this in Debian 12 (intel-ipsec-mb 1.3, no faster) is 13 MB
 * of assembler for one architecture, to be mapped into the process that holds a signing key. */
#pragma once

#include <stdbool.h>

#include "crypto/hash.h"

enum { HASH_LANES_MAX = 8 };

enum hash_lanes_way { HASH_LANES_ONE, HASH_LANES_AVX2, HASH_LANES_AVX512, HASH_LANES_WAYS };

/* Whether this processor (and its operating system) can. HASH_LANES_ONE works everywhere. */
bool hash_lanes_can(enum hash_lanes_way way);
/* The widest that it can. */
enum hash_lanes_way hash_lanes_best(void);
/* Messages that fill the lanes: 1, 4, 8. */
size_t hash_lanes_width(enum hash_lanes_way way);
/* Each message is one piece; lengths may differ, but lanes are busy as long as the longest. No
 * digest may overlap a message. */
void hash_lanes_sha512(enum hash_lanes_way way, const struct hash_piece *messages, size_t count,
                       uint8_t (*out)[HASH_SHA512_BYTES]);
