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

/* Mean and variance of the delay, and the correlation of neighbours, each a second apart. */
struct figures {
    double mean_s, sigma_s, neighbours;
};

static struct figures measure(const struct path_model *model) {
    struct path path = make(model);
    int64_t delay_ns[PATH_COPIES_MAX];
    double sum = 0, squares = 0, products = 0, last = 0;
    for (int i = 0; i < CARRIED; i++) {
        assert_int_equal(path_carry(&path, PATH_FORWARD, tai_add(start, i * NS_PER_S), delay_ns),
                         1);
        double delay_s = s_from_ns(delay_ns[0]) - model->forward_s;
        sum += delay_s;
        squares += delay_s * delay_s;
        products += delay_s * last;
        last = delay_s;
    }
    double mean = sum / CARRIED, variance = squares / CARRIED - mean * mean;
    return (struct figures){mean, sqrt(variance), (products / CARRIED - mean * mean) / variance};
}

static void jitters_have_their_moments(void **state) {
    (void)state;
    struct path_model model = {.forward_s = 10e-3, .jitter_s = 1e-3, .shape = 4};
    struct figures f = measure(&model);
    assert_near(f.mean_s, 1e-3, 0.02e-3);
    assert_near(f.sigma_s, 1e-3, 0.03e-3);
    model.jitter = PATH_JITTER_GAMMA; /* sigma falls with the root of the shape */
    f = measure(&model);
    assert_near(f.mean_s, 1e-3, 0.01e-3);
    assert_near(f.sigma_s, 0.5e-3, 0.01e-3);
    model.jitter = PATH_JITTER_GAUSSIAN; /* symmetric around the floor */
    f = measure(&model);
    assert_near(f.mean_s, 0, 0.02e-3);
    assert_near(f.sigma_s, 1e-3, 0.02e-3);
    model.jitter = PATH_JITTER_BIMODAL;
    model.second_s = 5e-3;
    model.share = 0.2;
    f = measure(&model);
    assert_near(f.mean_s, 2e-3, 0.05e-3);
    assert_near(f.sigma_s, sqrt(1e-6 + 0.2 * 0.8 * 25e-6), 0.05e-3);
    assert_near(f.neighbours, 0, 0.02);
}

/* A queue that is full for a fifth of the time, for 30 s on average. */
static void bursts_last(void **state) {
    (void)state;
    struct path_model model = {.forward_s = 10e-3,
                               .jitter = PATH_JITTER_BURSTY,
                               .jitter_s = 0.1e-3,
                               .second_s = 20e-3,
                               .share = 0.2,
                               .burst_s = 30};
    struct figures f = measure(&model);
    assert_near(f.mean_s, 0.2 * 20e-3 + 0.8 * 0.1e-3, 0.5e-3);
    assert_true(f.neighbours > 0.2 && f.neighbours < 0.5);
}

static void routes_change(void **state) {
    (void)state;
    struct path_model model = {.forward_s = 10e-3, .route_s = 5e-3, .route_every_s = 3600};
    struct path path = make(&model);
    int64_t delay_ns[PATH_COPIES_MAX], last_ns = 0;
    int changes = 0;
    for (int i = 0; i < 3600 * 24; i++) {
        path_carry(&path, PATH_FORWARD, tai_add(start, i * NS_PER_S), delay_ns);
        assert_true(delay_ns[0] >= 10000000 && delay_ns[0] <= 15000000);
        changes += delay_ns[0] != last_ns && i > 0;
        last_ns = delay_ns[0];
    }
    assert_true(changes > 10 && changes < 45);
}

static void a_ramp_creeps(void **state) {
    (void)state;
    struct path_model model = {.forward_s = 1e-3, .backward_s = 1e-3};
    struct path path = make(&model);
    path.ways[PATH_FORWARD].ramp = 1e-6;
    path.ways[PATH_FORWARD].ramp_from = start;
    path.ways[PATH_BACKWARD].added_s = -5e-3;
    struct tai later = tai_add(start, 3600 * NS_PER_S);
    assert_near(path_floor_s(&path, PATH_FORWARD, later), 4.6e-3, 1e-12);
    assert_near(path_floor_s(&path, PATH_BACKWARD, later), 1e-6, 1e-12);
}

static void some_are_held_back(void **state) {
    (void)state;
    const struct path_model model = {.forward_s = 1e-3, .reorder = 0.25, .hold_s = 40e-3};
    struct figures f = measure(&model);
    assert_near(f.mean_s, 0.25 * 20e-3, 0.2e-3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_and_delays),
        cmocka_unit_test(floors_differ_by_direction),
        cmocka_unit_test(loss_leaves_the_delays),
        cmocka_unit_test(jitters_have_their_moments),
        cmocka_unit_test(bursts_last),
        cmocka_unit_test(routes_change),
        cmocka_unit_test(a_ramp_creeps),
        cmocka_unit_test(some_are_held_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
