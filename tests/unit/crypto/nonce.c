/* Nonces: all different, the same for the same seed, and without a visible order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/nonce.h"

enum { DRAWN = 2000 };

static void all_differ(void **state) {
    (void)state;
    static uint8_t drawn[DRAWN][NONCE_BYTES];
    uint8_t seed[NONCE_SEED_BYTES] = {7};
    struct nonce nonce;
    nonce_seed(&nonce, seed);
    for (int i = 0; i < DRAWN; i++) {
        nonce_next(&nonce, drawn[i]);
        for (int j = 0; j < i; j++) assert_memory_not_equal(drawn[i], drawn[j], NONCE_BYTES);
    }
}

static void seeds_decide(void **state) {
    (void)state;
    uint8_t seed[NONCE_SEED_BYTES] = {7}, a[NONCE_BYTES], b[NONCE_BYTES];
    for (size_t i = 0; i < NONCE_SEED_BYTES; i++) {
        struct nonce first, second;
        nonce_seed(&first, seed);
        nonce_seed(&second, seed);
        nonce_next(&first, a);
        nonce_next(&second, b);
        assert_memory_equal(a, b, NONCE_BYTES);
        seed[i] ^= 1;
        nonce_seed(&second, seed);
        nonce_next(&second, b);
        assert_memory_not_equal(a, b, NONCE_BYTES);
    }
}

/* Nonces that follow each other share no more bits than chance gives. */
static void neighbours_are_unlike(void **state) {
    (void)state;
    uint8_t seed[NONCE_SEED_BYTES] = {9}, a[NONCE_BYTES], b[NONCE_BYTES];
    struct nonce nonce;
    nonce_seed(&nonce, seed);
    nonce_next(&nonce, a);
    int equal_bits = 0;
    for (int i = 0; i < DRAWN; i++) {
        nonce_next(&nonce, b);
        for (size_t j = 0; j < NONCE_BYTES; j++)
            equal_bits += 8 - __builtin_popcount((unsigned)(a[j] ^ b[j]));
        memcpy(a, b, sizeof a);
    }
    assert_in_range(equal_bits, DRAWN * 64 - DRAWN, DRAWN * 64 + DRAWN);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_differ),
        cmocka_unit_test(seeds_decide),
        cmocka_unit_test(neighbours_are_unlike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
