/* The compression function, lane by lane against nettle's, where this processor has it. */
#include "crypto/hash_lanes_avx2.h"

#include "crypto/hash_lanes_blocks.h"

static void each_lane_is_nettles(void **state) {
    (void)state;
    if (!hash_lanes_can(HASH_LANES_AVX2)) skip();
#if defined(__x86_64__)
    expect_nettle(HASH_LANES_AVX2, hash_lanes_avx2_compress);
#endif
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_lane_is_nettles)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
