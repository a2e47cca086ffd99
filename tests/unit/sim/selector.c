/* Shares are taken of the voters there are; a minority never outvotes the others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/selector.h"

static uint64_t of(enum selector_kind kind, uint32_t count, uint64_t voters) {
    const struct selector selector = {.kind = kind, .mask = 0x14, .count = 2};
    const struct selector_crowd crowd = {.count = count, .voters = voters, .authenticated = 0x6};
    return selector_mask(&selector, &crowd);
}

static void shares(void **state) {
    (void)state;
    for (uint32_t n = 1; n <= 64; n++) {
        uint32_t minority = (uint32_t)__builtin_popcountll(of(SELECTOR_MINORITY, n, UINT64_MAX));
        uint32_t half = (uint32_t)__builtin_popcountll(of(SELECTOR_HALF, n, UINT64_MAX));
        uint32_t majority = (uint32_t)__builtin_popcountll(of(SELECTOR_MAJORITY, n, UINT64_MAX));
        assert_true(2 * minority < n && 2 * (minority + 1) >= n);
        assert_true(2 * half >= n && 2 * (half - 1) < n);
        assert_true(2 * majority > n && 2 * (majority - 1) <= n);
        assert_int_equal(__builtin_popcountll(of(SELECTOR_ALL, n, 0)), n);
    }
    assert_int_equal(of(SELECTOR_MINORITY, 0, 0), 0);
}

static void only_voters_are_counted(void **state) {
    (void)state;
    assert_int_equal(of(SELECTOR_MINORITY, 5, 0x1a), 0x2); /* three voters: servers 2, 4, 5 */
    assert_int_equal(of(SELECTOR_FIRST, 5, 0x1a), 0xa);
    assert_int_equal(of(SELECTOR_LIST, 3, 0), 0x4); /* server 5 is not there */
    assert_int_equal(of(SELECTOR_AUTHENTICATED, 5, 0), 0x6);
    assert_int_equal(of(SELECTOR_UNAUTHENTICATED, 5, 0), 0x19);
}

static void needs(void **state) {
    (void)state;
    assert_int_equal(selector_needs(&(struct selector){SELECTOR_LIST, 0x14, 0}), 5);
    assert_int_equal(selector_needs(&(struct selector){SELECTOR_FIRST, 0, 3}), 3);
    assert_int_equal(selector_needs(&(struct selector){SELECTOR_MAJORITY, 0, 0}), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares),
        cmocka_unit_test(only_voters_are_counted),
        cmocka_unit_test(needs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
