/* The built-in defaults: safe ones, the same bytes each time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config/config.h"

static void safe_without_a_file(void **state) {
    (void)state;
    struct config config;
    config_default(&config);
    assert_int_equal(config.source_count, 0);
    assert_false(config.serves); /* nobody is served before an allow */
    assert_false(config.local.enabled);
    assert_true(config.makestep_threshold_s == 0); /* never a step */
    assert_true(config.local.bound_s > 0 && config.local.bound_s < config.max_bound_s);
    assert_true(config.max_clock_error == 15 * 1e-6); /* PHI of RFC 5905 */
    assert_int_equal(config.port, 123);
    assert_string_equal(config.status_socket, "/run/etalon/status.sock");
    assert_string_equal(config.user, "");
}

static void same_bytes(void **state) {
    (void)state;
    struct config a, b;
    memset(&a, 0x00, sizeof a);
    memset(&b, 0xff, sizeof b);
    config_default(&a);
    config_default(&b);
    assert_memory_equal(&a, &b, sizeof a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(safe_without_a_file),
        cmocka_unit_test(same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
