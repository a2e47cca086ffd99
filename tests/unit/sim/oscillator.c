/* The counter is the integral of the frequency, whoever asks how often. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "clock/stability.h"
#include "near.h"
#include "sim/oscillator.h"

static const struct tai start = {INT64_C(1788264037) * NS_PER_S};
static const struct oscillator_model noisy = {
    .offset = 5e-6, .white_fm = 1e-8, .walk_fm = 1e-9, .ageing = 1e-8};

static struct oscillator make(const struct oscillator_model *model, uint64_t seed) {
    struct oscillator o;
    struct prng noise;
    prng_init(&noise, seed, "oscillator", 0);
    oscillator_init(&o, model, noise, start, (struct mono){1000});
    return o;
}

static void constant_frequency_is_exact(void **state) {
    (void)state;
    const struct oscillator_model model = {.offset = -3e-6};
    struct oscillator o = make(&model, 1);
    struct mono end = oscillator_read(&o, tai_add(start, 100000 * NS_PER_S));
    assert_near((double)(end.ns - 1000 - 100000 * NS_PER_S), -3e-6 * 1e14, 1);
}

static void asking_often_changes_nothing(void **state) {
    (void)state;
    struct oscillator often = make(&noisy, 5), seldom = make(&noisy, 5);
    struct mono last = {0};
    struct tai t = start;
    for (int i = 0; i < 20000; i++) {
        t = tai_add(t, 7654321 + i);
        struct mono now = oscillator_read(&often, t);
        assert_true(now.ns >= last.ns);
        last = now;
    }
    assert_true(oscillator_read(&seldom, t).ns == last.ns);
}

static void when_is_the_inverse_of_read(void **state) {
    (void)state;
    struct oscillator o = make(&noisy, 9);
    struct tai t = tai_add(start, 12345678901);
    struct mono now = oscillator_read(&o, t);
    for (int64_t ahead = 0; ahead < 1000000; ahead += 7919) {
        struct mono wanted = mono_add(now, ahead);
        struct tai when = oscillator_when(&o, wanted);
        assert_true(oscillator_read(&o, when).ns >= wanted.ns);
        struct oscillator before = make(&noisy, 9);
        assert_true(oscillator_read(&before, tai_add(when, -1)).ns < wanted.ns);
    }
}

static void frequency_step_bends_the_phase(void **state) {
    (void)state;
    const struct oscillator_model model = {.offset = 1e-6};
    struct oscillator o = make(&model, 1);
    struct tai knock = tai_add(start, 10 * NS_PER_S + NS_PER_S / 3);
    struct mono before = oscillator_read(&o, knock);
    oscillator_step(&o, knock, 5e-6);
    assert_true(oscillator_read(&o, knock).ns == before.ns);
    struct mono after = oscillator_read(&o, tai_add(knock, 100 * NS_PER_S));
    assert_near((double)(after.ns - before.ns - 100 * NS_PER_S), 6e-6 * 1e11, 1);
}

/* Allan deviation at one second of white noise alone is what the model says. */
static void white_noise_has_its_deviation(void **state) {
    (void)state;
    const struct oscillator_model model = {.white_fm = 1e-7};
    struct oscillator o = make(&model, 4);
    double sum = 0, y_last = 0;
    int64_t x_last = 1000;
    enum { SECONDS = 20000 };
    for (int i = 1; i <= SECONDS; i++) {
        int64_t x = oscillator_read(&o, tai_add(start, i * NS_PER_S)).ns;
        double y = (double)(x - x_last - NS_PER_S) * 1e-9;
        if (i > 1) sum += (y - y_last) * (y - y_last) / 2;
        x_last = x;
        y_last = y;
    }
    assert_near(sum / SECONDS, 1e-14, 1e-15);
}

enum { SECONDS_LONG = 200000 };

/* Overlapping Allan deviation of the counter at averaging times of m seconds. */
static void measure(const struct oscillator_model *model, const size_t *m, size_t count,
                    double *out) {
    struct oscillator o = make(model, 21);
    double *phase = calloc(SECONDS_LONG, sizeof *phase);
    for (int i = 0; i < SECONDS_LONG; i++) {
        int64_t counter = oscillator_read(&o, tai_add(start, (int64_t)i * NS_PER_S)).ns;
        phase[i] = (double)(counter - 1000 - (int64_t)i * NS_PER_S) * 1e-9;
    }
    struct stability_series series = stability_from_phase(phase, SECONDS_LONG, 1);
    for (size_t i = 0; i < count; i++) out[i] = stability_deviation(&series, STABILITY_OADEV, m[i]);
    free(phase);
}

/* White FM falls as 1/sqrt(tau), flicker stays, random walk rises as sqrt(tau / 3). Sizes are well
 * above the whole nanoseconds of the counter. */
static void noises_have_their_slopes(void **state) {
    (void)state;
    const size_t m[] = {16, 128, 1024};
    double white[3], flicker[3], walk[3];
    measure(&(struct oscillator_model){.white_fm = 1e-6}, m, 3, white);
    measure(&(struct oscillator_model){.flicker_fm = 1e-6}, m, 3, flicker);
    measure(&(struct oscillator_model){.walk_fm = 1e-8}, m, 3, walk);
    for (int i = 0; i < 3; i++) {
        double tau = (double)m[i];
        assert_near(white[i] / (1e-6 / sqrt(tau)), 1, 0.1);
        assert_near(flicker[i] / 1e-6, 1, 0.2);
        assert_near(walk[i] / (1e-8 * sqrt(tau / 3)), 1, 0.15);
    }
}

static void ageing_and_temperature(void **state) {
    (void)state;
    const struct oscillator_model ages = {.ageing = 1e-6},
                                  swings = {.swings = {{1e-6, 4000}}, .segment_s = 10};
    struct oscillator a = make(&ages, 1), b = make(&swings, 1);
    int64_t day = 86400 * NS_PER_S;
    double gained = (double)(oscillator_read(&a, tai_add(start, day)).ns - 1000 - day) * 1e-9;
    assert_near(gained, 1e-6 / 2 * 86400, 1e-5);
    /* half a period gains 2 A / omega, a whole one nothing */
    int64_t half = 2000 * NS_PER_S;
    gained = (double)(oscillator_read(&b, tai_add(start, half)).ns - 1000 - half) * 1e-9;
    assert_near(gained, 2e-6 * 4000 / 6.283185307, 1e-5);
    gained = (double)(oscillator_read(&b, tai_add(start, 2 * half)).ns - 1000 - 2 * half) * 1e-9;
    assert_near(gained, 0, 1e-5);
}

static void warming_takes_its_time(void **state) {
    (void)state;
    const struct oscillator_model still = {0};
    struct oscillator o = make(&still, 1);
    oscillator_warm(&o, start, 2e-6, 100);
    oscillator_read(&o, tai_add(start, 100 * NS_PER_S));
    assert_near(o.frequency, 2e-6 * 0.632, 0.02e-6);
    oscillator_read(&o, tai_add(start, 3000 * NS_PER_S));
    assert_near(o.frequency, 2e-6, 1e-12);
}

static void a_frozen_counter_stands(void **state) {
    (void)state;
    struct oscillator o = make(&noisy, 3);
    struct tai stop = tai_add(start, 5 * NS_PER_S + 1), go = tai_add(stop, 60 * NS_PER_S);
    struct mono before = oscillator_read(&o, stop);
    oscillator_freeze(&o, stop, go);
    assert_true(oscillator_read(&o, tai_add(stop, NS_PER_S)).ns == before.ns);
    assert_true(oscillator_read(&o, go).ns == before.ns);
    int64_t after = oscillator_read(&o, tai_add(go, 10 * NS_PER_S)).ns;
    assert_near((double)(after - before.ns), 10e9, 1e5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constant_frequency_is_exact),
        cmocka_unit_test(asking_often_changes_nothing),
        cmocka_unit_test(when_is_the_inverse_of_read),
        cmocka_unit_test(frequency_step_bends_the_phase),
        cmocka_unit_test(white_noise_has_its_deviation),
        cmocka_unit_test(noises_have_their_slopes),
        cmocka_unit_test(ageing_and_temperature),
        cmocka_unit_test(warming_takes_its_time),
        cmocka_unit_test(a_frozen_counter_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
