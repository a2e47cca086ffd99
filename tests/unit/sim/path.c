/* Loss, duplication and delay are what the model says, and overtaking happens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/times.h"
#include "near.h"
#include "sim/path.h"

enum { CARRIED = 100000 };
static const struct tai start = {INT64_C(1788264037) * NS_PER_S};

static struct path make(const struct path_model *model) {
    struct path path;
    struct prng draws, weather;
    prng_init(&draws, 11, "path", 0);
    prng_init(&weather, 11, "weather", 0);
    path_init(&path, model, draws, weather, start);
    return path;
}

static void shares_and_delays(void **state) {
    (void)state;
    const struct path_model model = {
        .forward_s = 3e-3, .backward_s = 5e-3, .jitter_s = 1e-3, .loss = 0.2, .duplicate = 0.1};
    struct path path = make(&model);
    int64_t delay_ns[PATH_COPIES_MAX];
    double sum_s = 0;
    uint64_t arrived = 0;
    for (int i = 0; i < CARRIED; i++) {
        int copies = path_carry(&path, PATH_BACKWARD, start, delay_ns);
        for (int j = 0; j < copies; j++, arrived++) {
            assert_true(delay_ns[j] >= 5000000);
            sum_s += s_from_ns(delay_ns[j]);
        }
    }
    assert_near((double)path.lost / CARRIED, 0.2, 0.01);
    assert_near((double)path.duplicated / CARRIED, 0.08, 0.005);
    assert_true(arrived == CARRIED - path.lost + path.duplicated);
    assert_near(sum_s / (double)arrived, 6e-3, 0.05e-3);
}

static void floors_differ_by_direction(void **state) {
    (void)state;
    const struct path_model model = {.forward_s = 3e-3, .backward_s = 5e-3};
    struct path path = make(&model);
    int64_t delay_ns[PATH_COPIES_MAX];
    assert_int_equal(path_carry(&path, PATH_FORWARD, start, delay_ns), 1);
    assert_int_equal(delay_ns[0], 3000000);
    assert_int_equal(path_carry(&path, PATH_BACKWARD, start, delay_ns), 1);
    assert_int_equal(delay_ns[0], 5000000);
}

/* Whether datagrams are lost does not change when the others arrive. */
static void loss_leaves_the_delays(void **state) {
    (void)state;
    const struct path_model calm = {.jitter_s = 1e-3}, lossy = {.jitter_s = 1e-3, .loss = 0.5};
    struct path a = make(&calm), b = make(&lossy);
    int64_t delay_a[PATH_COPIES_MAX], delay_b[PATH_COPIES_MAX];
    for (int i = 0; i < 1000; i++) {
        path_carry(&a, PATH_FORWARD, start, delay_a);
        path_carry(&b, PATH_FORWARD, start, delay_b);
        assert_true(delay_a[0] == delay_b[0]);
    }
    assert_true(b.lost > 400 && b.lost < 600);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_and_delays),
        cmocka_unit_test(floors_differ_by_direction),
        cmocka_unit_test(loss_leaves_the_delays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
