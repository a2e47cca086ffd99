/* The vote of intervals, and its promise: with fewer than half lying the truth is inside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clock/select.h"

static void one_voter_decides_alone(void **state) {
    (void)state;
    struct interval only = {1, 2}, agreed;
    assert_true(select_agreed(&only, 1, 1, &agreed));
    assert_true(agreed.lower == 1 && agreed.upper == 2);
    assert_false(select_agreed(&only, 0, 1, &agreed));
}

static void two_must_share_a_point(void **state) {
    (void)state;
    struct interval apart[] = {{0, 1}, {1.5, 2}}, touching[] = {{0, 1}, {1, 2}}, agreed;
    assert_false(select_agreed(apart, 2, 2, &agreed));
    assert_true(select_agreed(touching, 2, 2, &agreed));
    assert_true(agreed.lower == 1 && agreed.upper == 1);
}

static void falseticker_of_three_is_outvoted(void **state) {
    (void)state;
    struct interval voters[] = {{0, 2}, {1, 3}, {50, 51}}, agreed;
    assert_true(select_agreed(voters, 3, 2, &agreed));
    assert_true(agreed.lower == 1 && agreed.upper == 2);
    assert_false(select_overlaps(&voters[2], &agreed));
}

/* Two liars that overlap the edge of honest intervals make a point of the largest agreement that
 * misses the truth (0); the hull of the majority does not. */
static void liars_at_the_edge_do_not_exclude_the_truth(void **state) {
    (void)state;
    struct interval voters[] = {{-1, 1}, {-1, 1}, {-1, 1}, {0.9, 2}, {0.9, 2}}, agreed;
    assert_true(select_agreed(voters, 5, 3, &agreed));
    assert_true(agreed.lower <= 0 && agreed.upper >= 0);
}

static uint64_t next_random(uint64_t *seed) {
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 33;
}

static double unit(uint64_t *seed) {
    return (double)next_random(seed) / 2147483648.0;
}

/* Of the known sources some lie and some, perhaps all of them honest, are silent. */
static void truth_is_inside_with_a_lying_minority(void **state) {
    (void)state;
    uint64_t seed = 42;
    for (int round = 0; round < 20000; round++) {
        struct interval voters[LIMIT_SOURCES], agreed;
        uint32_t known = 1 + (uint32_t)(next_random(&seed) % 9), liars = (known - 1) / 2;
        uint32_t silent = (uint32_t)(next_random(&seed) % (known - liars)), count = known - silent;
        for (uint32_t i = 0; i < count; i++) {
            double centre = i < liars ? 6 * unit(&seed) - 3 : 0, half = 2 * unit(&seed);
            double shift = i < liars ? 0 : half * (2 * unit(&seed) - 1);
            voters[i] = (struct interval){centre + shift - half, centre + shift + half};
        }
        uint32_t needed = select_needed(count, known);
        assert_true(needed >= 1 && (silent > 0 || needed == known / 2 + 1));
        assert_true(select_agreed(voters, count, needed, &agreed));
        assert_true(agreed.lower <= 0 && agreed.upper >= 0);
    }
}

static void too_few_voters_prove_nothing(void **state) {
    (void)state;
    assert_int_equal(select_needed(1, 3), 0);
    assert_int_equal(select_needed(2, 5), 0);
    assert_int_equal(select_needed(1, 2), 1);
    assert_int_equal(select_needed(0, 0), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_voter_decides_alone),
        cmocka_unit_test(two_must_share_a_point),
        cmocka_unit_test(falseticker_of_three_is_outvoted),
        cmocka_unit_test(liars_at_the_edge_do_not_exclude_the_truth),
        cmocka_unit_test(truth_is_inside_with_a_lying_minority),
        cmocka_unit_test(too_few_voters_prove_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
