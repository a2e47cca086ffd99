/* How fast oscillators walk, by tracks and by several of them together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "track_world.h"

static void wander_is_learned(void **state) {
    (void)state;
    static const double walks[] = {1e-9, 1e-8, 1e-7};
    for (int k = 0; k < 3; k++) {
        const struct track *only = &track;
        double logs = 0;
        for (uint64_t seed = 1; seed <= 5; seed++) {
            begin(seed, walks[k]);
            track.wander = 1e-9;
            track.learns = true;
            for (int i = 0; i < 150; i++) {
                pass(64);
                hear(0, 1e-4, 0);
                track.wander = track_wander_of(&only, 1);
            }
            logs += log10(track.wander / walks[k]) / 5;
        }
        assert_near(logs, 0, 0.75); /* decades */
    }
}

/* A source that runs to and fro says nothing against three that do not. */
static void one_of_several_has_little_to_say(void **state) {
    (void)state;
    static struct track_sample rings[4][LIMIT_TRACK_SAMPLES];
    static struct track tracks[4];
    const struct track *all[4];
    begin(5, 1e-9);
    for (int k = 0; k < 4; k++) {
        track_init(&tracks[k], rings[k], LIMIT_TRACK_SAMPLES, 64);
        tracks[k].learns = true;
        all[k] = &tracks[k];
    }
    for (int i = 0; i < 200; i++) {
        pass(64);
        for (int k = 0; k < 4; k++) {
            double wild = k == 0 ? 5e-3 * (i / 3 % 2) : 0;
            struct track_sample sample = measure(0, 1e-4, wild);
            track_add(&tracks[k], &sample, &prior);
        }
    }
    assert_true(track_wander_of(&all[0], 1) > 3e-9);
    assert_true(track_wander_of(all, 4) < 4e-9);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wander_is_learned),
        cmocka_unit_test(one_of_several_has_little_to_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
