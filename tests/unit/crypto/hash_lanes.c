/* SHA-512 in lanes against nettle's, in each way that this processor has: lengths around the ends
 * of blocks, every number of messages, lengths mixed, addresses of all alignments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <nettle/sha2.h>

#include "crypto/hash_lanes.h"

enum { BLOCK = 128, MESSAGES = 2 * HASH_LANES_MAX + 3, BYTES = 20 * BLOCK, MIXES = 2000 };

struct fixture {
    struct hash_piece messages[MESSAGES];
    uint8_t *bytes[MESSAGES]; /* each ends where its allocation does */
    uint8_t digests[MESSAGES + 1][HASH_SHA512_BYTES];
};

static uint64_t next(uint64_t *random) {
    *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *random >> 33;
}

static void fill(struct fixture *f, size_t i, size_t length) {
    f->bytes[i] = malloc(length ? length : 1);
    assert_non_null(f->bytes[i]);
    for (size_t k = 0; k < length; k++)
        f->bytes[i][k] = (uint8_t)(k * 31 + k / 7 + i * 101 + length);
    f->messages[i] = (struct hash_piece){length ? f->bytes[i] : NULL, length};
}

static void expect(const struct fixture *f, size_t i) {
    struct sha512_ctx context;
    uint8_t expected[SHA512_DIGEST_SIZE];
    sha512_init(&context);
    if (f->messages[i].length) sha512_update(&context, f->messages[i].length, f->messages[i].bytes);
    sha512_digest(&context, sizeof expected, expected);
    assert_memory_equal(f->digests[i], expected, sizeof expected);
}

/* Every way; frees the messages. */
static void check(struct fixture *f, size_t count) {
    static const uint8_t untouched[HASH_SHA512_BYTES] = {0};
    for (enum hash_lanes_way way = 0; way < HASH_LANES_WAYS; way++) {
        if (!hash_lanes_can(way)) continue;
        memset(f->digests, 0, sizeof f->digests);
        hash_lanes_sha512(way, f->messages, count, f->digests);
        for (size_t i = 0; i < count; i++) expect(f, i);
        assert_memory_equal(f->digests[count], untouched, sizeof untouched);
    }
    for (size_t i = 0; i < count; i++) free(f->bytes[i]);
}

static void equal_lengths(void **state) {
    (void)state;
    struct fixture f;
    for (size_t length = 0; length <= 3 * BLOCK + 2; length++) {
        for (size_t i = 0; i < HASH_LANES_MAX; i++) fill(&f, i, length);
        check(&f, HASH_LANES_MAX);
    }
    for (size_t length = 1020; length <= 1060; length++) {
        for (size_t i = 0; i < HASH_LANES_MAX; i++) fill(&f, i, length);
        check(&f, HASH_LANES_MAX);
    }
}

/* Lanes filled in part, once, and several times. */
static void every_count(void **state) {
    (void)state;
    static const size_t lengths[] = {0, 65, 111, 112, 127, 128, 239, 240, 1037};
    struct fixture f;
    for (size_t count = 0; count <= MESSAGES; count++)
        for (size_t k = 0; k < sizeof lengths / sizeof lengths[0]; k++) {
            for (size_t i = 0; i < count; i++) fill(&f, i, lengths[k]);
            check(&f, count);
        }
}

/* Lanes end at different blocks, in any order. */
static void mixed_lengths(void **state) {
    (void)state;
    struct fixture f;
    uint64_t random = 5;
    for (int mix = 0; mix < MIXES; mix++) {
        size_t count = 1 + next(&random) % MESSAGES;
        for (size_t i = 0; i < count; i++) {
            size_t most = next(&random) % 4 ? 3 * BLOCK : BYTES;
            fill(&f, i, next(&random) % most);
        }
        check(&f, count);
    }
}

static void every_alignment(void **state) {
    (void)state;
    static uint8_t bytes[64 + 1037];
    struct fixture f;
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i * 13 + i / 11);
    for (size_t shift = 0; shift < 64; shift++) {
        for (size_t i = 0; i < HASH_LANES_MAX; i++) {
            f.bytes[i] = NULL;
            f.messages[i] = (struct hash_piece){bytes + (shift + i * 9) % 64, 1037};
        }
        check(&f, HASH_LANES_MAX);
    }
}

static void ways(void **state) {
    (void)state;
    enum hash_lanes_way best = hash_lanes_best();
    assert_true(hash_lanes_can(HASH_LANES_ONE) && hash_lanes_can(best));
    assert_false(hash_lanes_can(HASH_LANES_WAYS));
    for (enum hash_lanes_way way = 0; way < HASH_LANES_WAYS; way++) {
        if (way > best) assert_false(hash_lanes_can(way));
        if (hash_lanes_can(way)) assert_in_range(hash_lanes_width(way), 1, HASH_LANES_MAX);
    }
    assert_int_equal(hash_lanes_width(HASH_LANES_ONE), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_lengths), cmocka_unit_test(every_count),
        cmocka_unit_test(mixed_lengths), cmocka_unit_test(every_alignment),
        cmocka_unit_test(ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
