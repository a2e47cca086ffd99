/* SHA-512 in lanes. Input: 1 octet, how many messages; 1 octet for each, where its end lies (in
 * steps of 9 octets, so that lengths are not round); then the octets that all of them begin with.
 * Every way gives the digests that one message at a time gives. */
#include <string.h>

#include "base/check.h"
#include "crypto/hash_lanes.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { MESSAGES = 2 * HASH_LANES_MAX, STEP = 9, ROOM = 255 * STEP };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    static uint8_t text[ROOM];
    struct hash_piece messages[MESSAGES];
    uint8_t expected[MESSAGES][HASH_SHA512_BYTES], digests[MESSAGES][HASH_SHA512_BYTES];
    if (length < 1) return 0;
    size_t count = bytes[0] % (MESSAGES + 1);
    if (length < 1 + count) return 0;
    size_t given = length - 1 - count;
    memset(text, 0, sizeof text);
    memcpy(text, bytes + 1 + count, given < ROOM ? given : ROOM);
    for (size_t i = 0; i < count; i++) {
        messages[i] = (struct hash_piece){text + i, bytes[1 + i] * (size_t)STEP};
        if (messages[i].length > ROOM - i) messages[i].length = ROOM - i;
        hash_sha512(&messages[i], 1, expected[i]);
    }
    for (enum hash_lanes_way way = 0; way < HASH_LANES_WAYS; way++) {
        if (!hash_lanes_can(way)) continue;
        hash_lanes_sha512(way, messages, count, digests);
        CHECK(count == 0 || memcmp(digests, expected, count * sizeof digests[0]) == 0);
    }
    return 0;
}
