/* The sine is libm's to twelve digits, in every quarter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "sim/wave.h"

static void is_a_sine(void **state) {
    (void)state;
    for (int i = -3000; i < 3000; i++) {
        double turns = i * 0.00137;
        assert_near(wave_sine(turns), sin(turns * 6.283185307179586), 1e-12);
    }
    assert_near(wave_sine(0.25), 1, 0);
    assert_near(wave_sine(1e6 + 0.75), -1, 1e-9);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(is_a_sine)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
