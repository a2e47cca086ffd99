/* SHA-512 in lanes: which way, padding, and who is done when. Invariant: no byte outside the
 * messages is read, and a lane without a message of its own goes along with another. Source:
 * FIPS 180-4, sections 5.1.2, 5.3.5, 6.4. */
#include "crypto/hash_lanes.h"

#include <endian.h>
#include <string.h>

#include "crypto/hash_lanes_avx2.h"
#include "crypto/hash_lanes_avx512.h"

enum {
    STATE_WORDS = 8,
    BLOCK = 128,
    COUNT_BYTES = 16, /* of bits, at the very end */
    TAIL = 2 * BLOCK, /* the last bytes, and what is put behind them */
    WORTH_IT = 3,     /* fewer messages are as fast one by one */
};

_Static_assert((int)HASH_LANES_AVX2_WIDTH <= (int)HASH_LANES_MAX, "too many lanes");
_Static_assert((int)HASH_LANES_AVX512_WIDTH <= (int)HASH_LANES_MAX, "too many lanes");

struct lane {
    const uint8_t *bytes;
    size_t whole, blocks; /* those that lie in the message; all */
    uint8_t tail[TAIL];
};

struct method {
    size_t width;
    void (*compress)(uint64_t *state, const uint8_t *const *blocks);
};

static const uint64_t initial[STATE_WORDS] = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};

#if defined(__x86_64__)
static const struct method methods[HASH_LANES_WAYS] = {
    [HASH_LANES_ONE] = {1, NULL},
    [HASH_LANES_AVX2] = {HASH_LANES_AVX2_WIDTH, hash_lanes_avx2_compress},
    [HASH_LANES_AVX512] = {HASH_LANES_AVX512_WIDTH, hash_lanes_avx512_compress},
};

bool hash_lanes_can(enum hash_lanes_way way) {
    __builtin_cpu_init();
    switch (way) {
    case HASH_LANES_ONE:
        return true;
    case HASH_LANES_AVX2:
        return __builtin_cpu_supports("avx2");
    case HASH_LANES_AVX512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
    default:
        return false;
    }
}
#else
static const struct method methods[HASH_LANES_WAYS] = {{1, NULL}, {1, NULL}, {1, NULL}};

bool hash_lanes_can(enum hash_lanes_way way) {
    return way == HASH_LANES_ONE;
}
#endif

enum hash_lanes_way hash_lanes_best(void) {
    enum hash_lanes_way way = HASH_LANES_WAYS - 1;
    while (!hash_lanes_can(way)) way--;
    return way;
}

size_t hash_lanes_width(enum hash_lanes_way way) {
    return methods[way].width;
}

static void put_u64(uint8_t bytes[8], uint64_t value) {
    uint64_t big_endian = htobe64(value);
    memcpy(bytes, &big_endian, sizeof big_endian);
}

/* memmove() and copies of fixed length on purpose: where gcc knows that a length is small and not
 * which, it makes string instructions of the others, which take as long as a quarter of a block. */
static void begin(struct lane *lane, const struct hash_piece *message) {
    static const uint8_t padding[BLOCK] = {0x80};
    size_t rest = message->length % BLOCK;
    size_t tail = rest + 1 + COUNT_BYTES <= BLOCK ? BLOCK : TAIL;
    lane->bytes = message->bytes;
    lane->whole = message->length / BLOCK;
    lane->blocks = lane->whole + tail / BLOCK;
    if (rest) memmove(lane->tail, lane->bytes + lane->whole * BLOCK, rest);
    memcpy(lane->tail + rest, padding, sizeof padding); /* reaches up to the count at least */
    put_u64(lane->tail + tail - 16, (uint64_t)message->length >> 61);
    put_u64(lane->tail + tail - 8, (uint64_t)message->length << 3);
}

/* A lane that is done goes round in its tail; its digest was taken. */
static const uint8_t *block_of(const struct lane *lane, size_t i) {
    if (i < lane->whole) return lane->bytes + i * BLOCK;
    return i + 1 < lane->blocks ? lane->tail
                                : lane->tail + (lane->blocks - lane->whole - 1) * BLOCK;
}

static void finish(const uint64_t *state, size_t width, size_t lane,
                   uint8_t out[HASH_SHA512_BYTES]) {
    for (size_t i = 0; i < STATE_WORDS; i++) put_u64(out + 8 * i, state[i * width + lane]);
}

/* 1 to width messages. */
static void hash_group(const struct method *method, const struct hash_piece *messages, size_t count,
                       uint8_t (*out)[HASH_SHA512_BYTES]) {
    struct lane lanes[HASH_LANES_MAX];
    const uint8_t *blocks[HASH_LANES_MAX];
    uint64_t state[STATE_WORDS * HASH_LANES_MAX];
    size_t width = method->width, most = 0;
    for (size_t i = 0; i < count; i++) {
        begin(&lanes[i], &messages[i]);
        if (lanes[i].blocks > most) most = lanes[i].blocks;
    }
    for (size_t i = 0; i < STATE_WORDS; i++)
        for (size_t lane = 0; lane < width; lane++) state[i * width + lane] = initial[i];
    for (size_t block = 0; block < most; block++) {
        for (size_t i = 0; i < width; i++)
            blocks[i] = i < count ? block_of(&lanes[i], block) : blocks[0];
        method->compress(state, blocks);
        for (size_t i = 0; i < count; i++)
            if (lanes[i].blocks == block + 1) finish(state, width, i, out[i]);
    }
}

void hash_lanes_sha512(enum hash_lanes_way way, const struct hash_piece *messages, size_t count,
                       uint8_t (*out)[HASH_SHA512_BYTES]) {
    const struct method *method = &methods[way];
    while (count > 0) {
        size_t group = count < method->width ? count : method->width;
        if (method->compress && group >= WORTH_IT)
            hash_group(method, messages, group, out);
        else
            for (size_t i = 0; i < group; i++) hash_sha512(&messages[i], 1, out[i]);
        messages += group;
        out += group;
        count -= group;
    }
}
