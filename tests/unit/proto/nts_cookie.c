/* Cookies: the layout against bytes made elsewhere, rotation and erasure, key files right and
 * wrong, and keys derived for a fleet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "proto/nts_cookie.h"

static const struct mono now = {INT64_C(5000000000000)};
static struct entropy entropy;
static struct nts_keys keys;
static struct nts_session session;
static uint8_t nonce[SIV_NONCE_BYTES], cookie[NTS_COOKIE_BYTES];

static int ready(void **state) {
    (void)state;
    for (size_t i = 0; i < ENTROPY_BYTES; i++) entropy.bytes[i] = (uint8_t)(i * i * 31 + i + 5);
    entropy.used = 0;
    nts_cookie_generate(&keys, now, &entropy);
    session.aead = NTS_AEAD_AES_SIV_CMAC_256;
    for (size_t i = 0; i < NTS_KEY_BYTES; i++) {
        session.c2s[i] = (uint8_t)(i * 3);
        session.s2c[i] = (uint8_t)((i + 32) * 3);
    }
    for (size_t i = 0; i < sizeof nonce; i++) nonce[i] = (uint8_t)(0xa0 + i);
    nts_cookie_make(&keys, &session, nonce, cookie);
    return 0;
}

static enum err open_cookie(struct nts_session *out) {
    return nts_cookie_open(&keys, cookie, sizeof cookie, out);
}

/* The sealed part was computed by python3-cryptography, with a key of bytes 0 to 31. */
static void layout(void **state) {
    (void)state;
    static const char text[] =
        "NKS1\n12.5\n"
        "00000001 FF0102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F 15\n"
        "00000002 FE0102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F 15\n"
        "ABCDEF03 000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F 15\n"
        "00000004 FD0102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F 15\n";
    static const uint8_t want[40] = {0xab, 0xcd, 0xef, 0x03, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5,
                                     0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf,
                                     0x07, 0xb0, 0xa1, 0xb7, 0x3b, 0x14, 0xdc, 0xa8, 0x5b, 0x81,
                                     0x53, 0x6b, 0x49, 0x00, 0xb7, 0x92, 0x1d, 0x36, 0x3a, 0x89};
    static const uint8_t last[] = {0x1a, 0xae, 0x43, 0x22, 0x1a, 0xd4, 0x10, 0x0b, 0xaa, 0xb8};
    unsigned line;
    assert_int_equal(nts_cookie_parse(text, strlen(text), now, &keys, &line), ERR_OK);
    assert_int_equal(mono_diff(now, keys.rotated), 12500000000);
    nts_cookie_make(&keys, &session, nonce, cookie);
    assert_memory_equal(cookie, want, sizeof want);
    assert_memory_equal(cookie + sizeof cookie - sizeof last, last, sizeof last);
}

static void opens_what_it_made(void **state) {
    (void)state;
    struct nts_session got;
    assert_int_equal(open_cookie(&got), ERR_OK);
    assert_int_equal(got.aead, session.aead);
    assert_memory_equal(got.c2s, session.c2s, NTS_KEY_BYTES);
    assert_memory_equal(got.s2c, session.s2c, NTS_KEY_BYTES);
}

static void damaged(void **state) {
    (void)state;
    struct nts_session got = {.aead = 77};
    for (size_t bit = 0; bit < 8 * sizeof cookie; bit++) {
        cookie[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(open_cookie(&got), bit < 32 ? ERR_NTS_KEY : ERR_NTS_COOKIE);
        cookie[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    uint8_t longer[2 * NTS_COOKIE_BYTES] = {0};
    memcpy(longer, cookie, sizeof cookie);
    for (size_t length = 0; length <= sizeof longer; length++)
        if (length != sizeof cookie)
            assert_int_equal(nts_cookie_open(&keys, longer, length, &got), ERR_NTS_COOKIE);
    assert_int_equal(got.aead, 77);
}

/* A cookie of a session with 16-byte keys, as a chrony that shares our keys may mint. */
static void algorithm_not_offered(void **state) {
    (void)state;
    const struct nts_cookie_key *key = &keys.slots[keys.current];
    uint8_t plain[32] = {1};
    siv_seal(&key->expanded, nonce, sizeof nonce, NULL, 0, plain, sizeof plain, cookie + 20);
    struct nts_session got = {.aead = 77};
    assert_int_equal(nts_cookie_open(&keys, cookie, 20 + 16 + 32, &got), ERR_NTS_AEAD);
    assert_int_equal(got.aead, 77);
    assert_int_equal(nts_cookie_key_length(NTS_AEAD_AES_SIV_CMAC_256), 32);
    assert_int_equal(nts_cookie_key_length(NTS_AEAD_AES_128_GCM_SIV), 0);
}

static void no_keys_at_all(void **state) {
    (void)state;
    struct nts_session got;
    nts_cookie_wipe(&keys);
    static const struct nts_keys zeros;
    assert_memory_equal(&keys, &zeros, sizeof keys);
    assert_int_equal(open_cookie(&got), ERR_NTS_KEY);
    memset(cookie, 0, sizeof cookie);
    assert_int_equal(open_cookie(&got), ERR_NTS_KEY);
}

static bool holds(const void *bytes, size_t length) {
    return memmem(&keys, sizeof keys, bytes, length) != NULL;
}

static void rotation(void **state) {
    (void)state;
    struct nts_session got;
    uint8_t first[NTS_KEY_BYTES];
    memcpy(first, keys.slots[keys.current].secret, sizeof first);
    for (int i = 0; i < 2; i++) {
        uint32_t next_id = keys.slots[(keys.current + 1) % 4].id;
        struct mono then = mono_add(now, i + 1);
        nts_cookie_rotate(&keys, then, &entropy);
        assert_int_equal(keys.slots[keys.current].id, next_id);
        assert_int_equal(keys.rotated.ns, then.ns);
        for (uint32_t slot = 0; slot < 4; slot++) assert_int_equal(keys.slots[slot].id % 4, slot);
        assert_int_equal(open_cookie(&got), ERR_OK);
        assert_true(holds(first, sizeof first));
    }
    nts_cookie_rotate(&keys, now, &entropy); /* its slot is taken by the next key */
    assert_int_equal(open_cookie(&got), ERR_NTS_KEY);
    assert_false(holds(first, sizeof first));
    assert_false(holds(first, 8));
}

/* A node that rotated already mints with what the others hold as next. */
static void next_key_opens(void **state) {
    (void)state;
    struct nts_keys ahead = keys;
    struct nts_session got;
    nts_cookie_rotate(&ahead, now, &entropy);
    nts_cookie_make(&ahead, &session, nonce, cookie);
    assert_int_equal(open_cookie(&got), ERR_OK);
}

static void same_keys(const struct nts_keys *a, const struct nts_keys *b) {
    assert_int_equal(a->current, b->current);
    for (size_t i = 0; i < NTS_KEY_SLOTS; i++) {
        assert_int_equal(a->slots[i].id, b->slots[i].id);
        assert_int_equal(a->slots[i].aead, b->slots[i].aead);
        assert_memory_equal(a->slots[i].secret, b->slots[i].secret, NTS_KEY_BYTES);
    }
}

static void files_there_and_back(void **state) {
    (void)state;
    static const char *const heads[] = {"NKS0\n15 86400.1\n", "NKS1\n86400.1\n"};
    for (int turn = 0; turn < 10; turn++) {
        enum nts_cookie_format format = turn % 2 ? NTS_COOKIE_NKS1 : NTS_COOKIE_NKS0;
        char text[NTS_KEYS_TEXT_BYTES];
        struct mono later = mono_add(keys.rotated, INT64_C(86400100000000));
        size_t length = nts_cookie_build(&keys, format, later, text);
        assert_int_equal(length, strlen(text));
        assert_int_equal(strncmp(text, heads[turn % 2], strlen(heads[turn % 2])), 0);
        struct nts_keys got;
        unsigned line = 0;
        assert_int_equal(nts_cookie_parse(text, length, later, &got, &line), ERR_OK);
        same_keys(&got, &keys);
        assert_in_range(mono_diff(later, got.rotated), INT64_C(86400099000000),
                        INT64_C(86400101000000));
        struct nts_session back;
        nts_cookie_make(&keys, &session, nonce, cookie);
        assert_int_equal(nts_cookie_open(&got, cookie, sizeof cookie, &back), ERR_OK);
        nts_cookie_rotate(&keys, mono_add(keys.rotated, 1000), &entropy);
    }
}

#define K1 "101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F"
#define K2 "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"

static enum err read_text(const char *text, unsigned *line) {
    struct nts_keys got = {.current = 77};
    enum err err = nts_cookie_parse(text, strlen(text), now, &got, line);
    if (err != ERR_OK) assert_int_equal(got.current, 77);
    return err;
}

static void files_that_are_right(void **state) {
    (void)state;
    static const char *const right[] = {
        "NKS1\n0\n0 " K1 " 15\n1 " K2 " 15\n2 " K1 " 15\n3 " K2 " 15\n",
        "NKS1\n-3.0\nFFFFFFFF " K1 " 15\n0 " K2 " 15\n1 " K1 " 15\n2 " K2 " 15",
        "NKS1\n 1 \n0\t" K1 "  15 \n1 " K2 " 15\n2 " K1 " 15\n3 " K2 " 15\n\n \n",
        "NKS0\n15 99999999999999999999\n0 " K1 "\n1 " K2 "\n2 " K1 "\n3 " K2 "\n",
    };
    unsigned line;
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++)
        assert_int_equal(read_text(right[i], &line), ERR_OK);
}

struct wrong {
    const char *text;
    enum err err;
    unsigned line;
};

static void files_that_are_wrong(void **state) {
    (void)state;
    static const struct wrong wrong[] = {
        {"", ERR_SYNTAX, 1},
        {"NKS2\n0\n", ERR_SYNTAX, 1},
        {"nks1\n0\n", ERR_SYNTAX, 1},
        {"NKS1 x\n0\n", ERR_SYNTAX, 1},
        {"NKS1", ERR_SYNTAX, 2},
        {"NKS1\n\n", ERR_SYNTAX, 2},
        {"NKS1\n15 1\n", ERR_SYNTAX, 2},
        {"NKS1\nnan\n", ERR_SYNTAX, 2},
        {"NKS1\n0x1\n", ERR_SYNTAX, 2},
        {"NKS1\n1-1\n", ERR_SYNTAX, 2},
        {"NKS1\n.\n", ERR_SYNTAX, 2},
        {"NKS0\n1\n", ERR_SYNTAX, 2},
        {"NKS0\n30 1\n", ERR_NTS_AEAD, 2},
        {"NKS0\nx 1\n", ERR_SYNTAX, 2},
        {"NKS0\n99999999999999999999 1\n", ERR_SYNTAX, 2},
        {"NKS1\n0\n", ERR_SYNTAX, 3},
        {"NKS1\n0\n0 " K1 "\n", ERR_SYNTAX, 3},
        {"NKS1\n0\n0 " K1 " 15 x\n", ERR_SYNTAX, 3},
        {"NKS1\n0\n0 " K1 " 30\n", ERR_NTS_AEAD, 3},
        {"NKS1\n0\n0 " K1 " 65551\n", ERR_NTS_AEAD, 3},
        {"NKS1\n0\n123456789 " K1 " 15\n", ERR_SYNTAX, 3},
        {"NKS1\n0\n0x1 " K1 " 15\n", ERR_SYNTAX, 3},
        {"NKS1\n0\n0 " K1 "0 15\n", ERR_SYNTAX, 3},
        {"NKS1\n0\n0 " K1 "00 15\n", ERR_SYNTAX, 3},
        {"NKS1\n0\n0 0011 15\n", ERR_SYNTAX, 3},
        {"NKS1\n0\n0 g01112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F 15\n",
         ERR_SYNTAX, 3},
        {"NKS1\n0\n0 " K1 " 15\n0 " K2 " 15\n", ERR_RANGE, 4},
        {"NKS1\n0\n0 " K1 " 15\n2 " K2 " 15\n", ERR_RANGE, 4},
        {"NKS1\n0\n0 " K1 " 15\n1 " K2 " 15\n2 " K1 " 15\n", ERR_SYNTAX, 6},
        {"NKS1\n0\n0 " K1 " 15\n1 " K2 " 15\n2 " K1 " 15\n3 " K2 " 15\nx\n", ERR_TRAILING, 7},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        unsigned line = 0;
        assert_int_equal(read_text(wrong[i].text, &line), wrong[i].err);
        assert_int_equal(line, wrong[i].line);
    }
    char large[NTS_KEYS_TEXT_BYTES + 2];
    unsigned line = 0;
    memset(large, '\n', sizeof large);
    large[sizeof large - 1] = '\0';
    assert_int_equal(read_text(large, &line), ERR_TOO_LONG);
}

static struct nts_fleet fleet_of(uint64_t epoch) {
    struct nts_fleet fleet = {.epoch = epoch};
    for (size_t i = 0; i < sizeof fleet.secret; i++) fleet.secret[i] = (uint8_t)i;
    return fleet;
}

/* Secret and keys were computed by a few lines of Python (hmac, hashlib). */
static void fleet_vector(void **state) {
    (void)state;
    static const uint8_t secret3[4] = {0x1d, 0xfc, 0x8b, 0x68};
    static const uint32_t ids[] = {0x4d9a4dff, 0xc1746de5, 0xc06afeb3, 0x6d4cc565};
    static const uint8_t key5[4] = {0x56, 0xf0, 0x19, 0x46};
    struct nts_fleet fleet = fleet_of(0);
    assert_int_equal(nts_cookie_derive(&fleet, 5, now, &keys), ERR_OK);
    assert_int_equal(fleet.epoch, 3);
    assert_memory_equal(fleet.secret, secret3, sizeof secret3);
    assert_int_equal(keys.current, 5 % 4);
    for (uint32_t e = 3; e <= 6; e++)
        assert_int_equal(keys.slots[e % 4].id, (ids[e - 3] & ~UINT32_C(3)) | e % 4);
    assert_memory_equal(keys.slots[5 % 4].secret, key5, sizeof key5);
    assert_int_equal(keys.rotated.ns, now.ns);
}

static void fleet_goes_on(void **state) {
    (void)state;
    struct nts_fleet fleet = fleet_of(0), fresh;
    struct nts_keys before, at_once;
    struct nts_session got;
    assert_int_equal(nts_cookie_derive(&fleet, 100, now, &before), ERR_OK);
    nts_cookie_make(&before, &session, nonce, cookie);
    for (uint64_t epoch = 99; epoch <= 104; epoch++) {
        fresh = fleet_of(0);
        assert_int_equal(nts_cookie_derive(&fresh, epoch, now, &at_once), ERR_OK);
        if (epoch >= 100) {
            assert_int_equal(nts_cookie_derive(&fleet, epoch, now, &keys), ERR_OK);
            same_keys(&keys, &at_once); /* step by step as in one go */
        }
        enum err want = epoch <= 102 ? ERR_OK : ERR_NTS_KEY;
        assert_int_equal(nts_cookie_open(&at_once, cookie, sizeof cookie, &got), want);
    }
}

static void fleet_has_no_way_back(void **state) {
    (void)state;
    struct nts_fleet fleet = fleet_of(10), untouched = fleet;
    uint8_t current = keys.current;
    assert_int_equal(nts_cookie_derive(&fleet, 0, now, &keys), ERR_RANGE);
    assert_int_equal(nts_cookie_derive(&fleet, 11, now, &keys), ERR_RANGE);
    assert_int_equal(nts_cookie_derive(&fleet, 13 + LIMIT_NTS_EPOCHS, now, &keys), ERR_RANGE);
    assert_int_equal(nts_cookie_derive(&fleet, UINT64_MAX, now, &keys), ERR_RANGE);
    assert_memory_equal(&fleet, &untouched, sizeof fleet);
    assert_int_equal(keys.current, current);
    assert_int_equal(nts_cookie_derive(&fleet, 12, now, &keys), ERR_OK);
    assert_memory_equal(&fleet, &untouched, sizeof fleet);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(layout, ready),
        cmocka_unit_test_setup(opens_what_it_made, ready),
        cmocka_unit_test_setup(damaged, ready),
        cmocka_unit_test_setup(algorithm_not_offered, ready),
        cmocka_unit_test_setup(no_keys_at_all, ready),
        cmocka_unit_test_setup(rotation, ready),
        cmocka_unit_test_setup(next_key_opens, ready),
        cmocka_unit_test_setup(files_there_and_back, ready),
        cmocka_unit_test_setup(files_that_are_right, ready),
        cmocka_unit_test_setup(files_that_are_wrong, ready),
        cmocka_unit_test_setup(fleet_vector, ready),
        cmocka_unit_test_setup(fleet_goes_on, ready),
        cmocka_unit_test_setup(fleet_has_no_way_back, ready),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
